#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "game/game.hpp"

namespace holdem {

// A node of the betting tree, 32 bytes, as the samplers read it.
//
// The rows of a decision node live in the tables (one float per bucket and action). They are found
// by one rule, with numbers that the tree owns and nobody else computes:
//
//   row(bucket)   = base + bucket * row_stride + (bucket >> strip_shift)       [num_actions floats]
//   strip(bucket) = the block of 2^strip_shift rows around row(bucket); the float before its first
//                   row is its stamp, the discount block the strip was last brought up to date in
struct Node {
  std::uint64_t base = 0;  // 0: a decision whose rows and children have not been made yet
  std::uint32_t row_stride = 0;
  std::uint32_t lead = 0;         // floats from the stamp of bucket 0's strip to `base`
  std::uint32_t first_child = 0;  // children are contiguous; at a terminal: index of its Terminal
  float amount =
      0;  // heads-up terminals: what player 0 wins by the fold, or by winning the showdown
  NodeKind kind = NodeKind::decision;
  std::uint8_t player = 0;
  std::uint8_t street = 0;
  std::uint8_t num_actions = 0;
  std::uint8_t strip_shift = 0;

  std::uint64_t row(std::uint32_t bucket) const {
    return base + std::uint64_t{bucket} * row_stride + (bucket >> strip_shift);
  }
  std::uint32_t strip_floats() const { return row_stride << strip_shift; }
  std::uint64_t stamp(std::uint32_t bucket) const {
    return base - lead + std::uint64_t{bucket >> strip_shift} * (strip_floats() + 1);
  }
};
static_assert(sizeof(Node) == 32);

// A terminal of a game with three or more players.
struct Terminal {
  ChipsPerPlayer contributions{};
  std::uint8_t folded = 0;
};

// How rows are placed. Recorded in checkpoints, since the bytes of a table mean nothing without it.
enum class TableLayout {
  // [street root][player][bucket][node, action]: all rows of one bucket in one street's subtree lie
  // side by side, because a traversal stays in one bucket for a whole street.
  street_rows,
  // [node][bucket][action], for trees that grow as they are visited.
  node_rows,
};

struct StreetSize {
  std::uint64_t decision_nodes = 0;
  std::uint64_t infosets = 0;
  std::uint64_t infoset_actions = 0;
  std::uint64_t terminal_nodes = 0;
};

// The betting tree and the place of every row. With `street_rows` it is complete from the start;
// with `node_rows` a decision node gets its rows and children when it is first visited.
class BettingTree {
 public:
  // Throws std::overflow_error when the complete tree would have more than `max_nodes` nodes.
  BettingTree(const Game& game, TableLayout layout, std::uint64_t max_nodes);

  const Game& game() const { return game_; }
  int num_players() const { return num_players_; }
  TableLayout layout() const { return layout_; }
  const Node* data() const { return nodes_.data(); }
  std::span<const Node> nodes() const { return nodes_; }
  // [node]: code of the action that leads to it; 0 at the root.
  std::span<const Chips> action_codes() const { return action_codes_; }
  const Terminal& terminal(const Node& node) const { return terminals_[node.first_child]; }
  // Net chips of every player at a terminal.
  ChipsPerPlayer payoffs(const Node& node, const Deal& deal) const;

  // Floats of one table (regrets, or strategy sums) that have a place so far.
  std::uint64_t table_floats() const { return table_floats_; }
  // Bytes the tree itself takes.
  std::uint64_t bytes() const;
  std::vector<StreetSize> size_per_street() const;

  // Gives a node of a growing tree its rows and children.
  void grow(std::uint32_t node);
  // Nodes in the order they were grown; growing the same ones again in a new tree rebuilds it.
  std::span<const std::uint32_t> growth() const { return growth_; }

 private:
  void build_complete(std::uint64_t max_nodes);
  void place_street_rows(std::span<const std::uint32_t> decisions);
  std::uint32_t add_children(std::uint32_t node, const BettingStateBytes& state,
                             std::vector<BettingStateBytes>& child_states);
  Node make_node(const BettingStateBytes& state);
  std::uint32_t num_buckets(const Node& node) const { return game_.num_buckets(node.street); }

  const Game& game_;
  int num_players_;
  TableLayout layout_;
  std::vector<Node> nodes_;
  std::vector<Chips> action_codes_;
  std::vector<Terminal> terminals_;
  std::vector<BettingStateBytes> states_;  // growing trees only, parallel to nodes_
  std::vector<std::uint32_t> growth_;
  std::uint64_t table_floats_ = 0;
};

}  // namespace holdem
