#include "cfr/discount.hpp"

#include <algorithm>
#include <cmath>

namespace holdem {

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

namespace {

// t^exponent / (t^exponent + 1), also where the power overflows.
double block_factor(double t, double exponent) { return 1 / (1 + 1 / exact_power(t, exponent)); }

}  // namespace

DiscountSchedule::DiscountSchedule(const DiscountOptions& options) : options_(options) {
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
  const auto interval = static_cast<double>(options_.interval);
  while (block_ < block) {
    total_weight_ += interval * static_cast<double>(regret_weight_);
    ++block_;
    const double t = block_;
    if (lazy()) {
      const double positive = block_factor(t, options_.alpha);
      positive_.push_back(positive_.back().times(positive));
      negative_.push_back(negative_.back().times(block_factor(t, options_.beta)));
      total_weight_ *= positive;
    } else if (options_.discount_regrets) {
      regret_weight_ = static_cast<float>(t + 1);  // the product of t / (t + 1) telescopes
    }
  }
  strategy_weight_ = static_cast<float>(exact_power(1.0 + block_, options_.gamma));
}

DiscountSchedule::RegretFactors DiscountSchedule::regret_factors(std::uint32_t stamp) const {
  return {Product::ratio(positive_[block_], positive_[stamp]),
          Product::ratio(negative_[block_], negative_[stamp])};
}

}  // namespace holdem
