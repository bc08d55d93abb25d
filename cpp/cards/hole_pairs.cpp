#include "cards/hole_pairs.hpp"

#include <algorithm>

namespace holdem {

PairPermutations::PairPermutations() {
  std::array<std::uint8_t, kNumSuits> new_suit = {0, 1, 2, 3};
  do {
    slot_[pack(new_suit.data())] = static_cast<std::uint8_t>(permutations_.size());
    auto& permuted = permutations_.emplace_back();
    for (int pair = 0; pair < kNumHolePairs; ++pair) {
      const auto [a, b] = kHolePairs[pair];
      permuted[pair] =
          static_cast<std::uint16_t>(hole_pair_index(make_card(rank_of(a), new_suit[suit_of(a)]),
                                                     make_card(rank_of(b), new_suit[suit_of(b)])));
    }
  } while (std::next_permutation(new_suit.begin(), new_suit.end()));
}

const PairPermutations& PairPermutations::get() {
  static const PairPermutations permutations;
  return permutations;
}

}  // namespace holdem
