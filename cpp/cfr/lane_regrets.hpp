#pragma once

#include <cstdint>

#include "base/float_lanes.hpp"

namespace holdem {

// The rows of one decision in a group of equal subtrees, as TableLayout::lane_rows or
// compact_lane_rows has them: [bucket][action][lane], of which only some buckets are looked at.
struct LaneRows {
  const std::uint32_t* bucket_of_row;
  std::uint32_t num_rows;
  std::uint32_t num_actions;
  bool is_compact;
};

// The current strategy of each row by regret matching, and where it leads. Probabilities below
// kLeastReach (tree/hand_lanes.hpp) are played as 0.
//
// Args: regrets: of bucket 0. reach: [row]. strategy: [row][action], may be null. child_reach:
//   [action][row], the reach probability after each action.
// Returns: bit a: whether any row has a reach probability after action a.
template <int W>
unsigned match_rows(const LaneRows& rows, const float* regrets, const FloatLanes<W>* reach,
                    FloatLanes<W>* strategy, FloatLanes<W>* child_reach);

// What an iteration adds to tables.
struct TableStep {
  float regret_weight;
  float regret_floor;
  float strategy_weight;
  std::uint32_t random;  // uniform, for the rounding of strategy sums and of compact rows
};

// Adds to the regrets and strategy sums of a decision, and passes its values up.
//
// Args: regrets, strategy_sums: of bucket 0. strategy: [row][action]. own_hands: [row], the sum of
//   its hands' reach probabilities where the street began. own_rows: [row], that of the row since.
//   values: [action][row]. by_row: [row], added to, unless nothing has been written there.
template <int W>
void update_rows(const LaneRows& rows, const TableStep& step, float* regrets, float* strategy_sums,
                 const FloatLanes<W>* strategy, const FloatLanes<W>* own_hands,
                 const FloatLanes<W>* own_rows, const FloatLanes<W>* values, bool is_first,
                 FloatLanes<W>* by_row);

// Adds to the strategy sums alone, where the others never come. Compact rows keep a part of them
// beside the regrets.
template <int W>
void average_rows(const LaneRows& rows, const TableStep& step, float* regrets, float* strategy_sums,
                  const FloatLanes<W>* strategy, const FloatLanes<W>* own_hands,
                  const FloatLanes<W>* own_rows);

}  // namespace holdem
