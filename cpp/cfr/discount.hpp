#pragma once

#include <cstdint>
#include <vector>

namespace holdem {

// How the past is weighted: after block t of `interval` iterations, positive regrets are multiplied
// by t^alpha / (t^alpha + 1), negative ones by t^beta / (t^beta + 1) and strategy sums by
// (t / (t + 1))^gamma.
//
// Source: Brown and Sandholm 2019, "Solving imperfect-information games via discounted regret
// minimization", arXiv 1809.04040.
struct DiscountOptions {
  bool discount_regrets = false;
  bool floor_regrets_at_zero = false;  // regret matching plus
  double alpha = 1;
  double beta = 1;
  double gamma = 0;  // 0: strategy sums are not discounted
  std::uint64_t interval = 1;
};

// Factors for rows that missed some blocks. A discount is applied to a row when the row is next
// written, all missed blocks at once: multiplying never changes a sign, so late is exact.
//
// Only +, *, / and sqrt decide a factor, so it has the same bits on every machine.
class DiscountSchedule {
 public:
  explicit DiscountSchedule(const DiscountOptions& options);

  bool active() const { return options_.discount_regrets || options_.gamma != 0; }
  const DiscountOptions& options() const { return options_; }

  // Moves on to `block` (the number of blocks completed).
  void advance_to(std::uint32_t block);
  std::uint32_t block() const { return block_; }
  std::uint32_t block_of(std::uint64_t iteration) const {
    return static_cast<std::uint32_t>(iteration / options_.interval);
  }

  struct RegretFactors {
    float positive;
    float negative;
  };
  // What rows last brought up to date at `stamp` must be multiplied by.
  RegretFactors regret_factors(std::uint32_t stamp) const;
  float strategy_factor(std::uint32_t stamp) const;

  // The sum of the weights of all iterations before the current block; what a cumulative positive
  // regret is divided by to speak of one iteration.
  double regret_weight() const { return regret_weight_; }

 private:
  // A product of many factors below 1 leaves the range of a double; its exponent is kept apart.
  struct Product {
    double mantissa = 1;
    std::int64_t exponent = 0;
    void multiply(double factor);
    static double ratio(const Product& later, const Product& earlier);
  };

  DiscountOptions options_;
  std::uint32_t block_ = 0;
  double regret_weight_ = 0;
  std::vector<Product> positive_{Product{}};  // [block], empty beyond [0] when alpha is 1
  std::vector<Product> negative_{Product{}};
};

// base^exponent for base > 0, exponent >= 0, from multiplications and square roots alone. The
// exponent is rounded to a multiple of 2^-24.
double exact_power(double base, double exponent);

}  // namespace holdem
