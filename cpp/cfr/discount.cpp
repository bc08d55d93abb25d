#include "cfr/discount.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

namespace holdem {
namespace {

// Binary digits that strategy sums may grow to if every iteration added one whole weight. What is
// left to the largest float, 2^128, is for several additions an iteration and for rare ones that
// count many times.
constexpr int kMaxSumDigits = 96;
constexpr int kExponentStep = 32;

constexpr std::uint32_t kStamps = 1u << 30;

void check_exponent(const char* name, double value) {
  if (value >= 0 && value <= 100) return;
  throw std::invalid_argument(std::string(name) + " is " + std::to_string(value) +
                              "; allowed: 0 to 100");
}

}  // namespace

DiscountSchedule::DiscountSchedule(const DiscountOptions& options) : options_(options) {
  if (options.interval == 0) throw std::invalid_argument("interval is 0; allowed: at least 1");
  check_exponent("alpha", options.alpha);
  check_exponent("beta", options.beta);
  check_exponent("gamma", options.gamma);
  if (options.discount_regrets && (options.alpha != 1 || options.beta != 1)) {
    positive_.emplace(options.alpha);
    negative_.emplace(options.beta);
  }
}

void DiscountSchedule::advance_to(std::uint64_t block) {
  if (block == block_) return;
  const int strategy_exponent = strategy_exponent_of(block);
  const double t = static_cast<double>(block) + 1;
  strategy_weight_ =
      static_cast<float>(std::ldexp(exact_power(t, options_.gamma), -strategy_exponent));
  strategy_exponent_ = strategy_exponent;
  block_ = block;
  stamp_ = static_cast<std::uint32_t>(block % kStamps);
  if (lazy()) {
    positive_->advance_to(block);
    negative_->advance_to(block);
  } else if (options_.discount_regrets) {
    regret_weight_ = static_cast<float>(t);  // the product of t / (t + 1) telescopes
  }
}

int DiscountSchedule::strategy_exponent_of(std::uint64_t block) const {
  const double t = static_cast<double>(block) + 1;
  const double weight = exact_power(t, options_.gamma);
  const double largest_sum = weight * t * static_cast<double>(options_.interval);
  if (std::isinf(largest_sum)) {
    throw std::overflow_error("dcfr_gamma " + std::to_string(options_.gamma) + " after " +
                              std::to_string(block) +
                              " discount blocks makes weights too large for a number; use a "
                              "smaller one or a longer discount_interval");
  }
  int digits = 0;
  std::frexp(largest_sum, &digits);
  if (digits <= kMaxSumDigits) return 0;
  return (digits - kMaxSumDigits + kExponentStep - 1) / kExponentStep * kExponentStep;
}

DiscountSchedule::RegretFactors DiscountSchedule::regret_factors(std::uint32_t stamp,
                                                                 std::uint64_t table_block) const {
  const std::uint64_t age = (table_block - stamp) % kStamps;
  if (stamp >= kStamps || age > table_block) {
    throw std::runtime_error("a strip of regrets is of discount block " + std::to_string(stamp) +
                             " and the run is in block " + std::to_string(table_block));
  }
  const std::uint64_t block = table_block - age;
  return {positive_->since(block), negative_->since(block)};
}

double DiscountSchedule::total_weight() const {
  const auto interval = static_cast<double>(options_.interval);
  if (lazy()) return positive_->total_weight(block_, interval);
  const auto blocks = static_cast<double>(block_);
  return interval * blocks * (options_.discount_regrets ? (blocks + 1) / 2 : 1);
}

}  // namespace holdem
