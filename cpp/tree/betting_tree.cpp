#include "tree/betting_tree.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/interrupt.hpp"
#include "tree/compact_rows.hpp"
#include "tree/private_growth.hpp"
#include "tree/street_forest.hpp"

namespace holdem {
namespace {

// A strip shares one stamp. Long strips waste little memory on stamps; short ones cost little to
// bring up to date. 48 floats are three cache lines, and 2 % more for their stamp.
constexpr std::uint32_t kMinStripFloats = 48;
// Strips of a growing tree are made for the infosets that are visited, so they are short.
constexpr std::uint8_t kGrowingStripShift = 3;

// No bucket has a bit beyond this.
constexpr std::uint8_t kOneStripShift = 31;

std::uint8_t strip_shift_for(std::uint32_t row_stride) {
  std::uint8_t shift = 0;
  while ((row_stride << shift) < kMinStripFloats) ++shift;
  return shift;
}

}  // namespace

double floats_of_rows(std::uint32_t num_buckets, double row_stride) {
  if (row_stride == 0) return 0;
  const std::uint8_t shift =
      row_stride < kMinStripFloats ? strip_shift_for(static_cast<std::uint32_t>(row_stride)) : 0;
  return (((num_buckets - 1) >> shift) + 1.0) * (row_stride * (1u << shift) + 1);
}

std::uint32_t floats_of_lanes(TableLayout layout, std::uint32_t num_actions, std::uint32_t width) {
  return is_compact(layout) ? compact::bytes_of_lanes(num_actions, width) / sizeof(float)
                            : num_actions * width;
}

std::uint64_t floats_of_block(TableLayout layout, std::uint32_t num_buckets,
                              std::uint32_t num_actions, std::uint32_t width) {
  const std::uint64_t rows =
      std::uint64_t{num_buckets} * floats_of_lanes(layout, num_actions, width);
  return (rows + kBlockFloats - 1) / kBlockFloats * kBlockFloats;
}

BettingTree::BettingTree(const Game& game, TableLayout layout, std::uint64_t max_nodes,
                         const TreeProgress& progress)
    : game_(game),
      num_players_(game.num_players()),
      layout_(layout),
      sizes_(static_cast<std::size_t>(game.num_streets())) {
  if (in_lanes() && num_players_ != 2) {
    throw std::invalid_argument("rows in lanes are for two players; this game has " +
                                std::to_string(num_players_));
  }
  const BettingStateBytes initial = game.betting().initial();
  add_node(make_node(initial));
  if (grows()) {
    parents_.push_back(0);
    strip_places_.push_back(0);  // so that no node's strips are listed from 0,
    table_floats_ = 1;           // and no strip is placed there
  } else {
    build_complete(max_nodes, progress);
  }
}

MadeNode BettingTree::make_node(const BettingStateBytes& state) const {
  const BettingNode described = game_.betting().describe(state);
  MadeNode made;
  made.node.kind = described.kind;
  made.node.player = described.player;
  made.node.street = described.street;
  made.node.num_actions = described.num_actions;
  if (described.kind == NodeKind::decision) return made;
  if (num_players_ == 2) {
    made.node.amount = settle(described.contributions, described.folded, 2, {1, 0})[0];
  } else {
    made.terminal = {described.contributions, described.folded};
  }
  return made;
}

std::pair<MadeNode, BettingStateBytes> BettingTree::make_child(const BettingStateBytes& state,
                                                               int action) const {
  const BettingStateBytes child = game_.betting().after(state, action);
  MadeNode made = make_node(child);
  made.action_code = game_.betting().action_code(state, action);
  return {made, child};
}

void BettingTree::add_node(const MadeNode& made) {
  nodes_.push_back(made.node);
  action_codes_.push_back(made.action_code);
  StreetSize& size = sizes_[made.node.street];
  if (made.node.kind == NodeKind::decision) {
    ++size.decision_nodes;
    return;
  }
  ++size.terminal_nodes;
  if (num_players_ > 2) {
    nodes_.back().first_child = static_cast<std::uint32_t>(terminals_.size());
    terminals_.push_back(made.terminal);
  }
}

// The children to come are numbered on from the last node.
void BettingTree::begin_children(std::uint32_t parent) {
  if (nodes_.size() + kMaxActions > kMaxNodes) {
    throw std::overflow_error("the betting tree has more nodes than can be numbered");
  }
  nodes_[parent].first_child = static_cast<std::uint32_t>(nodes_.size());
}

void BettingTree::add_children(std::uint32_t parent, const BettingStateBytes& state,
                               std::vector<BettingStateBytes>& child_states) {
  begin_children(parent);
  const int num_actions = nodes_[parent].num_actions;
  for (int action = 0; action < num_actions; ++action) {
    const auto [made, child_state] = make_child(state, action);
    add_node(made);
    child_states.push_back(child_state);
  }
}

// Street by street: the subtree of one street root is expanded and placed before the next root, so
// that nodes visited together lie together.
void BettingTree::build_complete(std::uint64_t max_nodes, const TreeProgress& progress) {
  InterruptTicker ticker;
  using Pending = std::pair<std::uint32_t, BettingStateBytes>;
  std::deque<Pending> street_roots{{0, game_.betting().initial()}};
  std::vector<Pending> subtree;
  std::vector<std::uint32_t> decisions;
  std::vector<BettingStateBytes> child_states;
  while (!street_roots.empty()) {
    subtree.assign(1, street_roots.front());
    street_roots.pop_front();
    decisions.clear();
    for (std::size_t i = 0; i < subtree.size(); ++i) {
      const auto [index, state] = subtree[i];
      decisions.push_back(index);
      child_states.clear();
      add_children(index, state, child_states);
      const std::uint32_t first = nodes_[index].first_child;
      if (ticker.tick() && progress) progress(static_cast<double>(nodes_.size()));
      if (nodes_.size() > max_nodes) {
        throw std::overflow_error("the betting tree has more than " + std::to_string(max_nodes) +
                                  " nodes");
      }
      for (std::uint32_t a = 0; a < child_states.size(); ++a) {
        const Node& child = nodes_[first + a];
        if (child.kind != NodeKind::decision) continue;
        if (child.street == nodes_[index].street) {
          subtree.emplace_back(first + a, child_states[a]);
        } else {
          street_roots.emplace_back(first + a, child_states[a]);
        }
      }
    }
    if (layout_ == TableLayout::street_rows) place_street_rows(decisions);
  }
  if (in_lanes()) place_lane_rows();
  nodes_.shrink_to_fit();
}

void BettingTree::place_street_rows(std::span<const std::uint32_t> decisions) {
  const Node& root = nodes_[decisions[0]];
  sizes_[root.street].infosets += decisions.size() * num_buckets(root);
  for (int player = 0; player < num_players_; ++player) {
    std::uint32_t row_stride = 0;
    for (const std::uint32_t index : decisions) {
      Node& node = nodes_[index];
      if (node.player != player) continue;
      node.lead = 1 + row_stride;
      row_stride += node.num_actions;
    }
    if (row_stride == 0) continue;
    const std::uint8_t shift = strip_shift_for(row_stride);
    for (const std::uint32_t index : decisions) {
      Node& node = nodes_[index];
      if (node.player != player) continue;
      node.row_stride = row_stride;
      node.strip_shift = shift;
      node.base = table_floats_ + node.lead;
    }
    table_floats_ += static_cast<std::uint64_t>(floats_of_rows(num_buckets(root), row_stride));
    sizes_[root.street].infoset_actions += std::uint64_t{num_buckets(root)} * row_stride;
  }
}

void BettingTree::place_lane_rows() {
  const StreetForest forest(*this, std::vector<bool>(sizes_.size(), true), 0,
                            StreetForest::Widths::fitting);
  table_floats_ = kBlockFloats;
  for (std::size_t s = 0; s < sizes_.size(); ++s) {
    const StreetForest::Street& street = forest.streets()[s];
    const std::uint32_t num_buckets = game_.num_buckets(static_cast<int>(s));
    for (const StreetForest::Group& group : street.groups) {
      const auto& shape = street.shapes[group.shape];
      for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
        if (shape.nodes[n].step != StreetForest::Step::decision) continue;
        const std::uint8_t num_actions = shape.nodes[n].num_actions;
        for (std::uint32_t lane = 0; lane < group.num_roots; ++lane) {
          Node& node = nodes_[group.node(n, lane)];
          node.base = table_floats_ + lane;
          node.row_stride = floats_of_lanes(layout_, num_actions, group.width);
          node.action_stride = static_cast<std::uint8_t>(group.width);
          node.strip_shift = kOneStripShift;
        }
        table_floats_ += floats_of_block(layout_, num_buckets, num_actions, group.width);
        sizes_[s].infosets += std::uint64_t{group.num_roots} * num_buckets;
        sizes_[s].infoset_actions += std::uint64_t{group.num_roots} * num_buckets * num_actions;
      }
    }
  }
}

BettingStateBytes BettingTree::state_of(std::uint32_t index) const {
  if (index == 0) return game_.betting().initial();
  const std::uint32_t parent = parents_[index];
  const auto action = static_cast<int>(index - nodes_[parent].first_child);
  return game_.betting().after(state_of(parent), action);
}

void BettingTree::grow(std::uint32_t index) {
  std::vector<BettingStateBytes> child_states;
  add_children(index, state_of(index), child_states);
  list_strips(index);
}

void BettingTree::adopt(PrivateGrowth& growth) {
  growth.for_each([this](std::uint32_t index, std::span<const MadeNode> children) {
    if (nodes_[index].base == 0) {
      begin_children(index);
      for (MadeNode child : children) {
        child.node.base = child.node.first_child = 0;  // it grows here when its turn comes
        add_node(child);
      }
      list_strips(index);
    }
    return nodes_[index].first_child;
  });
}

// What a decision of a growing tree gets once it has its children.
void BettingTree::list_strips(std::uint32_t index) {
  parents_.resize(nodes_.size(), index);
  Node& node = nodes_[index];
  node.row_stride = node.num_actions;
  node.strip_shift = kGrowingStripShift;
  node.base = strip_places_.size();
  strip_places_.resize(strip_places_.size() + num_strips(node));
  grown_nodes_.push_back(index);
}

void BettingTree::place_strip(const Node& node, std::uint32_t strip_of_node) {
  const std::uint64_t strip = node.base + strip_of_node;
  strip_places_[strip] = table_floats_;
  table_floats_ += node.strip_floats() + 1;
  grown_strips_.push_back(strip);
  const std::uint32_t first = strip_of_node << node.strip_shift;
  const std::uint32_t rows = std::min(num_buckets(node) - first, 1u << node.strip_shift);
  sizes_[node.street].infosets += rows;
  sizes_[node.street].infoset_actions += std::uint64_t{rows} * node.num_actions;
}

void BettingTree::regrow(std::span<const std::uint32_t> nodes,
                         std::span<const std::uint64_t> strips) {
  const auto refuse = [](const char* what, std::uint64_t which) {
    throw std::invalid_argument("the growth of the betting tree names " + std::string(what) + " " +
                                std::to_string(which) + ", which cannot grow there");
  };
  if (!grows() && !(nodes.empty() && strips.empty())) {
    throw std::invalid_argument("a complete betting tree does not grow");
  }
  if (!grown_nodes_.empty()) throw std::invalid_argument("the betting tree has grown already");
  InterruptTicker ticker;
  for (const std::uint32_t index : nodes) {
    if (index >= nodes_.size() || nodes_[index].kind != NodeKind::decision ||
        nodes_[index].base != 0) {
      refuse("node", index);
    }
    grow(index);
    ticker.tick();
  }
  // Strips are listed node by node, in the order in which the nodes grew.
  for (const std::uint64_t strip : strips) {
    if (strip == 0 || strip >= strip_places_.size() || strip_places_[strip] != 0) {
      refuse("strip", strip);
    }
    const auto owner = std::prev(
        std::upper_bound(nodes.begin(), nodes.end(), strip,
                         [&](std::uint64_t at, std::uint32_t n) { return at < nodes_[n].base; }));
    const Node& node = nodes_[*owner];
    place_strip(node, static_cast<std::uint32_t>(strip - node.base));
  }
}

ChipsPerPlayer BettingTree::payoffs(const Node& node, const Deal& deal) const {
  if (num_players_ > 2) {
    const Terminal& end = terminal(node);
    return settle(end.contributions, end.folded, num_players_, deal.strength);
  }
  const int result = node.kind == NodeKind::fold ? 1
                                                 : (deal.strength[0] > deal.strength[1]) -
                                                       (deal.strength[0] < deal.strength[1]);
  const Chips won = node.amount * result;
  return {won, -won};
}

std::uint64_t BettingTree::bytes() const {
  return nodes_.size() * (sizeof(Node) + sizeof(Chips)) + terminals_.size() * sizeof(Terminal) +
         parents_.size() * sizeof(std::uint32_t) +
         (strip_places_.size() + grown_strips_.size()) * sizeof(std::uint64_t) +
         grown_nodes_.size() * sizeof(std::uint32_t);
}

bool is_numbered_alike(const BettingTree& tree, const BettingTree& grown) {
  if (grown.nodes().size() > tree.nodes().size()) return false;
  for (std::size_t n = 0; n < grown.nodes().size(); ++n) {
    const Node& one = tree.data()[n];
    const Node& other = grown.data()[n];
    if (one.kind != other.kind || one.player != other.player || one.street != other.street ||
        one.num_actions != other.num_actions || one.amount != other.amount) {
      return false;
    }
    const bool has_children = other.kind == NodeKind::decision && other.base != 0;
    if (has_children && one.first_child != other.first_child) return false;
  }
  return true;
}

}  // namespace holdem
