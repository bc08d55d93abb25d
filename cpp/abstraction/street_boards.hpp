#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cards/card.hpp"
#include "cards/deck.hpp"
#include "cards/hole_pairs.hpp"

namespace holdem {

inline constexpr int kMaxBoardCards = kBoardCards[kNumStreets - 1];

// A board of a street, one of those that stand for all up to a relabelling of suits. Preflop there
// is one, without cards.
struct Board {
  std::array<Card, kMaxBoardCards> cards{};
  CardSet dead;  // what nobody can be dealt beside it

  Board(const Deck& deck, int street, std::uint64_t index);
};

// How many boards a street has up to a relabelling of suits.
std::uint64_t num_boards(const Deck& deck, int street);

// A flop of a choice: it stands for all its relabellings of suits, which share its weight.
struct FlopShare {
  std::array<Card, 3> cards{};
  std::uint32_t weight = 0;
};

// A board that a choice of flops leads to.
struct WeightedBoard {
  std::uint32_t index;   // among the street's boards up to a relabelling of suits
  std::uint32_t weight;  // relative probability of each real board it stands for
};

// Returns the boards of a street that a choice of flops leads to, ascending by index; all of them
// with weight 1 where no flops are chosen. Weights are exact: a board has the sum over the flops in
// it. Preflop there is one board.
//
// Throws std::invalid_argument for cards that make no flop of the deck, a weight of 0, or weights
// whose sum is too large: all flops together weigh at most 2^28 after those of single real flops
// were divided by what they have in common. So the masses of all hands fit 32 bits, and sums of
// squared strengths 64.
std::vector<WeightedBoard> boards_of(const Deck& deck, int street,
                                     std::span<const FlopShare> flops);

// Calls body(cards) for every board that can follow on the next street.
template <typename Body>
void for_each_next_board(const Deck& deck, int street, Board board, Body&& body) {
  const auto first = static_cast<Card>(deck.first_card());
  Card* const next = board.cards.data() + kBoardCards[street];
  if (street > 0) {
    for (*next = first; *next < kNumCards; ++*next) {
      if (!(board.dead >> *next & 1)) body(board.cards.data());
    }
    return;
  }
  for (next[0] = first; next[0] < kNumCards; ++next[0]) {
    for (next[1] = first; next[1] < next[0]; ++next[1]) {
      for (next[2] = first; next[2] < next[1]; ++next[2]) body(board.cards.data());
    }
  }
}

// Calls body(cards) for every river board, as a set, that a flop, turn or river board leads to.
template <typename Body>
void for_each_river_board(const Deck& deck, int street, Board board, Body&& body) {
  if (street == kNumStreets - 1) return body(board.cards.data());
  const int last = deck.first_card();
  Card& river = board.cards[kMaxBoardCards - 1];
  const auto deal_river = [&](int below) {
    for (int card = last; card < below; ++card) {
      if (board.dead >> card & 1) continue;
      river = static_cast<Card>(card);
      body(board.cards.data());
    }
  };
  if (street == kNumStreets - 2) return deal_river(kNumCards);
  for (int turn = last; turn < kNumCards; ++turn) {
    if (board.dead >> turn & 1) continue;
    board.cards[kMaxBoardCards - 2] = static_cast<Card>(turn);
    deal_river(turn);
  }
}

}  // namespace holdem
