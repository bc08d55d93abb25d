#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "tree/betting_tree.hpp"

namespace holdem {

// Growth of a tree that a thread keeps to itself while others read the tree, until the tree takes
// it over (BettingTree::adopt). New nodes are numbered on from the tree's last; a decision that has
// grown here has no strips yet.
class PrivateGrowth {
 public:
  explicit PrivateGrowth(const BettingTree& tree) : tree_(tree) {}

  // Forgets all, and begins with the tree as it is now.
  void begin();

  // A node of the tree or of here.
  const Node& node(std::uint32_t index) const {
    return index < first_ ? tree_.data()[index] : nodes_[index - first_].node;
  }
  const Terminal& terminal(std::uint32_t index) const {
    return index < first_ ? tree_.terminal(tree_.data()[index]) : nodes_[index - first_].terminal;
  }
  // A decision that has children, in the tree or here; makes them if need be. Valid until the next
  // call.
  const Node& decision(std::uint32_t index) {
    const Node& found = node(index);
    return found.base != 0 ? found : grown(index);
  }
  // Whether a decision has strips in the tree.
  static bool has_strips(const Node& node) { return node.base != 0 && node.base != kGrownHere; }

  // Calls visit(index, children) for every decision that grew, in that order, with its number in
  // the tree, given that `visit` returns the number of its first child there.
  template <class Visit>
  void for_each(const Visit& visit);
  // The number in the tree that for_each() has given a node.
  std::uint32_t number_in_tree(std::uint32_t index) const {
    return index < first_ ? index : numbers_[index - first_];
  }

  bool is_empty() const { return grown_.empty(); }
  std::uint64_t bytes() const;

 private:
  static constexpr std::uint64_t kGrownHere = ~std::uint64_t{0};  // the base of such a node
  struct Grown {
    std::uint32_t index;
    Node node;  // of the tree, with its children here
  };

  const Node& grown(std::uint32_t index);

  const BettingTree& tree_;
  std::uint32_t first_ = 0;                                   // nodes from here on are of here
  std::vector<MadeNode> nodes_;                               // [index - first_]
  std::vector<BettingStateBytes> states_;                     // likewise
  std::vector<std::uint32_t> numbers_;                        // likewise: in the tree
  std::vector<Grown> grown_;                                  // in order
  std::unordered_map<std::uint32_t, std::uint32_t> of_tree_;  // where nodes of the tree are in it
};

template <class Visit>
void PrivateGrowth::for_each(const Visit& visit) {
  numbers_.resize(nodes_.size());
  for (const Grown& one : grown_) {
    const std::uint32_t first = one.node.first_child - first_;
    const std::size_t count = one.node.num_actions;
    const std::uint32_t number =
        visit(number_in_tree(one.index), std::span(nodes_).subspan(first, count));
    for (std::uint32_t a = 0; a < count; ++a) numbers_[first + a] = number + a;
  }
}

}  // namespace holdem
