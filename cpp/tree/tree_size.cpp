#include "tree/tree_size.hpp"

#include <array>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/interrupt.hpp"
#include "tree/street_forest.hpp"

namespace holdem {
namespace {

constexpr double kLargestExact = 0x1p53;
// Decisions to look at, a second's work, before it is enough to know that a tree is too large.
constexpr std::uint64_t kDecisionsToTheEnd = std::uint64_t{1} << 20;
// Subtrees remembered at a time, 200 bytes each.
constexpr std::size_t kMaxRemembered = std::size_t{1} << 18;

double bytes_of(double nodes, double table_floats) {
  return nodes * (sizeof(Node) + sizeof(Chips)) + table_floats * 2 * sizeof(float);
}

std::string in_words(double count) {
  if (count < kLargestExact) return std::to_string(static_cast<std::uint64_t>(count));
  return "more than " + std::to_string(static_cast<std::uint64_t>(kLargestExact));
}

[[noreturn]] void refuse(const std::string& bytes) {
  throw std::overflow_error("the betting tree and its tables need " + bytes + " bytes");
}

// What is below a decision.
struct Subtree {
  double nodes = 0;                              // without the decision itself
  std::array<double, kMaxPlayers> row_stride{};  // actions of each player on the decision's street
  double later_floats = 0;                       // of the rows of later streets

  void add(const Subtree& other) {
    nodes += other.nodes;
    later_floats += other.later_floats;
    for (std::size_t p = 0; p < row_stride.size(); ++p) row_stride[p] += other.row_stride[p];
  }
};

struct StateHash {
  std::size_t operator()(const BettingStateBytes& state) const {
    const auto* bytes = reinterpret_cast<const char*>(state.bytes.data());
    return std::hash<std::string_view>{}({bytes, state.bytes.size()});
  }
};
struct StateEqual {
  bool operator()(const BettingStateBytes& a, const BettingStateBytes& b) const {
    return a.bytes == b.bytes;
  }
};

class Measure {
 public:
  Measure(const Game& game, TableLayout layout, double max_bytes, const TreeProgress& progress)
      : game_(game), layout_(layout), max_bytes_(max_bytes), progress_(progress) {}

  TreeSize measure() {
    const BettingStateBytes initial = game_.betting().initial();
    const BettingNode root = game_.betting().describe(initial);
    const Subtree tree = below(initial, root);
    return {1 + tree.nodes, tree.later_floats + floats(tree, root.street)};
  }

 private:
  using Memory = std::unordered_map<BettingStateBytes, Subtree, StateHash, StateEqual>;

  Subtree below(const BettingStateBytes& state, const BettingNode& node) {
    if (const auto found = known_.find(state); found != known_.end()) {
      note(found->second.nodes, least_floats(found->second, node.street));
      return found->second;
    }
    Subtree result;
    result.nodes = node.num_actions;
    result.row_stride[node.player] = node.num_actions;
    note(result.nodes, least_floats(result, node.street));
    look_up();
    for (int action = 0; action < node.num_actions; ++action) {
      const BettingStateBytes after = game_.betting().after(state, action);
      const BettingNode child = game_.betting().describe(after);
      if (child.kind != NodeKind::decision) continue;
      Subtree subtree = below(after, child);
      if (child.street != node.street) {
        subtree.later_floats += floats(subtree, child.street);
        subtree.row_stride = {};
      }
      result.add(subtree);
    }
    if (known_.size() == kMaxRemembered) known_.clear();
    known_.emplace(state, result);
    return result;
  }

  // Floats of the rows of one street's subtree, by its root; in lanes without padding, which
  // depends on what else the street has, and compact ones without their exponents.
  double floats(const Subtree& tree, int street) const {
    if (in_lanes(layout_)) return least_floats(tree, street) - tree.later_floats;
    double total = 0;
    for (const double row_stride : tree.row_stride) {
      total += floats_of_rows(game_.num_buckets(street), row_stride);
    }
    return total;
  }

  // The same without stamps, which depend on the rest of the street.
  double least_floats(const Subtree& tree, int street) const {
    double row_strides = 0;
    for (const double row_stride : tree.row_stride) row_strides += row_stride;
    const double floats_per_action = is_compact(layout_) ? 0.5 : 1;
    return tree.later_floats + floats_per_action * row_strides * game_.num_buckets(street);
  }

  void note(double nodes, double table_floats) {
    nodes_ += nodes;
    bytes_ += bytes_of(nodes, table_floats);
  }

  void look_up() {
    ++num_decisions_;
    if (!ticker_.tick()) return;
    if (progress_) progress_(nodes_);
    if (num_decisions_ >= kDecisionsToTheEnd && bytes_ > max_bytes_) {
      refuse("more than " + in_words(max_bytes_));
    }
  }

  const Game& game_;
  TableLayout layout_;
  double max_bytes_;
  const TreeProgress& progress_;
  InterruptTicker ticker_;
  Memory known_;
  // So far.
  double nodes_ = 1;
  double bytes_ = 0;
  std::uint64_t num_decisions_ = 0;
};

// Counts the floats of a table in lanes: how many roots each shape of a street has, without the
// tree that they are in.
class LaneMeasure {
 public:
  LaneMeasure(const Game& game, TableLayout layout) : game_(game), layout_(layout) {}

  double table_floats() {
    double floats = kBlockFloats;
    roots_.emplace(game_.betting().initial(), 1);
    for (int street = 0; street < game_.num_streets(); ++street) {
      std::map<Signature, double> shapes;
      const Roots roots = std::exchange(roots_, {});
      for (const auto& [root, count] : roots) {
        shapes[read(root, count, street)] += count;
        ticker_.tick();
      }
      for (const auto& [shape, count] : shapes) {
        constexpr std::uint32_t kFull = StreetForest::kMaxWidth;
        const double full_groups = std::floor(count / kFull);
        const auto rest = static_cast<std::uint32_t>(count - full_groups * kFull);
        floats += full_groups * group_floats(shape, street, kFull);
        if (rest > 0) floats += group_floats(shape, street, rest);
      }
    }
    return floats;
  }

 private:
  // How many roots of a street have a state.
  using Roots = std::unordered_map<BettingStateBytes, double, StateHash, StateEqual>;
  // Of each node of a shape, in the forest's order: who decides among how many actions; no player
  // at other nodes, and what they are.
  using Signature = std::vector<std::array<std::uint8_t, 2>>;
  static constexpr std::uint8_t kNobody = 0xFF;

  // Looks at one root's subtree of a street, and adds those of the next street to `roots_`.
  Signature read(const BettingStateBytes& root, double count, int street) {
    Signature signature;
    std::vector<BettingStateBytes> states{root};
    for (std::size_t i = 0; i < states.size(); ++i) {
      const BettingStateBytes state = states[i];
      const BettingNode node = game_.betting().describe(state);
      if (node.kind == NodeKind::decision && node.street == street) {
        signature.push_back({node.player, node.num_actions});
        for (int action = 0; action < node.num_actions; ++action) {
          states.push_back(game_.betting().after(state, action));
        }
      } else {
        signature.push_back({kNobody, static_cast<std::uint8_t>(node.kind)});
        if (node.kind == NodeKind::decision) roots_[state] += count;
      }
    }
    return signature;
  }

  double group_floats(const Signature& shape, int street, std::uint32_t num_roots) const {
    const auto width = StreetForest::width_of(num_roots, StreetForest::Widths::fitting);
    double floats = 0;
    for (const auto [player, num_actions] : shape) {
      if (player == kNobody) continue;
      floats += static_cast<double>(
          floats_of_block(layout_, game_.num_buckets(street), num_actions, width));
    }
    return floats;
  }

  const Game& game_;
  TableLayout layout_;
  Roots roots_;
  InterruptTicker ticker_;
};

}  // namespace

double TreeSize::bytes() const { return bytes_of(nodes, table_floats); }

TreeSize measure_tree(const Game& game, TableLayout layout, double max_bytes,
                      const TreeProgress& progress) {
  TreeSize size = Measure(game, layout, max_bytes, progress).measure();
  if (!in_lanes(layout)) return size;
  if (size.bytes() > max_bytes) refuse("at least " + in_words(size.bytes()));
  size.table_floats = LaneMeasure(game, layout).table_floats();
  return size;
}

std::uint64_t num_nodes_within(const Game& game, TableLayout layout, std::uint64_t max_bytes,
                               const TreeProgress& progress) {
  const auto most = static_cast<double>(max_bytes);
  const TreeSize size = measure_tree(game, layout, most, progress);
  if (size.bytes() > most) refuse(in_words(size.bytes()));
  if (size.nodes > static_cast<double>(kMaxNodes)) {
    throw std::overflow_error("the betting tree has " + in_words(size.nodes) + " nodes; at most " +
                              std::to_string(kMaxNodes) + " can be numbered");
  }
  return static_cast<std::uint64_t>(size.nodes);
}

}  // namespace holdem
