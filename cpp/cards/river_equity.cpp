#include "cards/river_equity.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "cards/evaluator.hpp"
#include "cards/hole_pairs.hpp"

namespace holdem {
namespace {

// Returns how many hands there are.
int rate_hands(const Card board[5], const Deck& deck, RatedHand* hands) {
  HandSum board_sum;
  for (int i = 0; i < 5; ++i) board_sum.add(board[i]);
  int next = 0;
  for_each_live_pair(card_set(board, 5) | ~deck.cards(), [&](int pair, Card a, Card b) {
    HandSum sum = board_sum;
    sum.add(a);
    sum.add(b);
    hands[next++] = {evaluate(sum), static_cast<std::uint16_t>(pair)};
  });
  return next;
}

// One stable pass of a counting sort by `bits` bits of the strength from `shift` on.
template <int kShift, int kBits>
void counting_sort(std::span<const RatedHand> from, RatedHand* to) {
  constexpr int kNumKeys = 1 << kBits;
  std::array<std::uint16_t, kNumKeys> place{};
  for (const RatedHand& hand : from) ++place[hand.strength >> kShift & (kNumKeys - 1)];
  std::uint16_t start = 0;
  for (auto& entry : place) {
    const std::uint16_t count = entry;
    entry = start;
    start = static_cast<std::uint16_t>(start + count);
  }
  for (const RatedHand& hand : from) to[place[hand.strength >> kShift & (kNumKeys - 1)]++] = hand;
}

}  // namespace

int sort_river_hands(const Card board[5], const Deck& deck, RatedHand hands[kMaxRiverHands]) {
  static_assert(kNumHandStrengths < 1 << 13);
  std::array<RatedHand, kMaxRiverHands> half_sorted;
  const int num_live = rate_hands(board, deck, hands);
  counting_sort<0, 7>({hands, static_cast<std::size_t>(num_live)}, half_sorted.data());
  counting_sort<7, 6>({half_sorted.data(), static_cast<std::size_t>(num_live)}, hands);
  return num_live;
}

void river_values(const Card board[5], const Deck& deck, std::uint16_t* values) {
  std::array<RatedHand, kMaxRiverHands> rated;
  const int num_live = sort_river_hands(board, deck, rated.data());

  std::fill_n(values, kNumHolePairs, std::uint16_t{0});
  std::array<int, kNumCards> counted_with{};  // hands counted so far that hold a card
  int counted = 0;
  const auto disjoint = [&](const HolePair& pair) {
    return counted - counted_with[pair.a] - counted_with[pair.b];
  };
  for (int begin = 0, end; begin < num_live; begin = end) {
    for (end = begin; end < num_live && rated[end].strength == rated[begin].strength; ++end) {
      const int pair = rated[end].pair;
      values[pair] = static_cast<std::uint16_t>(disjoint(kHolePairs[pair]));
    }
    for (int i = begin; i < end; ++i) {
      ++counted_with[kHolePairs[rated[i].pair].a];
      ++counted_with[kHolePairs[rated[i].pair].b];
    }
    counted += end - begin;
    // Wins once more, and the ties; the hand itself was taken off twice, for either card.
    for (int i = begin; i < end; ++i) {
      const int pair = rated[i].pair;
      values[pair] = static_cast<std::uint16_t>(values[pair] + disjoint(kHolePairs[pair]) + 1);
    }
  }
}

}  // namespace holdem
