#pragma once

#include <vector>

#include "tree/betting_tree.hpp"

namespace holdem {

// How a profile of average strategies does in a game whose deals can be listed, in chips a hand.
struct ProfileValue {
  std::vector<double> value;                // [player], when everyone plays the profile
  std::vector<double> best_response_value;  // [player], when that player alone deviates at best
};

// Exact values and best responses.
//
// Args: strategy_sums: a table laid out by `tree`; an infoset without a row, or whose row is all
//   zero, plays uniformly.
// Throws std::invalid_argument when the deals cannot be listed.
ProfileValue evaluate_profile(const Game& game, const BettingTree& tree,
                              const float* strategy_sums);

}  // namespace holdem
