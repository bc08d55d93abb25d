#include "tree/compact_rows.hpp"

#include <cmath>
#include <cstring>

namespace holdem {
namespace {

template <class Format>
void read_row(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
              float* to) {
  if (!is_compact(tree.layout())) {
    for (std::size_t a = 0; a < node.num_actions; ++a) to[a] = table[row + a * node.action_stride];
    return;
  }
  using Number = typename Format::Number;
  const std::uint64_t lane = node.base % kBlockFloats;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(table + (row - lane));
  const std::size_t width = node.action_stride;
  const std::uint8_t exponent = bytes[sizeof(Number) * node.num_actions * width + lane];
  const int scale = exponent + compact::kLeastExponent - 126 - Format::digits;
  for (std::size_t a = 0; a < node.num_actions; ++a) {
    Number number;
    std::memcpy(&number, bytes + sizeof(Number) * (a * width + lane), sizeof(number));
    to[a] = std::ldexp(static_cast<float>(number), scale);
  }
}

}  // namespace

void read_regrets(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
                  float* to) {
  read_row<compact::Regret>(tree, table, node, row, to);
}

void read_sums(const BettingTree& tree, const float* table, const Node& node, std::uint64_t row,
               float* to) {
  read_row<compact::Sum>(tree, table, node, row, to);
}

}  // namespace holdem
