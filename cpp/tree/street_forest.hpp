#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/lanes.hpp"
#include "tree/betting_tree.hpp"

namespace holdem {

// A complete betting tree, street by street, as a walk over public states wants it.
//
// A *root* of a street is where its betting begins: a decision, or a terminal of an earlier street
// that cannot be settled there (an all-in before the last street). Below the first node, the action
// structure of a street depends on little but the stacks that are left, so a few *shapes* serve
// very many roots. Roots of one shape are put in *groups*, one root a lane, and a walk does for a
// whole group what it would do for one root.
class StreetForest {
 public:
  // What a walk is like, which decides how many lanes groups have, and what is a root.
  enum class Widths {
    // All public cards, doubles: kLanes, whatever their roots fill.
    exact,
    // One board, known from the start, floats: 16, and a shape's last group 4, 8 or 16, what its
    // roots need. Terminals are settled where they are. Roots of a shape below which everything is
    // alike are neighbours, so that they are still neighbours on the next street.
    fitting,
  };
  static constexpr std::uint32_t kMinWidth = 4;
  static constexpr std::uint32_t kMaxWidth = 16;
  // Lanes of a group of so many roots, at most kMaxWidth.
  static std::uint32_t width_of(std::uint32_t num_roots, Widths widths);
  // What the walk of a street does at a node.
  enum class Step : std::uint8_t {
    decision,
    fold,      // settled here
    showdown,  // settled here, on the last street
    leaf,      // a root of the next street
  };
  struct ShapeNode {
    Step step = Step::decision;
    std::uint8_t player = 0;       // at a decision
    std::uint8_t num_actions = 0;  // likewise
    std::uint32_t offset = 0;  // likewise: of its actions among all of the shape's, of its player
    std::uint32_t first_child = 0;  // at a decision; children are contiguous. At a leaf: its number
  };
  // Nodes of the shape, children behind their parents; the root is the first.
  struct Shape {
    std::vector<ShapeNode> nodes;
    std::uint32_t num_leaves = 0;
    std::array<std::uint32_t, kMaxPlayers> num_actions{};  // of each player, of all decisions
  };
  // Leaf `i` of lane `l` is root first_leaf + i * num_roots + l of the next street: lanes that
  // leave the street together have neighbouring places there, as far as their shapes are one.
  struct Group {
    std::uint32_t shape = 0;
    std::uint32_t num_roots = 0;
    std::uint32_t width = 0;  // lanes; those without a root repeat the last one's nodes
    std::uint32_t first_leaf = 0;
    std::vector<std::uint32_t> nodes;  // [node of the shape][lane]: of the betting tree
    std::vector<double> amounts;       // likewise: what player 0 wins at a terminal for two players

    std::uint32_t node(std::size_t n, std::uint32_t lane) const { return nodes[n * width + lane]; }
  };
  struct Street {
    std::vector<Shape> shapes;
    std::vector<Group> groups;
    std::vector<std::array<std::uint32_t, 2>> places;  // [root]: its group and lane
  };

  // Args: tree: complete. settles_folds: [street], whether folds are settled on the street itself.
  //   start: the decision whose subtree it is, the only root of its street; 0: the whole tree.
  //   Streets before are empty. A decision has grown when it has children; rows need no places yet.
  // Throws std::invalid_argument for a tree with a decision that has not grown, and a start that is
  // no decision.
  StreetForest(const BettingTree& tree, const std::vector<bool>& settles_folds,
               std::uint32_t start = 0, Widths widths = Widths::exact);

  const BettingTree& tree() const { return tree_; }
  std::uint32_t start() const { return start_; }
  int first_street() const { return start_ == 0 ? 0 : tree_.data()[start_].street; }
  const std::vector<Street>& streets() const { return streets_; }
  // Nodes of all roots of a street: those of the tree, and a leaf once more where it is a root.
  std::uint64_t num_nodes(int street) const;

 private:
  void fill(Group& group, const Shape& shape, std::span<const std::uint32_t> roots) const;

  const BettingTree& tree_;
  std::uint32_t start_;
  std::vector<Street> streets_;
};

// The part of a tree that has not grown yet, grown: best responses and walks go everywhere.
void complete(BettingTree& tree);

}  // namespace holdem
