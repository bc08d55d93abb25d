#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace holdem {

// Cuts values in ascending order into buckets of equal mass.
//
// A bucket takes values while that brings it closer to its share, the mass left over divided by the
// buckets left over. A value is never split, and no bucket stays empty: there are exactly
// min(k, number of values) of them, so a value heavier than its share makes the others lighter.
//
// Args:
//   masses: of each value, all positive; their sum times 4 k is below 2^64.
//   k: at least 1.
// Returns: bucket of each value, ascending from 0.
std::vector<std::uint32_t> percentile_buckets(std::span<const std::uint64_t> masses,
                                              std::uint32_t k);

}  // namespace holdem
