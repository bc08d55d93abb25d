#pragma once

#include <cstdint>
#include <optional>

#include "cfr/factor_products.hpp"

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

// Applies a discount with next to no sweep of a table.
//
// One factor for a whole table need not be applied: scaling the past down is the same as scaling
// everything new up, and a strategy does not see the scale. So strategy sums, and regrets with
// alpha = beta = 1, carry a growing weight: a table value is the discounted value times the weight.
// A float keeps its relative precision while the weight grows, so that loses nothing. Before sums
// come near the largest float they are divided by a power of two, which is exact, and so is what
// is added from then on (strategy_exponent).
//
// When positive and negative regrets are discounted differently, a strip of rows is brought up to
// date when it is next written, all missed blocks at once: multiplying never changes a sign, so
// late differs from at once by rounding alone. Rows in lanes are a single strip, brought up to date
// when a block begins (Solver::enter_block).
//
// Only +, *, / and sqrt decide a number here, so it has the same bits on every machine.
class DiscountSchedule {
 public:
  // Throws std::invalid_argument for an interval of 0 and for exponents that are not from 0 to 100.
  explicit DiscountSchedule(const DiscountOptions& options);

  const DiscountOptions& options() const { return options_; }
  // Whether regrets are discounted strip by strip, late.
  bool lazy() const { return positive_.has_value(); }

  // Moves on to `block`, the number of blocks completed.
  // Throws std::overflow_error when a strategy's weight has grown out of the range of a double.
  void advance_to(std::uint64_t block);
  std::uint64_t block() const { return block_; }
  std::uint64_t block_of(std::uint64_t iteration) const { return iteration / options_.interval; }
  // Whether every strip has to be brought up to date before `iteration`, so that no stamp is ever
  // older than what FactorProducts keeps. Depends on nothing else, so a cut changes nothing.
  bool settles_before(std::uint64_t iteration) const {
    return lazy() && block_ % FactorProducts::kWindow == 0 && block_ != 0 &&
           iteration == block_ * options_.interval;
  }

  // What a regret, or a strategy, of the current block is multiplied by when it is added.
  float regret_weight() const { return regret_weight_; }
  float strategy_weight() const { return strategy_weight_; }
  // Strategy sums in the table are 2^-exponent of what the weights (t + 1)^gamma make of them.
  int strategy_exponent() const { return strategy_exponent_; }
  int strategy_exponent_of(std::uint64_t block) const;

  // What a strip keeps of the block it was brought up to date in: 30 bits of it, which as a float
  // are neither negative nor NaN, whatever floats are put through. No strip of a run is so old that
  // they are not enough.
  std::uint32_t stamp() const { return stamp_; }
  struct RegretFactors {
    float positive;
    float negative;
  };
  // What a strip last brought up to date at `stamp` must be multiplied by; for lazy schedules.
  // Args: table_block: the block of the run that the strip is of.
  // Throws std::runtime_error for a stamp of the future, which only damaged tables hold.
  RegretFactors regret_factors(std::uint32_t stamp, std::uint64_t table_block) const;
  RegretFactors regret_factors(std::uint32_t stamp) const { return regret_factors(stamp, block_); }

  // The weights of all iterations before the current block, added up, in table units: a cumulative
  // regret divided by it speaks of one iteration.
  double total_weight() const;

  // The most memory that this takes.
  std::uint64_t max_bytes() const { return lazy() ? 2 * FactorProducts::kMaxBytes : 0; }

 private:
  DiscountOptions options_;
  std::uint64_t block_ = 0;
  std::uint32_t stamp_ = 0;
  float regret_weight_ = 1;
  float strategy_weight_ = 1;
  int strategy_exponent_ = 0;
  // Lazy schedules only.
  std::optional<FactorProducts> positive_;
  std::optional<FactorProducts> negative_;
};

}  // namespace holdem
