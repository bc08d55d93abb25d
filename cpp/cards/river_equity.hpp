#pragma once

#include <cstdint>

#include "cards/card.hpp"
#include "cards/deck.hpp"
#include "cards/evaluator.hpp"

namespace holdem {

// A hand on a river board: hole_pair_index() and strength.
struct RatedHand {
  HandStrength strength;
  std::uint16_t pair;
};

// Hands that can be held on a river board: at most as many as in the full deck.
inline constexpr int kMaxRiverHands = 47 * 46 / 2;

// Fills the hands of a deck that can be held on a board, by ascending strength and among equal ones
// by ascending pair. Returns how many there are.
int sort_river_hands(const Card board[5], const Deck& deck, RatedHand hands[kMaxRiverHands]);

// Highest river value: a hand that beats all hands of the opponent, 990 of them in the full deck.
constexpr int max_river_value(const Deck& deck) {
  const int cards_left = deck.num_cards() - 7;
  return cards_left * (cards_left - 1);
}

// Fills the equity of every hand on a board against a uniform hand of the opponent, as the exact
// integer 2 * wins + ties, 0 .. max_river_value().
//
// Sorts the hands (1,081 in the full deck) by strength; a running count of the hands below, in
// total and by card, then gives what a hand beats among the hands it shares no card with.
//
// Args:
//   board: five different cards of the deck.
//   deck: at least nine cards.
//   values: [1326] by hole_pair_index(); 0 for pairs that share a card with the board, or have one
//     that is not in the deck.
void river_values(const Card board[5], const Deck& deck, std::uint16_t* values);

}  // namespace holdem
