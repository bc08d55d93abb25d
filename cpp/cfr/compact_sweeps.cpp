#include "cfr/compact_sweeps.hpp"

#include <algorithm>
#include <bit>

#include "base/vector_width.hpp"
#include "cfr/row_storage.hpp"

namespace holdem {
namespace {

bool is_written(const float* row, std::size_t floats) {
  return std::any_of(row, row + floats,
                     [](float value) { return std::bit_cast<std::uint32_t>(value) != 0; });
}

// The rows of a decision in a group.
struct Block {
  float* regrets;
  float* sums;
  std::uint32_t num_buckets;
  int num_actions;
  std::uint32_t random;
};

template <int W>
HOLDEM_WIDEST_VECTORS void scale_regrets(const Block& block, float positive, float negative) {
  using Value = FloatLanes<W>;
  const Value if_positive = Value::all(positive);
  const Value if_negative = Value::all(negative);
  const std::size_t size = CompactRows::floats(block.num_actions, W);
  std::uint32_t word = block.random;
  for (std::uint32_t bucket = 0; bucket < block.num_buckets; ++bucket) {
    float* const row = block.regrets + bucket * size;
    word += 0x9E3779B9u;
    if (!is_written(row, size)) continue;
    Value values[kMaxActions];
    CompactRows::load_regrets<W>(row, block.num_actions, values);
    for (int a = 0; a < block.num_actions; ++a) {
      values[a].values *= values[a].values > 0 ? if_positive.values : if_negative.values;
    }
    CompactRows::store_regrets<W>(row, block.num_actions, values, word);
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void scale_sums(const Block& block, float factor) {
  using Value = FloatLanes<W>;
  const Value factors = Value::all(factor);
  const Value nothing[kMaxActions] = {};
  const std::size_t size = CompactRows::floats(block.num_actions, W);
  std::uint32_t word = block.random;
  for (std::uint32_t bucket = 0; bucket < block.num_buckets; ++bucket) {
    float* const regrets = block.regrets + bucket * size;
    float* const sums = block.sums + bucket * size;
    word += 0x9E3779B9u;
    if (!is_written(sums, size)) continue;
    Value values[kMaxActions];
    CompactRows::load_sums<W>(regrets, sums, block.num_actions, values);
    for (int a = 0; a < block.num_actions; ++a) values[a] = values[a] * factors;
    CompactRows::store_sums<W>(regrets, sums, block.num_actions, values, nothing, word);
  }
}

// Calls scale(block, width) for each.
template <class Scale>
void for_each_block(const BettingTree& tree, const Tables& tables, std::uint32_t random,
                    const Scale& scale) {
  for (const Node& node : tree.nodes()) {
    // The first lane stands for its block.
    if (node.kind != NodeKind::decision || node.base % kBlockFloats != 0) continue;
    scale(Block{tables.regrets() + node.base, tables.strategy_sums() + node.base,
                tree.game().num_buckets(node.street), node.num_actions,
                random + static_cast<std::uint32_t>(node.base) * 0x85EBCA6Bu},
          node.action_stride);
  }
}

}  // namespace

void scale_compact_regrets(const BettingTree& tree, const Tables& tables, float positive,
                           float negative, std::uint32_t random) {
  for_each_block(tree, tables, random, [=](const Block& block, int width) {
    switch (width) {
      case 4:
        return scale_regrets<4>(block, positive, negative);
      case 8:
        return scale_regrets<8>(block, positive, negative);
      default:
        return scale_regrets<16>(block, positive, negative);
    }
  });
}

void scale_compact_sums(const BettingTree& tree, const Tables& tables, float factor,
                        std::uint32_t random) {
  for_each_block(tree, tables, random, [=](const Block& block, int width) {
    switch (width) {
      case 4:
        return scale_sums<4>(block, factor);
      case 8:
        return scale_sums<8>(block, factor);
      default:
        return scale_sums<16>(block, factor);
    }
  });
}

}  // namespace holdem
