#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "game/game.hpp"

namespace holdem {

// A node of the betting tree, 32 bytes, as the samplers read it.
//
// The rows of a decision node live in the tables (one float per bucket and action). Rows of
// 2^strip_shift neighbouring buckets form a strip; the float before a strip's first row is its
// stamp, the discount block the strip was last brought up to date in. In a complete tree one rule
// finds a row, with numbers that the tree owns and nobody else computes:
//
//   row(bucket) = base + bucket * row_stride + (bucket >> strip_shift)         [num_actions floats]
//
// Its actions are action_stride floats apart. In a growing tree `base` is where the node's strips
// are listed; BettingTree::place looks there.
struct Node {
  std::uint64_t base = 0;  // 0: a decision whose children have not been made yet
  std::uint32_t row_stride = 0;
  std::uint32_t lead = 0;         // floats from the stamp of bucket 0's strip to `base`
  std::uint32_t first_child = 0;  // children are contiguous; at a terminal: index of its Terminal
  Chips amount = 0;  // heads-up terminals: what player 0 wins by the fold, or by the showdown
  NodeKind kind = NodeKind::decision;
  std::uint8_t player = 0;
  std::uint8_t street = 0;
  std::uint8_t num_actions = 0;
  std::uint8_t strip_shift = 0;
  std::uint8_t action_stride = 1;

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

// A node as it is made, before it has a place in a tree.
struct MadeNode {
  Node node;
  Terminal terminal;      // of a terminal of three or more players
  Chips action_code = 0;  // of the action that leads to it
};

// Children and parents are numbered in 32 bits.
inline constexpr std::uint64_t kMaxNodes = (std::uint64_t{1} << 32) - 1;

// Called now and then while a tree is counted or built, with the nodes so far.
using TreeProgress = std::function<void(double nodes)>;

// How rows are placed. Recorded in checkpoints, since the bytes of a table mean nothing without it.
enum class TableLayout {
  // [street root][player][bucket][node, action]: all rows of one bucket in one street's subtree lie
  // side by side, because a traversal stays in one bucket for a whole street.
  street_rows,
  // [strip][bucket, action], strips in the order in which they were first visited, each a few
  // buckets of one node. For trees that grow: nothing is laid out for what is never reached.
  node_rows,
  // [street][group of subtrees][decision of their shape][bucket][action][lane]: what the subtrees
  // of
  // a group (StreetForest, all folds settled, fitting widths) have at the same place lies side by
  // side, because a traversal walks them side by side. Blocks of a decision begin at multiples of
  // kBlockFloats; lanes without a subtree, and what is left between blocks, stay zero. All rows are
  // one strip, its stamp in float 0. For complete trees of two players.
  lane_rows,
  // The same, in three quarters of the memory: see tree/compact_rows.hpp. A row is listed at the
  // first float of all lanes, and its lane further.
  compact_lane_rows,
};
inline constexpr std::uint32_t kBlockFloats = 16;

inline bool grows(TableLayout layout) { return layout == TableLayout::node_rows; }
inline bool is_compact(TableLayout layout) { return layout == TableLayout::compact_lane_rows; }
inline bool in_lanes(TableLayout layout) {
  return layout == TableLayout::lane_rows || is_compact(layout);
}

// Where an infoset's floats are in both tables; row 0 means nowhere yet.
struct Place {
  std::uint64_t row = 0;
  std::uint64_t stamp = 0;
};

// Floats of the rows of one player in one street's subtree of a complete tree, with their stamps.
// Args: row_stride: actions of the player's decisions there. Exact below 2^53.
double floats_of_rows(std::uint32_t num_buckets, double row_stride);
// Floats of one bucket's rows in lanes, and of a decision's block with what is left before the
// next.
std::uint32_t floats_of_lanes(TableLayout layout, std::uint32_t num_actions, std::uint32_t width);
std::uint64_t floats_of_block(TableLayout layout, std::uint32_t num_buckets,
                              std::uint32_t num_actions, std::uint32_t width);

// Rows that are brought up to date together, behind the stamp they share.
struct Strip {
  std::uint8_t player = 0;  // whose rows they are; in lanes they are those of both
  std::uint64_t stamp = 0;
  std::uint64_t num_floats = 0;  // from stamp + 1 on
};

struct StreetSize {
  std::uint64_t decision_nodes = 0;
  std::uint64_t infosets = 0;
  std::uint64_t infoset_actions = 0;
  std::uint64_t terminal_nodes = 0;
};

class PrivateGrowth;

// The betting tree and the place of every row. With `node_rows` a decision gets its children, and a
// strip its place, when it is first visited; else the tree is complete from the start.
class BettingTree {
 public:
  // Throws std::overflow_error when the complete tree would have more than `max_nodes` nodes, and
  // std::invalid_argument for rows in lanes of more than two players.
  BettingTree(const Game& game, TableLayout layout, std::uint64_t max_nodes,
              const TreeProgress& progress = {});

  const Game& game() const { return game_; }
  int num_players() const { return num_players_; }
  TableLayout layout() const { return layout_; }
  bool grows() const { return holdem::grows(layout_); }
  bool in_lanes() const { return holdem::in_lanes(layout_); }
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
  // [street]: nodes there are, and infosets that have a place.
  const std::vector<StreetSize>& size_per_street() const { return sizes_; }

  // Where the rows of an infoset are.
  Place place(const Node& node, std::uint32_t bucket) const {
    if (layout_ == TableLayout::street_rows) return {node.row(bucket), node.stamp(bucket)};
    if (in_lanes()) return {node.row(bucket), 0};
    const std::uint64_t stamp = node.base == 0 ? 0 : strip_places_[strip_of(node, bucket)];
    if (stamp == 0) return {};
    const std::uint32_t in_strip = bucket & ((1u << node.strip_shift) - 1);
    return {stamp + 1 + std::uint64_t{in_strip} * node.row_stride, stamp};
  }
  // The same, after giving the infoset a place if it has none.
  Place make_place(const Node& node, std::uint32_t bucket) {
    const Place found = place(node, bucket);
    if (found.row != 0) return found;
    place_strip(node, bucket >> node.strip_shift);
    return place(node, bucket);
  }
  // Where place() will look first, for prefetching; growing trees only.
  const std::uint64_t* strip_address(const Node& node, std::uint32_t bucket) const {
    return strip_places_.data() + strip_of(node, bucket);
  }

  // Strips that a node's rows are in.
  std::uint32_t num_strips(const Node& node) const {
    return ((num_buckets(node) - 1) >> node.strip_shift) + 1;
  }
  // Whether a node stands for the strips its rows are in: in a complete tree a player's decisions
  // in one street's subtree share them, and in lanes no node stands for the one that there is.
  bool stands_for_strips(const Node& node) const {
    return node.kind == NodeKind::decision && node.base != 0 && (grows() || node.lead == 1);
  }
  // Calls visit(strip) once for each strip that has a place.
  template <class Visit>
  void for_each_strip(const Visit& visit) const {
    if (in_lanes()) return visit(Strip{0, 0, table_floats_ - 1});
    for (const Node& node : nodes_) {
      if (!stands_for_strips(node)) continue;
      for (std::uint32_t strip = 0; strip < num_strips(node); ++strip) {
        const Place found = place(node, strip << node.strip_shift);
        if (found.row != 0) visit(Strip{node.player, found.stamp, node.strip_floats()});
      }
    }
  }

  // Gives a decision of a growing tree its children; moves the nodes.
  // Throws std::overflow_error where they cannot be numbered.
  void grow(std::uint32_t node);
  // The same for all that was grown outside of this tree, in that order, where it has not grown
  // since.
  void adopt(PrivateGrowth& growth);
  // The game's state at a node of a growing tree, replayed from the root.
  BettingStateBytes state_of(std::uint32_t node) const;
  // A decision's child, and its state.
  std::pair<MadeNode, BettingStateBytes> make_child(const BettingStateBytes& state,
                                                    int action) const;
  // What growing did, in order: nodes that got children, and strips that got a place.
  std::span<const std::uint32_t> grown_nodes() const { return grown_nodes_; }
  std::span<const std::uint64_t> grown_strips() const { return grown_strips_; }
  // Repeats the growth of another tree of the same game in this new one.
  // Throws std::invalid_argument when it cannot have happened.
  void regrow(std::span<const std::uint32_t> nodes, std::span<const std::uint64_t> strips);

 private:
  void build_complete(std::uint64_t max_nodes, const TreeProgress& progress);
  void place_street_rows(std::span<const std::uint32_t> decisions);
  void place_lane_rows();
  MadeNode make_node(const BettingStateBytes& state) const;
  void add_node(const MadeNode& made);
  void begin_children(std::uint32_t node);
  void add_children(std::uint32_t node, const BettingStateBytes& state,
                    std::vector<BettingStateBytes>& child_states);
  void list_strips(std::uint32_t node);
  std::uint32_t num_buckets(const Node& node) const { return game_.num_buckets(node.street); }
  static std::uint64_t strip_of(const Node& node, std::uint32_t bucket) {
    return node.base + (bucket >> node.strip_shift);
  }
  void place_strip(const Node& node, std::uint32_t strip_of_node);

  const Game& game_;
  int num_players_;
  TableLayout layout_;
  std::vector<Node> nodes_;
  std::vector<Chips> action_codes_;
  std::vector<Terminal> terminals_;
  // Growing trees only.
  std::vector<std::uint32_t> parents_;       // [node]: a state is replayed from the root
  std::vector<std::uint64_t> strip_places_;  // [strip]: its stamp; 0: no place yet
  std::vector<std::uint32_t> grown_nodes_;
  std::vector<std::uint64_t> grown_strips_;
  std::uint64_t table_floats_ = 0;
  std::vector<StreetSize> sizes_;
};

// Whether each node of `grown` has the same number in `tree`, which may be larger or laid out in
// another way.
bool is_numbered_alike(const BettingTree& tree, const BettingTree& grown);

}  // namespace holdem
