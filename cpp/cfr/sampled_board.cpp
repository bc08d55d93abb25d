#include "cfr/sampled_board.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

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
      levels_(forest_.streets().size()),
      next_(levels_.size()) {
  for (std::size_t s = 0; s < levels_.size(); ++s) prepare(s);
  for (Dealt* const first : {static_cast<Dealt*>(&levels_[0]), &next_[0]}) {
    game.root(first->state, false);
    first->hands.assign(first->state, nullptr);
    first->chance = first->state.weight;
  }
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

void SampledBoard::deal_next(RandomStream random) {
  for (std::size_t s = 1; s < next_.size(); ++s) {
    const Dealt& before = next_[s - 1];
    Dealt& dealt = next_[s];
    game_.sample_child(before.state, random, dealt.state);
    dealt.hands.assign(dealt.state, &before.hands);
    dealt.chance = before.chance * dealt.state.weight;
  }
  find_parts(next_);
}

void SampledBoard::take_next() {
  for (std::size_t s = 0; s < levels_.size(); ++s) {
    std::swap(static_cast<Dealt&>(levels_[s]), next_[s]);
    if (s == 0) continue;
    for (GroupVectors& passed : levels_[s - 1].passed) {
      passed.assign(levels_[s].street->groups, levels_[s - 1].state.num_hands());
    }
  }
}

void SampledBoard::find_parts(std::vector<Dealt>& dealt) const {
  // Hands of the last street, and of the next one, as they were on a street.
  std::vector<std::uint16_t> of_last(dealt.back().state.num_hands());
  std::iota(of_last.begin(), of_last.end(), std::uint16_t{0});
  double weight = 1;
  for (std::size_t s = dealt.size(); s-- > 0;) {
    Dealt& street = dealt[s];
    const auto numbered = [&](std::vector<std::uint16_t> hands) {
      for (std::uint16_t& hand : hands) hand = street.hands.hand_of_state[hand];
      return hands;
    };
    street.showdowns.assign(street.hands, dealt.back().state, numbered(of_last), weight);
    if (s < last()) {
      const PublicState& next = dealt[s + 1].state;
      if (settles_folds_[s]) {
        street.early_folds.assign(street.hands, street.state, street.hands.hand_of_state, 1);
      } else {
        street.early_folds.assign(street.hands, next, numbered(next.hand_in_parent), next.weight);
      }
    }
    if (s > 0) {
      for (std::uint16_t& hand : of_last) hand = street.state.hand_in_parent[hand];
      weight *= street.state.weight;
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
