#pragma once

#include <cstdint>

#include "base/lanes.hpp"
#include "game/terminal_values.hpp"

namespace holdem {

// Passes over all hands of a public state, for a group of subtrees at once.

// Strategies of one player in a group: `actions` floats times kLanes for each row; a hand's row is
// that of its bucket.
struct StrategyRows {
  const float* probabilities = nullptr;  // [row][action of the shape][lane]
  std::uint32_t num_actions = 0;         // of all decisions of the player in the shape
  const std::uint32_t* row_of_hand = nullptr;

  const float* at(std::uint32_t hand, std::uint32_t action) const {
    return probabilities + (std::uint64_t{row_of_hand[hand]} * num_actions + action) * kLanes;
  }
};

// All: args [hand]. `action` counts through all decisions of the player in the shape.

// to = reach * probability of the action
void multiply_by_strategy(std::uint32_t num_hands, const StrategyRows& strategy,
                          std::uint32_t action, const Lanes* reach, Lanes* to);
// to += values * probability of the action
void add_by_strategy(std::uint32_t num_hands, const StrategyRows& strategy, std::uint32_t action,
                     const Lanes* values, Lanes* to);
// to[hand] = from[place[hand]]
void gather(std::uint32_t num_hands, const std::uint16_t* place, const Lanes* from, Lanes* to);
// to[place[hand]] += weight * values[hand]
void scatter_add(std::uint32_t num_hands, const std::uint16_t* place, double weight,
                 const Lanes* values, Lanes* to);
// What `combine` says, hand by hand.
void combine_values(std::uint32_t num_hands, Combine combine, const Lanes* values, Lanes* to);

}  // namespace holdem
