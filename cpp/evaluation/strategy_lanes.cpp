#include "evaluation/strategy_lanes.hpp"

#include <algorithm>

#include "base/parallel.hpp"

namespace holdem {

StrategyLanes::StrategyLanes(const StreetForest& forest, const TabularPolicy& policy, int player,
                             int num_workers)
    : player_(player) {
  for (int street = 0; street < static_cast<int>(forest.streets().size()); ++street) {
    const auto& groups = forest.streets()[static_cast<std::size_t>(street)].groups;
    floats_.emplace_back(groups.size());
    num_actions_.emplace_back(groups.size());
    parallel_for(groups.size(), 1, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
      for (std::uint64_t g = begin; g < end; ++g) {
        fill(forest, policy, street, static_cast<std::uint32_t>(g));
      }
    });
  }
}

void StrategyLanes::fill(const StreetForest& forest, const TabularPolicy& policy, int street,
                         std::uint32_t group_number) {
  const auto& of_street = forest.streets()[static_cast<std::size_t>(street)];
  const auto& group = of_street.groups[group_number];
  const auto& shape = of_street.shapes[group.shape];
  const std::uint32_t num_actions = shape.num_actions[static_cast<std::size_t>(player_)];
  const std::uint32_t num_buckets = forest.tree().game().num_buckets(street);
  std::vector<float>& floats = floats_[static_cast<std::size_t>(street)][group_number];
  floats.resize(std::size_t{num_buckets} * num_actions * kLanes);
  num_actions_[static_cast<std::size_t>(street)][group_number] = num_actions;
  const std::size_t num_known = policy.tree().nodes().size();
  float row[kMaxActions];
  for (std::uint32_t lane = 0; lane < group.num_roots; ++lane) {
    for (std::uint32_t bucket = 0; bucket < num_buckets; ++bucket) {
      float* const to = &floats[std::size_t{bucket} * num_actions * kLanes + lane];
      for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
        const auto& node = shape.nodes[n];
        if (node.step != StreetForest::Step::decision || node.player != player_) continue;
        if (group.node(n, lane) < num_known) {
          policy.probabilities(group.node(n, lane), bucket, row);
        } else {  // grown for the forest alone: never visited, so it plays uniformly
          std::fill_n(row, node.num_actions, 1.0f / static_cast<float>(node.num_actions));
        }
        for (std::uint32_t a = 0; a < node.num_actions; ++a) {
          to[std::size_t{node.offset + a} * kLanes] = row[a];
        }
      }
    }
  }
}

StrategyRows StrategyLanes::rows(int street, std::uint32_t group,
                                 const std::uint32_t* bucket_of_hand) const {
  return {floats_[static_cast<std::size_t>(street)][group].data(),
          num_actions_[static_cast<std::size_t>(street)][group], bucket_of_hand};
}

}  // namespace holdem
