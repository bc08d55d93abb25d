#include "tree/street_forest.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/interrupt.hpp"

namespace holdem {
namespace {

using Step = StreetForest::Step;

// Reads what the subtree of a root looks like.
class ShapeReader {
 public:
  // Args: settles_showdowns, settles_folds: whether they are no roots of the next street.
  ShapeReader(const BettingTree& tree, int street, bool settles_showdowns, bool settles_folds)
      : tree_(tree),
        street_(street),
        settles_showdowns_(settles_showdowns),
        settles_folds_(settles_folds) {}

  StreetForest::Shape read(std::uint32_t root) const {
    StreetForest::Shape shape;
    std::vector<std::uint32_t> nodes{root};  // of the betting tree
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const Node& node = tree_.data()[nodes[i]];
      StreetForest::ShapeNode& found = shape.nodes.emplace_back();
      found.step = step_of(node);
      if (found.step == Step::leaf) found.first_child = shape.num_leaves++;
      if (found.step != Step::decision) continue;
      if (node.first_child == 0) throw std::invalid_argument("the betting tree is not complete");
      found.player = node.player;
      found.num_actions = node.num_actions;
      found.offset = shape.num_actions[node.player];
      shape.num_actions[node.player] += node.num_actions;
      found.first_child = static_cast<std::uint32_t>(nodes.size());
      for (std::uint32_t a = 0; a < node.num_actions; ++a) nodes.push_back(node.first_child + a);
    }
    return shape;
  }

 private:
  Step step_of(const Node& node) const {
    if (node.kind == NodeKind::decision && node.street == street_) return Step::decision;
    if (node.kind == NodeKind::fold && settles_folds_) return Step::fold;
    if (node.kind == NodeKind::showdown && settles_showdowns_) return Step::showdown;
    return Step::leaf;
  }

  const BettingTree& tree_;
  int street_;
  bool settles_showdowns_;
  bool settles_folds_;
};

// What makes two subtrees one shape.
std::vector<std::uint8_t> signature(const StreetForest::Shape& shape) {
  std::vector<std::uint8_t> bytes;
  for (const auto& node : shape.nodes) {
    bytes.insert(bytes.end(),
                 {static_cast<std::uint8_t>(node.step), node.player, node.num_actions});
  }
  return bytes;
}

// [node]: a number for the whole tree below it, the same where the trees are alike.
std::vector<std::uint32_t> kinds_of_trees(const BettingTree& tree) {
  std::vector<std::uint32_t> kinds(tree.nodes().size());
  std::map<std::vector<std::uint32_t>, std::uint32_t> known;
  std::vector<std::uint32_t> look;
  for (std::size_t index = kinds.size(); index-- > 0;) {
    const Node& node = tree.data()[index];
    look.assign({static_cast<std::uint32_t>(node.kind), node.street, node.player});
    for (std::uint32_t a = 0; node.kind == NodeKind::decision && a < node.num_actions; ++a) {
      look.push_back(kinds[node.first_child + a]);
    }
    kinds[index] = known.try_emplace(look, static_cast<std::uint32_t>(known.size())).first->second;
  }
  return kinds;
}

std::uint32_t max_width(StreetForest::Widths widths) {
  return widths == StreetForest::Widths::exact ? kLanes : StreetForest::kMaxWidth;
}

}  // namespace

std::uint32_t StreetForest::width_of(std::uint32_t num_roots, Widths widths) {
  return widths == Widths::exact ? kLanes : std::max(kMinWidth, std::bit_ceil(num_roots));
}

StreetForest::StreetForest(const BettingTree& tree, const std::vector<bool>& settles_folds,
                           std::uint32_t start, Widths widths)
    : tree_(tree), start_(start) {
  const auto num_nodes = static_cast<std::uint32_t>(tree.nodes().size());
  if (start != 0 && (start >= num_nodes || tree.data()[start].kind != NodeKind::decision)) {
    throw std::invalid_argument("start is " + std::to_string(start) + ", which is no decision");
  }
  streets_.resize(static_cast<std::size_t>(first_street()));
  const std::size_t num_streets = settles_folds.size();
  const bool fits = widths == Widths::fitting;
  const auto kinds = fits ? kinds_of_trees(tree) : std::vector<std::uint32_t>{};
  std::vector<std::uint32_t> roots{start};
  for (std::size_t s = streets_.size(); s < num_streets; ++s) {
    Street& street = streets_.emplace_back();
    street.places.resize(roots.size());
    std::vector<std::uint32_t> order(roots.size());
    std::iota(order.begin(), order.end(), 0u);
    if (fits) {
      std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return kinds[roots[a]] < kinds[roots[b]];
      });
    }
    const ShapeReader reader(tree, static_cast<int>(s), fits || s + 1 == num_streets,
                             fits || settles_folds[s]);
    // [signature]: the shape, and the group that its next root goes to.
    std::map<std::vector<std::uint8_t>, std::array<std::uint32_t, 2>> known;
    std::vector<std::vector<std::uint32_t>> roots_of_group;
    for (const std::uint32_t number_of_root : order) {
      const std::uint32_t root = roots[number_of_root];
      Shape read = reader.read(root);
      const auto number = static_cast<std::uint32_t>(street.shapes.size());
      const auto [found, is_new] = known.try_emplace(signature(read));
      auto& [shape, group] = found->second;
      if (is_new) {
        shape = number;
        street.shapes.push_back(std::move(read));
      }
      if (is_new || roots_of_group[group].size() == max_width(widths)) {
        group = static_cast<std::uint32_t>(roots_of_group.size());
        roots_of_group.emplace_back();
        street.groups.emplace_back().shape = shape;
      }
      street.places[number_of_root] = {group,
                                       static_cast<std::uint32_t>(roots_of_group[group].size())};
      roots_of_group[group].push_back(root);
    }
    roots.clear();
    for (std::size_t g = 0; g < street.groups.size(); ++g) {
      Group& group = street.groups[g];
      const Shape& shape = street.shapes[group.shape];
      group.width = width_of(static_cast<std::uint32_t>(roots_of_group[g].size()), widths);
      fill(group, shape, roots_of_group[g]);
      group.first_leaf = static_cast<std::uint32_t>(roots.size());
      for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
        if (shape.nodes[n].step != Step::leaf) continue;
        for (std::uint32_t l = 0; l < group.num_roots; ++l) roots.push_back(group.node(n, l));
      }
    }
  }
}

void StreetForest::fill(Group& group, const Shape& shape,
                        std::span<const std::uint32_t> roots) const {
  group.num_roots = static_cast<std::uint32_t>(roots.size());
  group.nodes.resize(shape.nodes.size() * group.width);
  group.amounts.resize(group.nodes.size());
  for (std::uint32_t lane = 0; lane < group.width; ++lane) {
    group.nodes[lane] = roots[std::min(lane, group.num_roots - 1)];
    for (std::size_t n = 0; n < shape.nodes.size(); ++n) {
      const ShapeNode& of_shape = shape.nodes[n];
      const Node& node = tree_.data()[group.node(n, lane)];
      if (of_shape.step == Step::decision) {
        for (std::uint32_t a = 0; a < of_shape.num_actions; ++a) {
          group.nodes[(of_shape.first_child + a) * group.width + lane] = node.first_child + a;
        }
      } else if (node.kind != NodeKind::decision && tree_.num_players() == 2) {
        group.amounts[n * group.width + lane] = static_cast<double>(node.amount);
      }
    }
  }
}

std::uint64_t StreetForest::num_nodes(int street) const {
  const Street& of = streets_[static_cast<std::size_t>(street)];
  std::uint64_t nodes = 0;
  for (const Group& group : of.groups) {
    nodes += group.num_roots * of.shapes[group.shape].nodes.size();
  }
  return nodes;
}

void complete(BettingTree& tree) {
  InterruptTicker ticker;
  for (std::uint32_t index = 0; index < tree.nodes().size(); ++index) {
    const Node& node = tree.data()[index];
    if (node.kind == NodeKind::decision && node.base == 0) tree.grow(index);
    ticker.tick();
  }
}

}  // namespace holdem
