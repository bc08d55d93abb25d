#include "cfr/tables.hpp"

#include <algorithm>

#include "base/vector_width.hpp"

namespace holdem {
namespace {

HOLDEM_WIDEST_VECTORS
void scale_by_sign(float* values, std::uint32_t count, float positive, float negative) {
  for (std::uint32_t i = 0; i < count; ++i) {
    values[i] *= values[i] > 0 ? positive : negative;
  }
}

HOLDEM_WIDEST_VECTORS
void scale_piece(float* values, std::uint64_t count, float factor) {
  for (std::uint64_t i = 0; i < count; ++i) values[i] *= factor;
}

}  // namespace

void refresh_regrets(float* stamp, std::uint32_t num_floats, const DiscountSchedule& discount) {
  const auto factors = discount.regret_factors(read_stamp(stamp));
  scale_by_sign(stamp + 1, num_floats, factors.positive, factors.negative);
  *stamp = std::bit_cast<float>(discount.stamp());
}

bool all_zero(const float* values, std::uint64_t count) {
  return std::all_of(values, values + count, [](float value) { return value == 0; });
}

void scale(float* values, std::uint64_t count, float factor) {
  constexpr std::uint64_t kPiece = 1024;
  for (std::uint64_t begin = 0; begin < count; begin += kPiece) {
    const std::uint64_t size = std::min(kPiece, count - begin);
    if (!all_zero(values + begin, size)) scale_piece(values + begin, size, factor);
  }
}

}  // namespace holdem
