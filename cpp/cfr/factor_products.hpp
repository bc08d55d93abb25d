#pragma once

#include <cstdint>
#include <vector>

namespace holdem {

// base^exponent for base > 0, exponent >= 0, from multiplications and square roots alone. The
// exponent is rounded down to a multiple of 2^-24.
double exact_power(double base, double exponent);

// What regrets are multiplied by after each block t, t^exponent / (t^exponent + 1), and products of
// that over any blocks in a bounded amount of memory.
//
// The products of the last blocks are kept one by one, from a multiple of kWindow on. Those of
// blocks before are kept for milestones, each 1/64 further than the one before, and between two
// milestones all factors count as the one in the middle: right to some 10^-6. A run never asks for
// them, as it brings every strip up to date at the end of a window (Solver::enter_block).
class FactorProducts {
 public:
  static constexpr std::uint64_t kWindow = std::uint64_t{1} << 16;

  explicit FactorProducts(double exponent);

  // Moves on to `block`. What is kept depends on `block` alone, not on how the run came there.
  void advance_to(std::uint64_t block);
  // The product of the factors of blocks first + 1 to the current one.
  float since(std::uint64_t first) const;
  // The weights of `interval` new iterations in each of `blocks` blocks, added up, each multiplied
  // by the factors that followed; to some 10^-6.
  double total_weight(std::uint64_t blocks, double interval) const;

  // The most memory that one object takes.
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{17} * (kWindow + (1 << 12));

 private:
  // A product of many factors below 1 leaves the range of a double; its exponent is kept apart.
  struct Product {
    double mantissa = 1;
    std::int64_t exponent = 0;
    Product times(const Product& other) const;
    Product power(std::uint64_t whole) const;
    static Product of(double value) { return Product{}.times({value, 0}); }
    static float ratio(const Product& later, const Product& earlier);
  };
  struct Milestone {
    std::uint64_t block = 0;
    Product product;
  };

  double factor_after(double t) const;
  Product over_stretch(std::uint64_t first, std::uint64_t count) const;
  Product up_to(std::uint64_t block) const;

  double exponent_;
  std::uint64_t window_start_ = 0;
  std::vector<Product> recent_{Product{}};  // [block - window_start_], from the window's start on
  std::vector<Milestone> milestones_{Milestone{}};
};

}  // namespace holdem
