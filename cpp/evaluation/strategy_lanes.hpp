#pragma once

#include <vector>

#include "evaluation/policy.hpp"
#include "tree/hand_vectors.hpp"
#include "tree/street_forest.hpp"

namespace holdem {

// A player's strategy at every decision, in the lanes of a forest: read once from a policy, as its
// tables lie, and used on every public state. As many floats as the player's part of a table, and
// those of lanes without a root.
class StrategyLanes {
 public:
  // Args: policy: of the forest's tree, or of what that tree was before it was completed.
  StrategyLanes(const StreetForest& forest, const TabularPolicy& policy, int player,
                int num_workers);

  // The strategy at one street for hands of these buckets.
  StrategyRows rows(int street, std::uint32_t group, const std::uint32_t* bucket_of_hand) const;

 private:
  void fill(const StreetForest& forest, const TabularPolicy& policy, int street,
            std::uint32_t group);

  int player_;
  std::vector<std::vector<std::vector<float>>> floats_;  // [street][group][bucket, action, lane]
  std::vector<std::vector<std::uint32_t>> num_actions_;  // [street][group]
};

}  // namespace holdem
