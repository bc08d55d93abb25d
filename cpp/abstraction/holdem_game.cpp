#include "abstraction/holdem_game.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "cards/evaluator.hpp"
#include "cards/hole_pairs.hpp"

namespace holdem {
namespace {

constexpr int kFlopCards = kBoardCards[1];
// What rounding may leave of weights that sum to 1.
constexpr double kWeightTolerance = 1e-9;

}  // namespace

HoldemGame::HoldemGame(const Rules& rules, BetMenu menu, std::shared_ptr<const BucketMap> buckets,
                       const Deck& deck, std::vector<WeightedFlop> flops)
    : rules_(rules),
      menu_(std::move(menu)),
      buckets_(std::move(buckets)),
      deck_(deck),
      flops_(std::move(flops)) {
  check_num_ranks(deck.num_ranks);
  const int needed = kBoard + 2 * rules.num_players;
  if (deck.num_cards() < needed) {
    throw std::invalid_argument(
        "num_ranks: " + std::to_string(deck.num_ranks) + ", " + std::to_string(deck.num_cards()) +
        " cards; the board and the players' hands take " + std::to_string(needed));
  }
  if (buckets_ == nullptr) throw std::invalid_argument("buckets are missing");
  if (buckets_->deck() != deck) {
    throw std::invalid_argument("buckets: made for " + std::to_string(buckets_->deck().num_ranks) +
                                " ranks, the game has " + std::to_string(deck.num_ranks));
  }
  check_flops();
  double sum = 0;
  for (const WeightedFlop& flop : flops_) weights_up_to_.push_back(sum += flop.weight);
  if (!flops_.empty() && !(std::abs(sum - 1) <= kWeightTolerance)) {
    throw std::invalid_argument("flops: the weights sum to " + std::to_string(sum) + ", must be 1");
  }
  if (rules.num_players == 2) public_game_.emplace(buckets_, flops_);
}

void HoldemGame::check_flops() const {
  for (std::size_t i = 0; i < flops_.size(); ++i) {
    const std::string name = "flops[" + std::to_string(i) + "]: ";
    const auto& cards = flops_[i].cards;
    for (const Card card : cards) {
      if (!deck_.contains(card)) {
        throw std::invalid_argument(name + "card " + std::to_string(card) +
                                    " is not in the deck, must be " +
                                    std::to_string(deck_.first_card()) + " to 51");
      }
    }
    if (cards[0] == cards[1] || cards[0] == cards[2] || cards[1] == cards[2]) {
      throw std::invalid_argument(name + "a card comes twice");
    }
    if (!(flops_[i].weight > 0)) {
      throw std::invalid_argument(name + "weight " + std::to_string(flops_[i].weight) +
                                  ", must be positive");
    }
  }
}

BettingStateBytes HoldemGame::initial() const {
  return BettingStateBytes::of(BettingState(rules_));
}

BettingNode HoldemGame::describe(const BettingStateBytes& bytes) const {
  const auto state = bytes.as<BettingState>();
  BettingNode node;
  node.street = static_cast<std::uint8_t>(state.street());
  node.folded = state.folded_mask();
  node.contributions = state.contributions();
  if (state.is_over()) {
    node.kind = state.is_showdown() ? NodeKind::showdown : NodeKind::fold;
    return node;
  }
  node.player = static_cast<std::uint8_t>(state.player_to_act());
  node.num_actions = static_cast<std::uint8_t>(menu_actions(state, menu_).size());
  return node;
}

BettingStateBytes HoldemGame::after(const BettingStateBytes& bytes, int action) const {
  const auto state = bytes.as<BettingState>();
  return BettingStateBytes::of(
      state.apply(menu_actions(state, menu_)[static_cast<std::size_t>(action)]));
}

Chips HoldemGame::action_code(const BettingStateBytes& bytes, int action) const {
  const auto state = bytes.as<BettingState>();
  const Action taken = menu_actions(state, menu_)[static_cast<std::size_t>(action)];
  if (taken.type == ActionType::raise) return taken.raise_to;
  return taken.type == ActionType::fold ? kFold : kCall;
}

void HoldemGame::draw_flop(RandomStream& random, Card flop[3]) const {
  const std::uint64_t word = std::uint64_t{random.next()} << 32 | random.next();
  const double place = static_cast<double>(word >> 11) * 0x1p-53;
  const auto found = std::upper_bound(weights_up_to_.begin(), weights_up_to_.end() - 1, place);
  const auto& cards = flops_[static_cast<std::size_t>(found - weights_up_to_.begin())].cards;
  std::array<int, kNumSuits> new_suit = {0, 1, 2, 3};
  for (int suit = kNumSuits - 1; suit > 0; --suit) {
    std::swap(new_suit[suit], new_suit[random.below(static_cast<std::uint32_t>(suit) + 1)]);
  }
  for (int i = 0; i < kFlopCards; ++i) {
    flop[i] = make_card(rank_of(cards[i]), new_suit[suit_of(cards[i])]);
  }
}

HoldemGame::DealtCards HoldemGame::draw_cards(RandomStream& random) const {
  DealtCards cards{};
  int i = 0;
  if (!flops_.empty()) {
    draw_flop(random, cards.data());
    i = kFlopCards;
  }
  CardSet dealt = card_set(cards.data(), i);
  const auto first_card = static_cast<std::uint32_t>(deck_.first_card());
  const auto num_cards = static_cast<std::uint32_t>(deck_.num_cards());
  while (i < kBoard + 2 * rules_.num_players) {
    const std::uint32_t card = first_card + random.below(num_cards);
    if ((dealt >> card & 1) != 0) continue;
    dealt |= CardSet{1} << card;
    cards[static_cast<std::size_t>(i++)] = static_cast<Card>(card);
  }
  return cards;
}

void HoldemGame::sample_deal(RandomStream& random, Deal& deal) const {
  const int num_players = rules_.num_players;
  const DealtCards cards = draw_cards(random);
  // Index all hands first: the tables are far larger than the caches, so their loads overlap.
  std::array<std::array<std::uint64_t, kMaxPlayers>, kNumStreets> index;
  HandSum board;
  for (int c = 0; c < kBoard; ++c) board.add(cards[static_cast<std::size_t>(c)]);
  for (int p = 0; p < num_players; ++p) {
    const Card* hole_cards = cards.data() + kBoard + 2 * p;
    for (int street = kNumStreets - 1; street >= 0; --street) {
      index[street][p] = buckets_->hand_index(street, hole_cards, cards.data());
      __builtin_prefetch(buckets_->address(street, index[street][p]));
    }
    HandSum hand = board;
    hand.add(hole_cards[0]);
    hand.add(hole_cards[1]);
    deal.strength[p] = evaluate(hand);
  }
  for (int street = 0; street < kNumStreets; ++street) {
    for (int p = 0; p < num_players; ++p) {
      deal.bucket[street][p] = buckets_->bucket_at(street, index[street][p]);
    }
  }
}

}  // namespace holdem
