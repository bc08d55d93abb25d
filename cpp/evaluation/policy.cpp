#include "evaluation/policy.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "cfr/strategy.hpp"
#include "tree/compact_rows.hpp"

namespace holdem {

AverageStrategy::AverageStrategy(std::shared_ptr<const BettingTree> tree,
                                 std::span<const float> strategy_sums)
    : TabularPolicy(std::move(tree)), strategy_sums_(strategy_sums) {
  if (strategy_sums.size() != this->tree().table_floats()) {
    throw std::invalid_argument("strategy_sums has " + std::to_string(strategy_sums.size()) +
                                " floats; the tree has " +
                                std::to_string(this->tree().table_floats()));
  }
}

void AverageStrategy::probabilities(std::uint32_t index, std::uint32_t bucket, float* to) const {
  const Node& node = tree().data()[index];
  // Without a row, in a growing tree, the infoset was never visited: it plays uniformly. The table
  // may be a mapped file that ends with its last row, so nothing beyond a row is read.
  const std::uint64_t place = node.base == 0 ? 0 : tree().place(node, bucket).row;
  std::array<float, kMaxActions> row{};
  if (place != 0) read_sums(tree(), strategy_sums_.data(), node, place, row.data());
  match_positive(row.data(), node.num_actions).store(to, node.num_actions);
}

}  // namespace holdem
