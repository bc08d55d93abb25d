#pragma once

#include <cstdint>

#include "cards/card.hpp"

namespace holdem {

// Highest river value: a hand that beats all C(45, 2) = 990 hands of the opponent.
inline constexpr int kMaxRiverValue = 2 * 990;

// Fills the equity of every hand on a board against a uniform hand of the opponent, as the exact
// integer 2 * wins + ties, 0 .. 1980.
//
// Sorts the 1,081 hands by strength; a running count of the hands below, in total and by card,
// then gives what a hand beats among the hands it shares no card with.
//
// Args:
//   board: five different cards.
//   values: [1326] by hole_pair_index(); 0 for pairs that share a card with the board.
void river_values(const Card board[5], std::uint16_t* values);

}  // namespace holdem
