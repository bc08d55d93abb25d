#include "cfr/discount.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace holdem {
namespace {

// Strategy sums stay below the largest float even after 10^8 more visits.
constexpr float kMaxStrategyWeight = 1e30f;

void check_exponent(const char* name, double value) {
  if (value >= 0 && value <= 100) return;
  throw std::invalid_argument(std::string(name) + " is " + std::to_string(value) +
                              "; allowed: 0 to 100");
}

// t^exponent / (t^exponent + 1).
double factor_after(double t, double exponent) {
  const double power = exact_power(t, exponent);
  return std::isinf(power) ? 1 : power / (power + 1);
}

}  // namespace

double exact_power(double base, double exponent) {
  double result = 1;
  double square = base;
  for (auto whole = static_cast<std::uint64_t>(exponent); whole != 0; whole >>= 1) {
    if (whole & 1) result *= square;
    square *= square;
  }
  auto fraction = static_cast<std::uint32_t>((exponent - std::floor(exponent)) * 0x1p24);
  double root = base;
  for (std::uint32_t bit = 1u << 23; fraction != 0; bit >>= 1) {
    root = std::sqrt(root);
    if (fraction & bit) {
      result *= root;
      fraction ^= bit;
    }
  }
  return result;
}

DiscountSchedule::DiscountSchedule(const DiscountOptions& options) : options_(options) {
  if (options.interval == 0) throw std::invalid_argument("interval is 0; allowed: at least 1");
  check_exponent("alpha", options.alpha);
  check_exponent("beta", options.beta);
  check_exponent("gamma", options.gamma);
  if (lazy()) positive_ = negative_ = {Product{}};
}

DiscountSchedule::Product DiscountSchedule::Product::times(double factor) const {
  int shift = 0;
  const double product = std::frexp(mantissa * factor, &shift);
  return {product, exponent + shift};
}

float DiscountSchedule::Product::ratio(const Product& later, const Product& earlier) {
  const std::int64_t shift = std::max<std::int64_t>(later.exponent - earlier.exponent, -2000);
  return static_cast<float>(std::ldexp(later.mantissa / earlier.mantissa, static_cast<int>(shift)));
}

void DiscountSchedule::advance_to(std::uint32_t block) {
  if (block == block_) return;
  const auto interval = static_cast<double>(options_.interval);
  while (block_ < block) {
    total_weight_ += interval * static_cast<double>(regret_weight_);
    ++block_;
    const double t = block_;
    if (lazy()) {
      const double positive = factor_after(t, options_.alpha);
      positive_.push_back(positive_.back().times(positive));
      negative_.push_back(negative_.back().times(factor_after(t, options_.beta)));
      total_weight_ *= positive;
    } else if (options_.discount_regrets) {
      regret_weight_ = static_cast<float>(t + 1);  // the product of t / (t + 1) telescopes
    }
  }
  strategy_weight_ = static_cast<float>(exact_power(1.0 + block_, options_.gamma));
  if (strategy_weight_ > kMaxStrategyWeight) {
    throw std::overflow_error("gamma " + std::to_string(options_.gamma) + " after " +
                              std::to_string(block_) +
                              " discount blocks makes weights too large for a float; use a "
                              "smaller gamma or a longer interval");
  }
}

DiscountSchedule::RegretFactors DiscountSchedule::regret_factors(std::uint32_t stamp) const {
  if (stamp > block_) {
    throw std::runtime_error("a strip of regrets is of discount block " + std::to_string(stamp) +
                             " and the run is in block " + std::to_string(block_));
  }
  return {Product::ratio(positive_[block_], positive_[stamp]),
          Product::ratio(negative_[block_], negative_[stamp])};
}

}  // namespace holdem
