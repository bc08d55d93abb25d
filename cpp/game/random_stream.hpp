#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace holdem {

// What a stream of random numbers is drawn for. Part of the counter, so that streams of one
// iteration never overlap and a new purpose never shifts an old one.
enum class Purpose : std::uint32_t {
  deal = 0,
  traversal = 1,  // + traverser
  pruning = 32,
  rounding = 48,  // of strategy sums, where nothing else is drawn
  match = 64,     // + 1 + number of the hand, for its actions
  strength = 128,
  seeding = 129,   // of k-means
  sampling = 130,  // of hands
  rollout = 192,   // + street, of the boards that may come
};

// Philox4x32-10: counter-based, so a draw is a pure function of (seed, instance, iteration,
// purpose, position) and no generator state survives an iteration.
// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
using PhiloxBlock = std::array<std::uint32_t, 4>;

constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

class RandomStream {
 public:
  RandomStream(std::uint32_t seed, std::uint32_t instance, std::uint64_t iteration, Purpose purpose,
               std::uint32_t sub_purpose = 0)
      : key0_(seed),
        key1_(instance),
        iteration_(iteration),
        purpose_(static_cast<std::uint32_t>(purpose) + sub_purpose) {}

  std::uint32_t next() {
    if (position_ == 4) {
      block_ = philox4x32_10({num_blocks_++, purpose_, static_cast<std::uint32_t>(iteration_),
                              static_cast<std::uint32_t>(iteration_ >> 32)},
                             key0_, key1_);
      position_ = 0;
    }
    return block_[position_++];
  }

  // Uniform in [0, 1), a multiple of 2^-24, so exact in a float.
  float next_unit() { return unit(next()); }
  static float unit(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

  // Uniform in [0, bound), without modulo bias.
  // Source: Lemire 2019, "Fast random integer generation in an interval".
  std::uint32_t below(std::uint32_t bound) {
    std::uint64_t product = std::uint64_t{next()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0u - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) {
        product = std::uint64_t{next()} * bound;
      }
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  // The same for bounds of up to 64 bits.
  std::uint64_t below_wide(std::uint64_t bound) {
    const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero((bound - 1) | 1);
    for (;;) {
      const std::uint64_t low = next();
      const std::uint64_t value = (std::uint64_t{next()} << 32 | low) & mask;
      if (value < bound) return value;
    }
  }

 private:
  std::uint32_t key0_;
  std::uint32_t key1_;
  std::uint64_t iteration_;
  std::uint32_t purpose_;
  std::uint32_t num_blocks_ = 0;
  int position_ = 4;
  PhiloxBlock block_{};
};

}  // namespace holdem
