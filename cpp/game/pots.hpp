#pragma once

#include <array>
#include <cstdint>

#include "base/fixed_vector.hpp"

namespace holdem {

inline constexpr int kMaxPlayers = 6;

using Chips = std::int32_t;
using ChipsPerPlayer = std::array<Chips, kMaxPlayers>;
using Strengths = std::array<std::int32_t, kMaxPlayers>;  // [player], higher wins

struct Pot {
  Chips chips = 0;
  std::uint8_t eligible = 0;  // bit i: player i can win it
};

// The main pot and then the side pots, each with fewer eligible players than the one before. The
// largest contribution must belong to a player who has not folded.
FixedVector<Pot, kMaxPlayers> side_pots(const ChipsPerPlayer& contributions, unsigned folded,
                                        int num_players);

// Net chips each player wins when the hand ends: every pot goes to the strongest of its eligible
// players, who split it when equal. What does not divide goes to the first of them in seat order,
// the one closest to the left of the button. Strengths of folded players are not read.
ChipsPerPlayer settle(const ChipsPerPlayer& contributions, unsigned folded, int num_players,
                      const Strengths& strengths);

}  // namespace holdem
