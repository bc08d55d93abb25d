#include "cfr/discount.hpp"

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

DiscountSchedule::DiscountSchedule(const DiscountOptions& options) : options_(options) {}

void DiscountSchedule::Product::multiply(double factor) {
  int shift = 0;
  mantissa = std::frexp(mantissa * factor, &shift);
  exponent += shift;
}

double DiscountSchedule::Product::ratio(const Product& later, const Product& earlier) {
  const std::int64_t shift = later.exponent - earlier.exponent;
  return std::ldexp(later.mantissa / earlier.mantissa,
                    static_cast<int>(shift < -2000 ? -2000 : shift));
}

void DiscountSchedule::advance_to(std::uint32_t block) {
  if (!active()) return;
  const auto append = [](std::vector<Product>& products, double t, double exponent) {
    const double power = exact_power(t, exponent);
    products.push_back(products.back());
    products.back().multiply(power / (power + 1));
  };
  while (block_ < block) {
    ++block_;
    const double t = block_;
    if (!options_.discount_regrets) {
      regret_weight_ += static_cast<double>(options_.interval);
      continue;
    }
    if (options_.alpha != 1) append(positive_, t, options_.alpha);
    if (options_.beta != 1) append(negative_, t, options_.beta);
    regret_weight_ = (regret_weight_ + static_cast<double>(options_.interval)) *
                     regret_factors(block_ - 1).positive;
  }
}

DiscountSchedule::RegretFactors DiscountSchedule::regret_factors(std::uint32_t stamp) const {
  if (!options_.discount_regrets) return {1, 1};
  // With exponent 1 the product of t / (t + 1) telescopes.
  const double telescoped = (1.0 + stamp) / (1.0 + block_);
  const auto product = [&](const std::vector<Product>& products, double exponent) {
    return static_cast<float>(exponent == 1 ? telescoped
                                            : Product::ratio(products[block_], products[stamp]));
  };
  return {product(positive_, options_.alpha), product(negative_, options_.beta)};
}

float DiscountSchedule::strategy_factor(std::uint32_t stamp) const {
  return static_cast<float>(exact_power((1.0 + stamp) / (1.0 + block_), options_.gamma));
}

}  // namespace holdem
