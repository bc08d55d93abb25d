#include "tree/compact_rows.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace holdem {
namespace {

void read_floats(const float* table, const Node& node, std::uint64_t row, float* to) {
  for (std::size_t a = 0; a < node.num_actions; ++a) to[a] = table[row + a * node.action_stride];
}

// One lane of compact rows.
class CompactRow {
 public:
  CompactRow(const float* table, const Node& node, std::uint64_t row)
      : lane_(node.base % kBlockFloats),
        width_(node.action_stride),
        bytes_(reinterpret_cast<const unsigned char*>(table + (row - lane_))),
        exponent_(bytes_[2 * node.num_actions * width_ + lane_]) {}

  template <class Number>
  Number number(std::size_t action) const {
    Number number;
    std::memcpy(&number, bytes_ + sizeof(Number) * (action * width_ + lane_), sizeof(number));
    return number;
  }
  int exponent_of_unit(std::int32_t digits) const {
    return exponent_ + compact::kLeastExponent - 126 - digits;
  }

 private:
  std::uint64_t lane_;
  std::size_t width_;
  const unsigned char* bytes_;
  int exponent_;
};

float regret_units(std::int16_t code) {
  const std::int32_t below = -compact::kLinear - code;
  if (below <= 0) return code;
  return -std::bit_cast<float>((below << compact::kLogShift) + compact::kLinearBits);
}

}  // namespace

void read_regrets(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
                  float* to) {
  if (!is_compact(tree.layout())) return read_floats(table, node, row, to);
  const CompactRow from(table, node, row);
  for (std::size_t a = 0; a < node.num_actions; ++a) {
    to[a] = std::ldexp(regret_units(from.number<std::int16_t>(a)),
                       from.exponent_of_unit(compact::kRegretDigits));
  }
}

void read_sums(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
               float* to) {
  if (!is_compact(tree.layout())) return read_floats(table, node, row, to);
  const CompactRow from(table, node, row);
  for (std::size_t a = 0; a < node.num_actions; ++a) {
    to[a] = std::ldexp(static_cast<float>(from.number<std::uint16_t>(a)),
                       from.exponent_of_unit(compact::kSumDigits) + 8);
  }
}

}  // namespace holdem
