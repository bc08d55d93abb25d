#pragma once

#include <cstdint>

#include "tree/betting_tree.hpp"

namespace holdem {

// How compact_lane_rows keep numbers. What a bucket has at a decision of a group is, in each table,
//
//   [action][lane] 16-bit numbers, [lane] 8-bit exponents, bytes of strategy sums
//
// and as many bytes as make whole floats. A row, that is one lane, shares its exponent e, so that a
// number n of it stands for n * 2^(e + kLeastExponent - 126 - digits). Zeros: never written.
//
// Regrets are signed numbers. Those far below the others, which only have to stay there, are
// logarithms: n < -kLinear stands for -2^(i / 2^(23 - kLogShift)) * kLinear, i = -kLinear - n, with
// straight lines between powers of 2. So what is hopeless takes no precision from what is played.
//
// Strategy sums are numbers of 24 bits: only then the average strategy becomes as good as that of
// floats. The high 16 are enough to play by and lie as said; of the low bytes, [action][lane], the
// first half lies in the table of regrets, the other in that of sums.
namespace compact {

// Exponents are those of floats, so that a unit is made of bits, and begin where it is far from the
// smallest float.
inline constexpr std::int32_t kLeastExponent = 32;

inline constexpr std::int32_t kRegretDigits = 15;
inline constexpr std::int32_t kSumDigits = 24;
// A number may be rounded up, which has to fit as well: what a float's last place is raised by
// before the exponent is taken from it.
inline constexpr std::int32_t kRegretRoom = 0x1FF;
inline constexpr std::int32_t kSumRoom = 2;

inline constexpr std::int32_t kLinear = 1 << 14;
inline constexpr std::int32_t kLinearBits = (127 + 14) << 23;  // of kLinear as a float
inline constexpr std::int32_t kLogShift = 13;
inline constexpr std::int32_t kLogOctaves = 16;

constexpr std::uint32_t bytes_of_lanes(std::uint32_t num_actions, std::uint32_t width) {
  return ((5 * num_actions + 2) * width / 2 + 3) / 4 * 4;
}

}  // namespace compact

// Write what a table of any layout has of an infoset, an action after the other.
// Args: row: Place::row of the infoset, not 0.
void read_regrets(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
                  float* to);
void read_sums(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
               float* to);

}  // namespace holdem
