#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cards/deck.hpp"
#include "cards/hole_pairs.hpp"
#include "game/random_stream.hpp"

namespace holdem {

// How one hand does against each other one, on some boards: [pair].
struct Showdowns {
  std::array<std::int16_t, kNumHolePairs> halves_won;  // 2 for a win, 1 for a tie
  std::array<std::int16_t, kNumHolePairs> num_boards;  // on which both hands can be held

  // What the hand wins of a pot against the hand of a pair, on average. On few boards of a small
  // deck there may be none for both; then 1/2.
  double share(std::size_t pair) const {
    if (num_boards[pair] == 0) return 0.5;
    return halves_won[pair] / (2.0 * num_boards[pair]);
  }
};

// The strengths of all hands on some boards, at most 2^14 of them, so that Showdowns can count.
class RatedBoards {
 public:
  void clear() { strengths_.clear(); }
  // Adds boards of five cards that begin with `num_dealt` known ones. All that may come, where none
  // or one is missing. Else the cards left are shuffled so many times, and each run of as many as
  // are missing is taken: so each card comes equally often, and the mean over few boards is closer
  // than that of random ones.
  void add_runouts(const Deck& deck, const Card* dealt, int num_dealt, int num_shuffles,
                   RandomStream random);
  // Args: pair: a hand of the deck.
  void showdowns(int pair, Showdowns& result) const;

 private:
  void add(const Deck& deck, const Card* board);

  std::vector<std::int16_t> strengths_;  // [board][pair]; 0 for a hand that cannot be held
};

}  // namespace holdem
