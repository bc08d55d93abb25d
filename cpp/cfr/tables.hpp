#pragma once

#include <bit>
#include <cstdint>

#include "cfr/discount.hpp"
#include "cfr/memory_block.hpp"
#include "game/betting_tree.hpp"

namespace holdem {

// Cumulative regrets and strategy sums, two tables of the same shape. The tree owns the places.
struct Tables {
  explicit Tables(std::uint64_t capacity_floats)
      : regret_block(capacity_floats), strategy_block(capacity_floats) {}

  float* regrets() const { return regret_block.data(); }
  float* strategy_sums() const { return strategy_block.data(); }

  MemoryBlock regret_block;
  MemoryBlock strategy_block;
};

// A strip keeps its stamp in the float before its first row.
inline std::uint32_t read_stamp(const float* stamp) { return std::bit_cast<std::uint32_t>(*stamp); }

// Multiplies a stale strip by the discounts it missed. Out of line: most visits find it current.
void refresh_regrets(float* stamp, std::uint32_t num_floats, const DiscountSchedule& discount);
void refresh_strategy_sums(float* stamp, std::uint32_t num_floats,
                           const DiscountSchedule& discount);

// The regrets of an infoset, with every discount so far applied. Call before writing to them.
inline float* current_regrets(const Tables& tables, const Node& node, std::uint32_t bucket,
                              const DiscountSchedule& discount) {
  float* stamp = tables.regrets() + node.stamp(bucket);
  if (read_stamp(stamp) != discount.block()) {
    refresh_regrets(stamp, node.strip_floats(), discount);
  }
  return tables.regrets() + node.row(bucket);
}

// The same for its strategy sums.
inline float* current_strategy_sums(const Tables& tables, const Node& node, std::uint32_t bucket,
                                    const DiscountSchedule& discount) {
  float* stamp = tables.strategy_sums() + node.stamp(bucket);
  if (read_stamp(stamp) != discount.block()) {
    refresh_strategy_sums(stamp, node.strip_floats(), discount);
  }
  return tables.strategy_sums() + node.row(bucket);
}

}  // namespace holdem
