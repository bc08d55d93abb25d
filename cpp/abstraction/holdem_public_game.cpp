#include "abstraction/holdem_public_game.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "cards/hand_index.hpp"
#include "cards/hole_pairs.hpp"
#include "cards/river_equity.hpp"

namespace holdem {
namespace {

constexpr int kFlopCards = kBoardCards[1];
constexpr int kNumRelabellings = 24;
constexpr std::uint32_t kAllRelabellings = (1u << kNumRelabellings) - 1;
constexpr std::uint32_t kIdentity = 1;  // the first relabelling

using Relabelling = std::array<std::uint8_t, kNumSuits>;

constexpr std::array<Relabelling, kNumRelabellings> make_relabellings() {
  std::array<Relabelling, kNumRelabellings> all{};
  Relabelling suits = {0, 1, 2, 3};
  for (Relabelling& relabelling : all) {
    relabelling = suits;
    std::next_permutation(suits.begin(), suits.end());
  }
  return all;
}
constexpr std::array<Relabelling, kNumRelabellings> kRelabellings = make_relabellings();

constexpr Card relabelled(Card card, const Relabelling& relabelling) {
  return make_card(rank_of(card), relabelling[suit_of(card)]);
}

CardSet relabelled(std::span<const std::uint8_t> cards, const Relabelling& relabelling) {
  CardSet set = 0;
  for (const Card card : cards) set |= CardSet{1} << relabelled(card, relabelling);
  return set;
}

template <class Body>
void for_each_relabelling(std::uint32_t symmetries, Body&& body) {
  for (std::uint32_t left = symmetries; left != 0; left &= left - 1) {
    body(std::countr_zero(left));
  }
}

double choose(int n, int k) {
  double ways = 1;
  for (int i = 0; i < k; ++i) ways = ways * (n - i) / (i + 1);
  return ways;
}

// The cards of a board that its street has dealt.
std::span<const std::uint8_t> new_cards(const std::array<std::uint8_t, 5>& board, int street) {
  const int first = street == 1 ? 0 : kBoardCards[street - 1];
  return {board.data() + first, static_cast<std::size_t>(kBoardCards[street] - first)};
}

// The boards that a board stands for: the first relabelling that leads to each.
std::vector<int> members(std::span<const std::uint8_t> cards, std::uint32_t symmetries) {
  std::vector<int> found;
  std::vector<CardSet> sets;
  for_each_relabelling(symmetries, [&](int r) {
    const CardSet set = relabelled(cards, kRelabellings[r]);
    if (std::find(sets.begin(), sets.end(), set) != sets.end()) return;
    sets.push_back(set);
    found.push_back(r);
  });
  return found;
}

std::uint32_t symmetries_of(std::span<const std::uint8_t> cards, std::uint32_t among) {
  const CardSet set = relabelled(cards, kRelabellings[0]);
  std::uint32_t result = 0;
  for_each_relabelling(among, [&](int r) {
    if (relabelled(cards, kRelabellings[r]) == set) result |= 1u << r;
  });
  return result;
}

bool is_first_of_its_like(Card card, std::uint32_t symmetries) {
  bool first = true;
  for_each_relabelling(symmetries,
                       [&](int r) { first &= relabelled(card, kRelabellings[r]) >= card; });
  return first;
}

}  // namespace

HoldemPublicGame::HoldemPublicGame(std::shared_ptr<const BucketMap> buckets,
                                   std::span<const WeightedFlop> flops)
    : buckets_(std::move(buckets)), flops_(flops.begin(), flops.end()) {
  for (const WeightedFlop& flop : flops_) {
    const std::vector<int> alike = members(flop.cards, kAllRelabellings);
    for (const int r : alike) {
      WeightedFlop& one = relabelled_flops_.emplace_back();
      for (int i = 0; i < kFlopCards; ++i)
        one.cards[i] = relabelled(flop.cards[i], kRelabellings[r]);
      one.weight = flop.weight / static_cast<double>(alike.size());
    }
  }
}

void HoldemPublicGame::root(PublicState& state, bool symmetric) const {
  state.street = 0;
  state.symmetries = symmetric ? kAllRelabellings : kIdentity;
  state.num_members = 1;
  list_hands(state);
  state.num_others = choose(deck().num_cards() - 2, 2);
  state.weight = 1 / (choose(deck().num_cards(), 2) * state.num_others);
  state.hand_in_parent.resize(state.num_hands());
  for (std::uint32_t h = 0; h < state.num_hands(); ++h) {
    state.hand_in_parent[h] = static_cast<std::uint16_t>(h);
  }
  state.num_children = num_flops(symmetric);
}

std::uint32_t HoldemPublicGame::num_flops(bool symmetric) const {
  if (!flops_.empty()) {
    return static_cast<std::uint32_t>(symmetric ? flops_.size() : relabelled_flops_.size());
  }
  if (symmetric) return static_cast<std::uint32_t>(board_indexer(1, deck().num_ranks).size());
  return static_cast<std::uint32_t>(choose(deck().num_cards(), kFlopCards));
}

HoldemPublicGame::Board HoldemPublicGame::flop(std::uint32_t which, bool symmetric,
                                               double* probability) const {
  Board board{};
  if (!flops_.empty()) {
    const WeightedFlop& chosen = symmetric ? flops_[which] : relabelled_flops_[which];
    std::copy(chosen.cards.begin(), chosen.cards.end(), board.begin());
    const double num_members =
        symmetric ? static_cast<double>(members(chosen.cards, kAllRelabellings).size()) : 1;
    *probability = chosen.weight / num_members;
    return board;
  }
  *probability = 1 / choose(deck().num_cards(), kFlopCards);
  if (symmetric) {
    board_indexer(1, deck().num_ranks).unindex(which, board.data());
    return board;
  }
  // The sets of three cards in colexicographic order.
  for (int i = kFlopCards; i > 0; --i) {
    int card = i - 1;
    while (choose(card + 1, i) <= which) ++card;
    which -= static_cast<std::uint32_t>(choose(card, i));
    board[static_cast<std::size_t>(i - 1)] = static_cast<Card>(deck().first_card() + card);
  }
  return board;
}

// The probability of a flop given two hands that it leaves possible, where they were dealt first,
// as they are in the root's weight. With chosen flops the flop comes first; then any two hands are
// equally likely.
double HoldemPublicGame::flop_weight(double probability) const {
  const int cards = deck().num_cards();
  const double hands_before = choose(cards, 2) * choose(cards - 2, 2);
  const double hands_after = choose(cards - kFlopCards, 2) * choose(cards - kFlopCards - 2, 2);
  return probability * hands_before / hands_after;
}

void HoldemPublicGame::child(const PublicState& parent, std::uint32_t which,
                             PublicState& state) const {
  if (parent.street == 0) {
    double probability = 0;
    const Board board = flop(which, parent.symmetries == kAllRelabellings, &probability);
    board_state(parent, board, true, state);
    state.weight = flop_weight(probability);
    return;
  }
  Board board = parent.public_cards;
  board[static_cast<std::size_t>(kBoardCards[parent.street])] = parent.next_cards[which];
  board_state(parent, board, true, state);
  state.weight = 1.0 / (deck().num_cards() - kBoardCards[parent.street] - 4);
}

void HoldemPublicGame::sample_child(const PublicState& parent, RandomStream& random,
                                    PublicState& state) const {
  Board board = parent.public_cards;
  const int num_cards = deck().num_cards();
  if (parent.street == 0 && !flops_.empty()) {
    double place = random.next_unit();
    std::size_t which = 0;
    while (which + 1 < relabelled_flops_.size() && place >= relabelled_flops_[which].weight) {
      place -= relabelled_flops_[which++].weight;
    }
    const auto& cards = relabelled_flops_[which].cards;
    std::copy(cards.begin(), cards.end(), board.begin());
    board_state(parent, board, false, state);
    state.weight = flop_weight(1);
    return;
  }
  const int street = parent.street + 1;
  CardSet dealt = card_set(board.data(), kBoardCards[parent.street]);
  for (int i = kBoardCards[parent.street]; i < kBoardCards[street];) {
    const std::uint32_t card = static_cast<std::uint32_t>(deck().first_card()) +
                               random.below(static_cast<std::uint32_t>(num_cards));
    if (dealt >> card & 1) continue;
    dealt |= CardSet{1} << card;
    board[static_cast<std::size_t>(i++)] = static_cast<Card>(card);
  }
  board_state(parent, board, false, state);
  const int left = num_cards - kBoardCards[parent.street];
  state.weight = parent.street == 0 ? flop_weight(1) : static_cast<double>(left) / (left - 4);
}

void HoldemPublicGame::at(std::span<const std::uint8_t> public_cards, PublicState& state) const {
  const auto num_cards = static_cast<int>(public_cards.size());
  const int* const found = std::find(std::begin(kBoardCards), std::end(kBoardCards), num_cards);
  CardSet dealt = 0;
  for (const Card card : public_cards) {
    if (deck().contains(card)) dealt |= CardSet{1} << card;
  }
  if (found == std::end(kBoardCards) || std::popcount(dealt) != num_cards) {
    throw std::invalid_argument("public_cards: must be 0, 3, 4 or 5 different cards, " +
                                std::to_string(deck().first_card()) + " to 51");
  }
  PublicState first;
  root(first, false);
  if (public_cards.empty()) {
    state = first;
  } else {
    Board board{};
    std::copy(public_cards.begin(), public_cards.end(), board.begin());
    list(static_cast<int>(found - kBoardCards), board, kIdentity, state);
    state.num_members = 1;
    state.hand_in_parent.clear();
    for (const std::uint16_t pair : state.hand_id) {
      state.hand_in_parent.push_back(first.hand_of_id[pair]);
    }
  }
  state.weight = 1;
}

void HoldemPublicGame::list(int street, const Board& board, std::uint32_t symmetries,
                            PublicState& state) const {
  state.street = street;
  state.public_cards = board;
  state.symmetries = symmetries;
  list_hands(state);
  list_next_cards(state);
  state.num_others = choose(deck().num_cards() - kBoardCards[street] - 2, 2);
}

void HoldemPublicGame::board_state(const PublicState& parent, const Board& board, bool joined,
                                   PublicState& state) const {
  const int street = parent.street + 1;
  const std::uint32_t before = joined ? parent.symmetries : kIdentity;
  const auto added = new_cards(board, street);
  list(street, board, symmetries_of(added, before), state);

  const std::vector<int> alike = members(added, before);
  state.num_members = static_cast<std::uint32_t>(alike.size());
  state.hand_in_parent.clear();
  for (const int r : alike) {
    const std::uint16_t* pairs = PairPermutations::get().pairs(kRelabellings[r].data());
    for (const std::uint16_t pair : state.hand_id) {
      state.hand_in_parent.push_back(parent.hand_of_id[pairs[pair]]);
    }
  }
}

void HoldemPublicGame::list_hands(PublicState& state) const {
  const Card* board = state.public_cards.data();
  const int street = state.street;
  state.hand_id.clear();
  state.strength_begin.clear();
  if (street == kNumStreets - 1) {
    std::array<RatedHand, kMaxRiverHands> hands;
    const int num_hands = sort_river_hands(board, deck(), hands.data());
    for (int h = 0; h < num_hands; ++h) {
      if (h == 0 || hands[h].strength != hands[h - 1].strength) {
        state.strength_begin.push_back(static_cast<std::uint16_t>(h));
      }
      state.hand_id.push_back(hands[h].pair);
    }
    state.strength_begin.push_back(static_cast<std::uint16_t>(num_hands));
  } else {
    for_each_live_pair(
        card_set(board, kBoardCards[street]) | ~deck().cards(),
        [&](int pair, Card, Card) { state.hand_id.push_back(static_cast<std::uint16_t>(pair)); });
  }
  const std::size_t num_hands = state.hand_id.size();
  state.hand_of_id.resize(kNumHolePairs);
  state.bucket.resize(num_hands);
  state.blockers.resize(num_hands);
  for (std::size_t h = 0; h < num_hands; ++h) {
    const std::uint16_t pair = state.hand_id[h];
    const Card hole_cards[2] = {kHolePairs[pair].a, kHolePairs[pair].b};
    state.hand_of_id[pair] = static_cast<std::uint16_t>(h);
    state.blockers[h] = {hole_cards[0], hole_cards[1]};
    state.bucket[h] = buckets_->bucket(street, hole_cards, board);
  }
}

void HoldemPublicGame::list_next_cards(PublicState& state) const {
  state.next_cards.clear();
  if (state.street < kNumStreets - 1) {
    const CardSet dealt = card_set(state.public_cards.data(), kBoardCards[state.street]);
    for (int card = deck().first_card(); card < kNumCards; ++card) {
      if (dealt >> card & 1) continue;
      if (!is_first_of_its_like(static_cast<Card>(card), state.symmetries)) continue;
      state.next_cards.push_back(static_cast<Card>(card));
    }
  }
  state.num_children = static_cast<std::uint32_t>(state.next_cards.size());
}

std::uint64_t HoldemPublicGame::num_states(int street) const {
  if (street == 0) return 1;
  const std::uint32_t flops = num_flops(true);
  if (street == 1) return flops;
  std::uint64_t turns = 0;
  std::uint64_t rivers = 0;
  PublicState on_flop;
  PublicState on_turn;
  for (std::uint32_t f = 0; f < flops; ++f) {
    double probability = 0;
    on_flop.street = 1;
    on_flop.public_cards = flop(f, true, &probability);
    on_flop.symmetries = symmetries_of(new_cards(on_flop.public_cards, 1), kAllRelabellings);
    list_next_cards(on_flop);
    turns += on_flop.num_children;
    if (street == 2) continue;
    for (const std::uint8_t card : on_flop.next_cards) {
      on_turn.street = 2;
      on_turn.public_cards = on_flop.public_cards;
      on_turn.public_cards[kFlopCards] = card;
      on_turn.symmetries = symmetries_of({&card, 1}, on_flop.symmetries);
      list_next_cards(on_turn);
      rivers += on_turn.num_children;
    }
  }
  return street == 2 ? turns : rivers;
}

}  // namespace holdem
