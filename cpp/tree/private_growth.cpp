#include "tree/private_growth.hpp"

#include <stdexcept>

namespace holdem {

void PrivateGrowth::begin() {
  first_ = static_cast<std::uint32_t>(tree_.nodes().size());
  nodes_.clear();
  states_.clear();
  grown_.clear();
  of_tree_.clear();
}

const Node& PrivateGrowth::grown(std::uint32_t index) {
  if (index < first_) {
    const auto [found, is_new] =
        of_tree_.try_emplace(index, static_cast<std::uint32_t>(grown_.size()));
    if (!is_new) return grown_[found->second].node;
  }
  const BettingStateBytes state = index < first_ ? tree_.state_of(index) : states_[index - first_];
  if (first_ + std::uint64_t{nodes_.size()} + kMaxActions > kMaxNodes) {
    throw std::overflow_error("the betting tree has more nodes than can be numbered");
  }
  Node node = this->node(index);
  node.base = kGrownHere;
  node.first_child = first_ + static_cast<std::uint32_t>(nodes_.size());
  for (int action = 0; action < node.num_actions; ++action) {
    const auto [made, child_state] = tree_.make_child(state, action);
    nodes_.push_back(made);
    states_.push_back(child_state);
  }
  if (index >= first_) nodes_[index - first_].node = node;
  grown_.push_back({index, node});
  return grown_.back().node;
}

std::uint64_t PrivateGrowth::bytes() const {
  return nodes_.capacity() * (sizeof(MadeNode) + sizeof(BettingStateBytes)) +
         grown_.capacity() * (sizeof(Grown) + 32);
}

}  // namespace holdem
