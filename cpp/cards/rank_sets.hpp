#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cards/card.hpp"
#include "cards/deck.hpp"

namespace holdem {

// Tables about sets of ranks, the digits that hand indices are made of. A set is a 13-bit mask.
struct RankSetTables {
  static constexpr int kNumSets = 1 << kNumRanks;
  static constexpr int kMaxSetSize = 7;

  // How four suits can share n cards, packed three bits a suit, for n = 0 .. 7.
  using Composition = std::array<std::uint8_t, kNumSuits>;
  static constexpr int kNumPackedCompositions = 1 << (3 * (kNumSuits - 1));

  std::array<std::uint8_t, kNumSets> size;   // by mask
  std::array<std::uint16_t, kNumSets> rank;  // by mask: colexicographic, within its size
  std::array<std::array<std::uint16_t, 1716>, kMaxSetSize + 1> mask;  // by size and rank
  // Sets of n ranks out of those that are left when u are used: choose[u][n] = C(13 - u, n). A deck
  // of fewer ranks has used the others from the start, so u may exceed 13; then no set is left.
  using NumSets = std::array<std::uint32_t, kMaxSetSize + 1>;
  std::array<NumSets, kNumRanks - kMinRanks + kMaxSetSize + 1> choose;

  std::array<std::vector<Composition>, kMaxSetSize + 1> compositions;
  // By n and the packed counts of the first three suits; the fourth suit has the rest.
  std::array<std::array<std::uint8_t, kNumPackedCompositions>, kMaxSetSize + 1> composition_id;
};

// The tables, built on first use (about 0.1 ms).
const RankSetTables& rank_set_tables();

}  // namespace holdem
