#include "game/betting_tree.hpp"

#include <deque>
#include <stdexcept>
#include <utility>

namespace holdem {
namespace {

// A strip shares one stamp. Long strips waste little memory on stamps; short ones cost little to
// bring up to date. 48 floats are three cache lines and at most 2 % of stamps.
constexpr std::uint32_t kMinStripFloats = 48;

std::uint8_t strip_shift_for(std::uint32_t row_stride) {
  std::uint8_t shift = 0;
  while ((row_stride << shift) < kMinStripFloats) ++shift;
  return shift;
}

std::uint64_t floats_of_rows(std::uint32_t num_buckets, std::uint32_t row_stride,
                             std::uint8_t shift) {
  const std::uint64_t num_strips = ((num_buckets - 1) >> shift) + 1;
  return num_strips * ((std::uint64_t{row_stride} << shift) + 1);
}

}  // namespace

BettingTree::BettingTree(const Game& game, TableLayout layout, std::uint64_t max_nodes)
    : game_(game), num_players_(game.num_players()), layout_(layout) {
  const BettingStateBytes initial = game.betting().initial();
  nodes_.push_back(make_node(initial));
  action_codes_.push_back(kCall);
  if (layout == TableLayout::street_rows) {
    build_complete(max_nodes);
  } else {
    states_.push_back(initial);
  }
}

Node BettingTree::make_node(const BettingStateBytes& state) {
  const BettingNode described = game_.betting().describe(state);
  Node node;
  node.kind = described.kind;
  node.player = described.player;
  node.street = described.street;
  node.num_actions = described.num_actions;
  if (node.kind == NodeKind::decision) return node;
  if (num_players_ == 2) {
    node.amount =
        static_cast<float>(settle(described.contributions, described.folded, 2, {1, 0})[0]);
  } else {
    node.first_child = static_cast<std::uint32_t>(terminals_.size());
    terminals_.push_back({described.contributions, described.folded});
  }
  return node;
}

std::uint32_t BettingTree::add_children(std::uint32_t parent, const BettingStateBytes& state,
                                        std::vector<BettingStateBytes>& child_states) {
  const auto first = static_cast<std::uint32_t>(nodes_.size());
  nodes_[parent].first_child = first;
  const int num_actions = nodes_[parent].num_actions;
  for (int action = 0; action < num_actions; ++action) {
    const BettingStateBytes child = game_.betting().after(state, action);
    nodes_.push_back(make_node(child));
    action_codes_.push_back(game_.betting().action_code(state, action));
    child_states.push_back(child);
  }
  return first;
}

// Street by street: the subtree of one street root is expanded and placed before the next root, so
// that nodes visited together lie together.
void BettingTree::build_complete(std::uint64_t max_nodes) {
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
      const std::uint32_t first = add_children(index, state, child_states);
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
    place_street_rows(decisions);
  }
  nodes_.shrink_to_fit();
}

void BettingTree::place_street_rows(std::span<const std::uint32_t> decisions) {
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
    table_floats_ += floats_of_rows(num_buckets(nodes_[decisions[0]]), row_stride, shift);
  }
}

void BettingTree::grow(std::uint32_t index) {
  std::vector<BettingStateBytes> child_states;
  add_children(index, BettingStateBytes(states_[index]), child_states);
  states_.insert(states_.end(), child_states.begin(), child_states.end());
  Node& node = nodes_[index];
  node.lead = 1;
  node.row_stride = node.num_actions;
  node.strip_shift = strip_shift_for(node.row_stride);
  node.base = table_floats_ + node.lead;
  table_floats_ += floats_of_rows(num_buckets(node), node.row_stride, node.strip_shift);
  growth_.push_back(index);
}

ChipsPerPlayer BettingTree::payoffs(const Node& node, const Deal& deal) const {
  if (num_players_ > 2) {
    const Terminal& end = terminal(node);
    return settle(end.contributions, end.folded, num_players_, deal.strength);
  }
  const int result = node.kind == NodeKind::fold ? 1
                                                 : (deal.strength[0] > deal.strength[1]) -
                                                       (deal.strength[0] < deal.strength[1]);
  const Chips won = static_cast<Chips>(node.amount) * result;
  return {won, -won};
}

std::uint64_t BettingTree::bytes() const {
  return nodes_.size() * (sizeof(Node) + sizeof(Chips)) + terminals_.size() * sizeof(Terminal) +
         states_.size() * sizeof(BettingStateBytes) + growth_.size() * sizeof(growth_[0]);
}

std::vector<StreetSize> BettingTree::size_per_street() const {
  std::vector<StreetSize> sizes(static_cast<std::size_t>(game_.num_streets()));
  for (const Node& node : nodes_) {
    StreetSize& size = sizes[node.street];
    if (node.kind != NodeKind::decision) {
      ++size.terminal_nodes;
    } else if (node.base != 0) {
      ++size.decision_nodes;
      size.infosets += num_buckets(node);
      size.infoset_actions += std::uint64_t{num_buckets(node)} * node.num_actions;
    }
  }
  return sizes;
}

}  // namespace holdem
