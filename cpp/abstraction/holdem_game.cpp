#include "abstraction/holdem_game.hpp"

#include <stdexcept>
#include <utility>

#include "cards/evaluator.hpp"

namespace holdem {

HoldemGame::HoldemGame(const Rules& rules, BetMenu menu, std::shared_ptr<const BucketMap> buckets)
    : rules_(rules), menu_(std::move(menu)), buckets_(std::move(buckets)) {
  if (buckets_ == nullptr) throw std::invalid_argument("buckets are missing");
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

void HoldemGame::sample_deal(RandomStream& random, Deal& deal) const {
  constexpr int kBoard = kBoardCards[kNumStreets - 1];
  const int num_players = rules_.num_players;
  std::array<Card, kBoard + 2 * kMaxPlayers> cards;
  std::uint64_t dealt = 0;
  for (int i = 0; i < kBoard + 2 * num_players;) {
    const std::uint32_t card = random.below(kNumCards);
    if ((dealt >> card & 1) != 0) continue;
    dealt |= std::uint64_t{1} << card;
    cards[static_cast<std::size_t>(i++)] = static_cast<Card>(card);
  }
  // Index all hands first: the tables are far larger than the caches, so their loads overlap.
  std::array<std::array<std::uint64_t, kMaxPlayers>, kNumStreets> index;
  HandSum board;
  for (int i = 0; i < kBoard; ++i) board.add(cards[static_cast<std::size_t>(i)]);
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
