#include "cfr/compact_sweeps.hpp"

#include <algorithm>
#include <bit>

#include "base/vector_width.hpp"
#include "cfr/row_storage.hpp"

namespace holdem {
namespace {

template <class Format, int W>
HOLDEM_WIDEST_VECTORS void scale_block(float* block, std::uint32_t num_buckets, int num_actions,
                                       float positive, float negative, std::uint32_t word) {
  using Value = FloatLanes<W>;
  const Value factors[2] = {Value::all(negative), Value::all(positive)};
  const Value nothing[kMaxActions] = {};
  const std::size_t size = CompactRows::floats(num_actions, W);
  for (std::uint32_t bucket = 0; bucket < num_buckets; ++bucket) {
    float* const row = block + bucket * size;
    word += 0x9E3779B9u;
    if (std::all_of(row, row + size,
                    [](float f) { return std::bit_cast<std::uint32_t>(f) == 0; })) {
      continue;
    }
    Value values[kMaxActions];
    CompactRows::decode<Format, W>(row, num_actions, values);
    for (int a = 0; a < num_actions; ++a) {
      values[a] = values[a] * Value{values[a].values > 0 ? factors[1].values : factors[0].values};
    }
    CompactRows::encode<Format, W>(row, num_actions, values, nothing, word);
  }
}

template <class Format>
void scale_table(const BettingTree& tree, float* table, float positive, float negative,
                 std::uint32_t random) {
  for (const Node& node : tree.nodes()) {
    // The first lane stands for its block.
    if (node.kind != NodeKind::decision || node.base % kBlockFloats != 0) continue;
    const std::uint32_t num_buckets = tree.game().num_buckets(node.street);
    const std::uint32_t word = random + static_cast<std::uint32_t>(node.base) * 0x85EBCA6Bu;
    float* const block = table + node.base;
    switch (node.action_stride) {
      case 4:
        scale_block<Format, 4>(block, num_buckets, node.num_actions, positive, negative, word);
        break;
      case 8:
        scale_block<Format, 8>(block, num_buckets, node.num_actions, positive, negative, word);
        break;
      default:
        scale_block<Format, 16>(block, num_buckets, node.num_actions, positive, negative, word);
    }
  }
}

}  // namespace

void scale_compact_regrets(const BettingTree& tree, float* table, float positive, float negative,
                           std::uint32_t random) {
  scale_table<compact::Regret>(tree, table, positive, negative, random);
}

void scale_compact_sums(const BettingTree& tree, float* table, float factor, std::uint32_t random) {
  scale_table<compact::Sum>(tree, table, factor, factor, random);
}

}  // namespace holdem
