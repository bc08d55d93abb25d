#pragma once

#include <bit>
#include <cstdint>

#include "base/memory_block.hpp"
#include "cfr/discount.hpp"
#include "tree/betting_tree.hpp"

namespace holdem {

// Cumulative regrets and strategy sums, two tables of the same shape. The tree owns the places.
struct Tables {
  explicit Tables(std::uint64_t capacity_floats)
      : regret_block(capacity_floats), strategy_block(capacity_floats) {}

  std::uint64_t capacity() const { return regret_block.capacity(); }  // floats of each
  float* regrets() const { return regret_block.data(); }
  float* strategy_sums() const { return strategy_block.data(); }

  MemoryBlock regret_block;
  MemoryBlock strategy_block;
};

// A strip of regrets keeps its stamp in the float before its first row.
inline std::uint32_t read_stamp(const float* stamp) { return std::bit_cast<std::uint32_t>(*stamp); }

inline bool is_current(const float* stamp, const DiscountSchedule& discount) {
  return read_stamp(stamp) == discount.stamp();
}

// Multiplies a stale strip by the discounts it missed; of a long one, memory that was never written
// stays untouched. Out of line: most visits find it current.
void refresh_regrets(float* stamp, std::uint64_t num_floats, const DiscountSchedule& discount);

bool all_zero(const float* values, std::uint64_t count);

// Multiplies what is not zero; memory that was never written stays untouched.
void scale(float* values, std::uint64_t count, float factor);

// The regrets of an infoset, ready to be written: a lazy discount is applied first.
inline float* current_regrets(const Tables& tables, const Node& node, Place place,
                              const DiscountSchedule& discount) {
  if (discount.lazy()) {
    float* stamp = tables.regrets() + place.stamp;
    if (!is_current(stamp, discount)) refresh_regrets(stamp, node.strip_floats(), discount);
  }
  return tables.regrets() + place.row;
}

}  // namespace holdem
