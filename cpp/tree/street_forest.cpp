#include "tree/street_forest.hpp"

#include <map>
#include <stdexcept>
#include <string>

#include "base/interrupt.hpp"

namespace holdem {
namespace {

using Step = StreetForest::Step;

// One root's subtree of a street, the nodes in the order in which a shape has them.
struct Subtree {
  StreetForest::Shape shape;
  std::vector<std::uint32_t> nodes;   // of the betting tree
  std::vector<std::uint32_t> leaves;  // of the betting tree
};

class SubtreeReader {
 public:
  SubtreeReader(const BettingTree& tree, int street, bool is_last, bool settles_folds)
      : tree_(tree), street_(street), is_last_(is_last), settles_folds_(settles_folds) {}

  Subtree read(std::uint32_t root) const {
    Subtree subtree;
    subtree.nodes.push_back(root);
    for (std::size_t i = 0; i < subtree.nodes.size(); ++i) {
      subtree.shape.nodes.push_back(step_of(subtree, subtree.nodes[i]));
    }
    return subtree;
  }

 private:
  StreetForest::ShapeNode step_of(Subtree& subtree, std::uint32_t index) const {
    const Node& node = tree_.data()[index];
    StreetForest::ShapeNode result;
    if (node.kind == NodeKind::decision && node.street == street_) {
      if (node.base == 0) throw std::invalid_argument("the betting tree is not complete");
      result.player = node.player;
      result.num_actions = node.num_actions;
      result.offset = subtree.shape.num_actions[node.player];
      subtree.shape.num_actions[node.player] += node.num_actions;
      result.first_child = static_cast<std::uint32_t>(subtree.nodes.size());
      for (int a = 0; a < node.num_actions; ++a) {
        subtree.nodes.push_back(node.first_child + static_cast<std::uint32_t>(a));
      }
    } else if (node.kind == NodeKind::fold && settles_folds_) {
      result.step = Step::fold;
    } else if (node.kind == NodeKind::showdown && is_last_) {
      result.step = Step::showdown;
    } else {
      result.step = Step::leaf;
      result.first_child = subtree.shape.num_leaves++;
      subtree.leaves.push_back(index);
    }
    return result;
  }

  const BettingTree& tree_;
  int street_;
  bool is_last_;
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

void add_root(StreetForest::Group& group, const BettingTree& tree, const Subtree& subtree) {
  const std::uint32_t lane = group.num_roots++;
  group.nodes.resize(subtree.nodes.size());
  group.amounts.resize(subtree.nodes.size());
  for (std::size_t n = 0; n < subtree.nodes.size(); ++n) {
    const Node& node = tree.data()[subtree.nodes[n]];
    for (std::uint32_t l = lane; l < kLanes; ++l) group.nodes[n][l] = subtree.nodes[n];
    if (node.kind == NodeKind::decision || tree.num_players() > 2) continue;
    group.amounts[n].set(static_cast<int>(lane), static_cast<double>(node.amount));
  }
}

}  // namespace

StreetForest::StreetForest(const BettingTree& tree, const std::vector<bool>& settles_folds,
                           std::uint32_t start)
    : tree_(tree), start_(start) {
  const auto num_nodes = static_cast<std::uint32_t>(tree.nodes().size());
  if (start != 0 && (start >= num_nodes || tree.data()[start].kind != NodeKind::decision)) {
    throw std::invalid_argument("start is " + std::to_string(start) + ", which is no decision");
  }
  streets_.resize(static_cast<std::size_t>(first_street()));
  const std::size_t num_streets = settles_folds.size();
  std::vector<std::uint32_t> roots{start};
  for (std::size_t s = streets_.size(); s < num_streets; ++s) {
    Street& street = streets_.emplace_back();
    const SubtreeReader reader(tree, static_cast<int>(s), s + 1 == num_streets, settles_folds[s]);
    std::map<std::vector<std::uint8_t>, std::pair<std::uint32_t, std::uint32_t>> known;
    std::vector<std::uint32_t> leaves;
    for (const std::uint32_t root : roots) {
      const Subtree subtree = reader.read(root);
      const auto number = static_cast<std::uint32_t>(street.shapes.size());
      const auto [found, is_new] = known.try_emplace(signature(subtree.shape), number, 0);
      if (is_new) street.shapes.push_back(subtree.shape);
      auto& [shape, group] = found->second;
      if (is_new || street.groups[group].num_roots == kLanes) {
        group = static_cast<std::uint32_t>(street.groups.size());
        street.groups.emplace_back().shape = shape;
      }
      const std::uint32_t lane = street.groups[group].num_roots;
      street.places.push_back({group, lane});
      street.groups[group].first_leaf[lane] = static_cast<std::uint32_t>(leaves.size());
      leaves.insert(leaves.end(), subtree.leaves.begin(), subtree.leaves.end());
      add_root(street.groups[group], tree, subtree);
    }
    roots = std::move(leaves);
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
