#include "cfr/tables.hpp"

#include <algorithm>

#include "base/vector_width.hpp"

namespace holdem {
namespace {

HOLDEM_WIDEST_VECTORS
void scale_by_sign(float* values, std::uint64_t count, float positive, float negative) {
  for (std::uint64_t i = 0; i < count; ++i) {
    values[i] *= values[i] > 0 ? positive : negative;
  }
}

HOLDEM_WIDEST_VECTORS
void scale_piece(float* values, std::uint64_t count, float factor) {
  for (std::uint64_t i = 0; i < count; ++i) values[i] *= factor;
}

// Calls change(first, size) for each piece of a table, or of a long part of it, that is not zero.
template <class Change>
void for_each_written_piece(const float* values, std::uint64_t count, const Change& change) {
  constexpr std::uint64_t kPiece = 1024;
  for (std::uint64_t begin = 0; begin < count; begin += kPiece) {
    const std::uint64_t size = std::min(kPiece, count - begin);
    if (!all_zero(values + begin, size)) change(begin, size);
  }
}

}  // namespace

void refresh_regrets(float* stamp, std::uint64_t num_floats, const DiscountSchedule& discount) {
  const auto factors = discount.regret_factors(read_stamp(stamp));
  float* regrets = stamp + 1;
  for_each_written_piece(regrets, num_floats, [&](std::uint64_t begin, std::uint64_t size) {
    scale_by_sign(regrets + begin, size, factors.positive, factors.negative);
  });
  *stamp = std::bit_cast<float>(discount.stamp());
}

bool all_zero(const float* values, std::uint64_t count) {
  return std::all_of(values, values + count, [](float value) { return value == 0; });
}

void scale(float* values, std::uint64_t count, float factor) {
  for_each_written_piece(values, count, [&](std::uint64_t begin, std::uint64_t size) {
    scale_piece(values + begin, size, factor);
  });
}

}  // namespace holdem
