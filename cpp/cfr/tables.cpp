#include "cfr/tables.hpp"

#include "base/vector_width.hpp"

namespace holdem {
namespace {

HOLDEM_WIDEST_VECTORS
void scale_by_sign(float* values, std::uint32_t count, float positive, float negative) {
  for (std::uint32_t i = 0; i < count; ++i) {
    values[i] *= values[i] > 0 ? positive : negative;
  }
}

}  // namespace

void refresh_regrets(float* stamp, std::uint32_t num_floats, const DiscountSchedule& discount) {
  const auto factors = discount.regret_factors(read_stamp(stamp));
  scale_by_sign(stamp + 1, num_floats, factors.positive, factors.negative);
  *stamp = std::bit_cast<float>(discount.block());
}

}  // namespace holdem
