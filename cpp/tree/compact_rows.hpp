#pragma once

#include <cstdint>

#include "tree/betting_tree.hpp"

namespace holdem {

// How compact_lane_rows keep numbers. What a bucket has at a decision of a group is
//
//   [action][lane] 16-bit numbers, [lane] 8-bit exponents
//
// A row, that is one lane, shares its exponent e: a number n of it stands for
// n * 2^(e + kLeastExponent - 126 - digits). Zeros are the row that was never written.
namespace compact {

// Exponents are those of floats, so that a scale is made of bits, and begin where a number's unit
// is far from the smallest float.
inline constexpr std::int32_t kLeastExponent = 32;

// Regrets are signed numbers, strategy sums unsigned ones. The largest number of a row may still
// be rounded up: that is `room` more, in the last place of a float.
struct Regret {
  using Number = std::int16_t;
  static constexpr std::int32_t digits = 15;
  static constexpr std::int32_t room = 0x1FF;
};
struct Sum {
  using Number = std::uint16_t;
  static constexpr std::int32_t digits = 16;
  static constexpr std::int32_t room = 0x1FF;
};

constexpr std::uint32_t bytes_of_lanes(std::uint32_t num_actions, std::uint32_t width) {
  return (2 * num_actions + 1) * width;
}

}  // namespace compact

// Write what a table of any layout has of an infoset, an action after the other.
// Args: row: Place::row of the infoset, not 0.
void read_regrets(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
                  float* to);
void read_sums(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
               float* to);

}  // namespace holdem
