#include "cfr/factor_products.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace holdem {
namespace {

// Blocks from a milestone to the next.
std::uint64_t stretch_after(std::uint64_t block) { return std::max<std::uint64_t>(1, block / 64); }

// The block whose factor stands for those of blocks first + 1 to first + count.
double middle(std::uint64_t first, std::uint64_t count) {
  return static_cast<double>(first) + (static_cast<double>(count) + 1) / 2;
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

FactorProducts::Product FactorProducts::Product::times(const Product& other) const {
  int shift = 0;
  const double product = std::frexp(mantissa * other.mantissa, &shift);
  return {product, exponent + other.exponent + shift};
}

FactorProducts::Product FactorProducts::Product::power(std::uint64_t whole) const {
  Product result;
  for (Product square = *this; whole != 0; whole >>= 1) {
    if (whole & 1) result = result.times(square);
    square = square.times(square);
  }
  return result;
}

float FactorProducts::Product::ratio(const Product& later, const Product& earlier) {
  const std::int64_t shift = std::max<std::int64_t>(later.exponent - earlier.exponent, -2000);
  return static_cast<float>(std::ldexp(later.mantissa / earlier.mantissa, static_cast<int>(shift)));
}

FactorProducts::FactorProducts(double exponent) : exponent_(exponent) {
  recent_.reserve(kWindow + 1);
}

double FactorProducts::factor_after(double t) const {
  const double power = exact_power(t, exponent_);
  return std::isinf(power) ? 1 : power / (power + 1);
}

FactorProducts::Product FactorProducts::over_stretch(std::uint64_t first,
                                                     std::uint64_t count) const {
  return Product::of(factor_after(middle(first, count))).power(count);
}

void FactorProducts::advance_to(std::uint64_t block) {
  // The first block of a window is the last of the one before, where strips are brought up to date.
  const std::uint64_t start = block == 0 ? 0 : (block - 1) / kWindow * kWindow;
  if (start != window_start_) {
    window_start_ = start;
    recent_.assign(1, Product{});
    for (std::uint64_t at = milestones_.back().block;;) {
      const std::uint64_t count = stretch_after(at);
      if (at + count > start) break;
      const Product product = milestones_.back().product.times(over_stretch(at, count));
      at += count;
      milestones_.push_back({at, product});
    }
  }
  for (std::uint64_t t = window_start_ + recent_.size(); t <= block; ++t) {
    recent_.push_back(recent_.back().times({factor_after(static_cast<double>(t)), 0}));
  }
}

FactorProducts::Product FactorProducts::up_to(std::uint64_t block) const {
  const auto after = std::upper_bound(
      milestones_.begin(), milestones_.end(), block,
      [](std::uint64_t at, const Milestone& milestone) { return at < milestone.block; });
  const Milestone& before = *std::prev(after);
  return before.product.times(over_stretch(before.block, block - before.block));
}

float FactorProducts::since(std::uint64_t first) const {
  if (first >= window_start_) return Product::ratio(recent_.back(), recent_[first - window_start_]);
  return Product::ratio(up_to(window_start_).times(recent_.back()), up_to(first));
}

double FactorProducts::total_weight(std::uint64_t blocks, double interval) const {
  double total = 0;
  for (std::uint64_t at = 0; at < blocks;) {
    const std::uint64_t count = std::min(stretch_after(at), blocks - at);
    const double factor = factor_after(middle(at, count));
    const double kept = exact_power(factor, static_cast<double>(count));
    const double weights =
        factor < 1 ? factor * (1 - kept) / (1 - factor) : static_cast<double>(count);
    total = total * kept + interval * weights;
    at += count;
  }
  return total;
}

}  // namespace holdem
