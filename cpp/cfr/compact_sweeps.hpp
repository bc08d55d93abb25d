#pragma once

#include <cstdint>

#include "cfr/tables.hpp"

namespace holdem {

// Multiply all rows in compact_lane_rows; memory that was never written stays untouched.
// Args: positive, negative: the factors of regrets by their sign. random: uniform, for rounding.
void scale_compact_regrets(const BettingTree& tree, const Tables& tables, float positive,
                           float negative, std::uint32_t random);
void scale_compact_sums(const BettingTree& tree, const Tables& tables, float factor,
                        std::uint32_t random);

}  // namespace holdem
