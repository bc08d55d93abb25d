#include "cfr/sampled_board.hpp"

#include <algorithm>
#include <numeric>

namespace holdem {
namespace {

using Shape = StreetForest::Shape;

// The most actions on a path through a shape.
std::size_t longest_path(const Shape& shape, std::uint32_t index = 0) {
  const StreetForest::ShapeNode& node = shape.nodes[index];
  if (node.step != StreetForest::Step::decision) return 0;
  std::size_t longest = 0;
  for (std::uint32_t a = 0; a < node.num_actions; ++a) {
    longest = std::max(longest, longest_path(shape, node.first_child + a));
  }
  return node.num_actions + longest;
}

std::vector<FloatLanes<kMaxFloatLanes>> as_floats(const std::vector<double>& amounts) {
  std::vector<FloatLanes<kMaxFloatLanes>> lanes(amounts.size() / kMaxFloatLanes + 1);
  auto* const to = reinterpret_cast<float*>(lanes.data());
  for (std::size_t i = 0; i < amounts.size(); ++i) to[i] = static_cast<float>(amounts[i]);
  return lanes;
}

}  // namespace

SampledBoard::SampledBoard(const BettingTree& tree, const PublicGame& game)
    : game_(game),
      settles_folds_(game.settles_folds()),
      forest_(tree, settles_folds_, 0, StreetForest::Widths::fitting),
      levels_(forest_.streets().size()) {
  for (std::size_t s = 0; s < levels_.size(); ++s) prepare(s);
  Level& first = levels_[0];
  game.root(first.state, false);
  first.hands.assign(first.state, nullptr);
  first.chance = first.state.weight;
}

void SampledBoard::prepare(std::size_t s) {
  Level& level = levels_[s];
  level.street = &forest_.streets()[s];
  level.is_last = s == last();
  std::vector<std::size_t> cost;
  for (const StreetForest::Group& group : level.street->groups) {
    const Shape& shape = level.street->shapes[group.shape];
    level.longest_path = std::max(level.longest_path, longest_path(shape));
    level.leaf_runs.push_back(leaf_runs(s, group));
    level.amounts.push_back(as_floats(group.amounts));
    cost.push_back(shape.nodes.size() * group.width);
    num_nodes_ += std::uint64_t{group.num_roots} * (shape.nodes.size() - shape.num_leaves);
    level.order.push_back(static_cast<std::uint32_t>(level.order.size()));
  }
  std::stable_sort(level.order.begin(), level.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return cost[a] > cost[b]; });
}

std::vector<std::vector<SampledBoard::LaneRun>> SampledBoard::leaf_runs(
    std::size_t s, const StreetForest::Group& group) const {
  std::vector<std::vector<LaneRun>> by_leaf(forest_.streets()[s].shapes[group.shape].num_leaves);
  for (std::uint32_t leaf = 0; leaf < by_leaf.size(); ++leaf) {
    const StreetForest::Street& next = forest_.streets()[s + 1];
    for (std::uint32_t lane = 0; lane < group.num_roots; ++lane) {
      const auto [to_group, to_lane] =
          next.places[group.first_leaf + leaf * group.num_roots + lane];
      std::vector<LaneRun>& found = by_leaf[leaf];
      if (!found.empty() && found.back().to_group == to_group &&
          found.back().to_lane + found.back().count == to_lane) {
        ++found.back().count;
      } else {
        found.push_back({lane, 1, to_group, to_lane, next.groups[to_group].width});
      }
    }
  }
  return by_leaf;
}

void SampledBoard::deal(RandomStream random) {
  for (std::size_t s = 1; s < levels_.size(); ++s) {
    Level& before = levels_[s - 1];
    Level& level = levels_[s];
    game_.sample_child(before.state, random, level.state);
    level.hands.assign(level.state, &before.hands);
    level.chance = before.chance * level.state.weight;
    for (GroupVectors& passed : before.passed) {
      passed.assign(level.street->groups, before.state.num_hands());
    }
  }
  find_parts();
}

void SampledBoard::find_parts() {
  // Hands of the last street, and of the next one, as they were on a street.
  std::vector<std::uint16_t> of_last(levels_.back().state.num_hands());
  std::iota(of_last.begin(), of_last.end(), std::uint16_t{0});
  double weight = 1;
  for (std::size_t s = levels_.size(); s-- > 0;) {
    Level& level = levels_[s];
    const auto numbered = [&](std::vector<std::uint16_t> hands) {
      for (std::uint16_t& hand : hands) hand = level.hands.hand_of_state[hand];
      return hands;
    };
    level.showdowns.assign(level.hands, levels_.back().state, numbered(of_last), weight);
    if (s < last()) {
      const PublicState& next = levels_[s + 1].state;
      if (settles_folds_[s]) {
        level.folds_.assign(level.hands, level.state, level.hands.hand_of_state, 1);
      } else {
        level.folds_.assign(level.hands, next, numbered(next.hand_in_parent), next.weight);
      }
    }
    if (s > 0) {
      for (std::uint16_t& hand : of_last) hand = level.state.hand_in_parent[hand];
      weight *= level.state.weight;
    }
  }
}

std::size_t SampledBoard::walk_floats() const {
  std::size_t path = 0;
  std::size_t hands = 0;
  std::size_t rows = 0;
  for (const Level& level : levels_) {
    path = std::max(path, level.longest_path);
    hands = std::max<std::size_t>(hands, level.hands.num_hands());
    rows = std::max<std::size_t>(rows, level.hands.num_rows());
  }
  // By rows, three vectors for each action on a path, and what a group takes: parts are no more
  // than hands, cells no more than two for each.
  const std::size_t vectors = (3 * path + 6) * rows + 20 * hands + 4 * kMaxBlockers;
  return vectors * kMaxFloatLanes;
}

std::uint64_t SampledBoard::passed_floats() const {
  std::uint64_t floats = 0;
  for (const Level& level : levels_) {
    for (const GroupVectors& passed : level.passed) floats += passed.num_floats();
  }
  return floats;
}

}  // namespace holdem
