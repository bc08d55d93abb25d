#include "cfr/averaging.hpp"

#include <algorithm>
#include <array>

#include "base/vector_width.hpp"

namespace holdem {
namespace {

// Sums of a block stay in the first-level cache while the tables pass by.
constexpr std::uint64_t kBlock = 1024;

HOLDEM_WIDEST_VECTORS
void average_block(std::span<const float* const> tables, std::uint64_t first, std::uint64_t count,
                   float* __restrict out) {
  std::array<double, kBlock> sums{};
  for (const float* table : tables) {
    const float* __restrict from = table + first;
    for (std::uint64_t i = 0; i < count; ++i) sums[i] += static_cast<double>(from[i]);
  }
  const auto number = static_cast<double>(tables.size());
  for (std::uint64_t i = 0; i < count; ++i) out[i] = static_cast<float>(sums[i] / number);
}

}  // namespace

void average_tables(std::span<const float* const> tables, std::uint64_t count, float* out) {
  for (std::uint64_t first = 0; first < count; first += kBlock) {
    average_block(tables, first, std::min(kBlock, count - first), out + first);
  }
}

}  // namespace holdem
