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

// Applies a discount without ever sweeping a table.
//
// One factor for a whole table need not be applied: scaling the past down is the same as scaling
// everything new up, and a strategy does not see the scale. So strategy sums, and regrets with
// alpha = beta = 1, carry a growing weight: a table value is the discounted value times the weight.
// A float keeps its relative precision while the weight grows, so that loses nothing; 10^30 is
// the largest weight.
//
// When positive and negative regrets are discounted differently, a strip of rows is brought up to
// date when it is next written, all missed blocks at once: multiplying never changes a sign, so
// late is exact.
//
// Only +, *, / and sqrt decide a number here, so it has the same bits on every machine.
class DiscountSchedule {
 public:
  // Throws std::invalid_argument for an interval of 0 and for exponents that are not from 0 to 100.
  explicit DiscountSchedule(const DiscountOptions& options);

  const DiscountOptions& options() const { return options_; }
  // Whether regrets are discounted strip by strip, late.
  bool lazy() const {
    return options_.discount_regrets && (options_.alpha != 1 || options_.beta != 1);
  }

  // Moves on to `block`, the number of blocks completed.
  // Throws std::overflow_error when a strategy's weight has grown out of the range of a float.
  void advance_to(std::uint32_t block);
  std::uint32_t block() const { return block_; }
  std::uint32_t block_of(std::uint64_t iteration) const {
    return static_cast<std::uint32_t>(iteration / options_.interval);
  }

  // What a regret, or a strategy, of the current block is multiplied by when it is added.
  float regret_weight() const { return regret_weight_; }
  float strategy_weight() const { return strategy_weight_; }

  struct RegretFactors {
    float positive;
    float negative;
  };
  // What a strip last brought up to date at `stamp` must be multiplied by; for lazy schedules.
  // Throws std::runtime_error for a stamp of the future, which only damaged tables hold.
  RegretFactors regret_factors(std::uint32_t stamp) const;

  // The weights of all iterations before the current block, added up, in table units: a cumulative
  // regret divided by it speaks of one iteration.
  double total_weight() const { return total_weight_; }

 private:
  // A product of many factors below 1 leaves the range of a double; its exponent is kept apart.
  struct Product {
    double mantissa = 1;
    std::int64_t exponent = 0;
    Product times(double factor) const;
    static float ratio(const Product& later, const Product& earlier);
  };

  DiscountOptions options_;
  std::uint32_t block_ = 0;
  float regret_weight_ = 1;
  float strategy_weight_ = 1;
  double total_weight_ = 0;
  // [block]: product of all factors so far; lazy schedules only.
  std::vector<Product> positive_;
  std::vector<Product> negative_;
};

// base^exponent for base > 0, exponent >= 0, from multiplications and square roots alone. The
// exponent is rounded down to a multiple of 2^-24.
double exact_power(double base, double exponent);

}  // namespace holdem
