#pragma once

#include <cstdint>

namespace holdem {

// A card is rank * 4 + suit: 0 = deuce of clubs, 1 = deuce of diamonds, ..., 51 = ace of spades.
using Card = std::uint8_t;

inline constexpr int kNumCards = 52;
inline constexpr int kNumRanks = 13;
inline constexpr int kNumSuits = 4;

// Streets are numbered preflop, flop, turn, river = 0..3.
inline constexpr int kNumStreets = 4;
inline constexpr int kBoardCards[kNumStreets] = {0, 3, 4, 5};

constexpr int rank_of(Card card) { return card >> 2; }
constexpr int suit_of(Card card) { return card & 3; }
constexpr Card make_card(int rank, int suit) { return static_cast<Card>(rank * 4 + suit); }

// A set of cards, bit c for card c.
using CardSet = std::uint64_t;

}  // namespace holdem
