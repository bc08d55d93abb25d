#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cards/card.hpp"

namespace holdem {

// The 1,326 pairs of hole cards, a < b, numbered b * (b - 1) / 2 + a.
inline constexpr int kNumHolePairs = kNumCards * (kNumCards - 1) / 2;

struct HolePair {
  Card a;
  Card b;
};

constexpr std::array<HolePair, kNumHolePairs> make_hole_pairs() {
  std::array<HolePair, kNumHolePairs> pairs{};
  int next = 0;
  for (int b = 1; b < kNumCards; ++b) {
    for (int a = 0; a < b; ++a) pairs[next++] = {static_cast<Card>(a), static_cast<Card>(b)};
  }
  return pairs;
}
inline constexpr std::array<HolePair, kNumHolePairs> kHolePairs = make_hole_pairs();

constexpr int hole_pair_index(Card first, Card second) {
  const int a = first < second ? first : second;
  const int b = first < second ? second : first;
  return b * (b - 1) / 2 + a;
}

constexpr CardSet card_set(const Card* cards, int num_cards) {
  CardSet set = 0;
  for (int i = 0; i < num_cards; ++i) set |= CardSet{1} << cards[i];
  return set;
}

// Calls body(pair index, a, b) for the pairs that share no card with `dead`, in ascending order.
template <typename Body>
void for_each_live_pair(CardSet dead, Body&& body) {
  int pair = 0;
  for (int b = 1; b < kNumCards; pair += b, ++b) {
    if (dead >> b & 1) continue;
    for (int a = 0; a < b; ++a) {
      if (dead >> a & 1) continue;
      body(pair + a, static_cast<Card>(a), static_cast<Card>(b));
    }
  }
}

// Where each pair goes when suit s becomes suit new_suit[s], for all 24 ways.
class PairPermutations {
 public:
  static const PairPermutations& get();

  // By pair index, the index of the relabelled pair.
  const std::uint16_t* pairs(const std::uint8_t new_suit[kNumSuits]) const {
    return permutations_[slot_[pack(new_suit)]].data();
  }

 private:
  PairPermutations();
  static int pack(const std::uint8_t new_suit[kNumSuits]) {
    return new_suit[0] | new_suit[1] << 2 | new_suit[2] << 4 | new_suit[3] << 6;
  }

  std::vector<std::array<std::uint16_t, kNumHolePairs>> permutations_;
  std::array<std::uint8_t, 256> slot_{};
};

}  // namespace holdem
