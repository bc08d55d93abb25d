#include "tree/tree_size.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/interrupt.hpp"

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
  Measure(const Game& game, double max_bytes, const TreeProgress& progress)
      : game_(game), max_bytes_(max_bytes), progress_(progress) {}

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

  // Floats of the rows of one street's subtree, by its root.
  double floats(const Subtree& tree, int street) const {
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
    return tree.later_floats + row_strides * game_.num_buckets(street);
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
  double max_bytes_;
  const TreeProgress& progress_;
  InterruptTicker ticker_;
  Memory known_;
  // So far.
  double nodes_ = 1;
  double bytes_ = 0;
  std::uint64_t num_decisions_ = 0;
};

}  // namespace

double TreeSize::bytes() const { return bytes_of(nodes, table_floats); }

TreeSize measure_tree(const Game& game, double max_bytes, const TreeProgress& progress) {
  return Measure(game, max_bytes, progress).measure();
}

std::uint64_t num_nodes_within(const Game& game, std::uint64_t max_bytes,
                               const TreeProgress& progress) {
  const auto most = static_cast<double>(max_bytes);
  const TreeSize size = measure_tree(game, most, progress);
  if (size.bytes() > most) refuse(in_words(size.bytes()));
  if (size.nodes > static_cast<double>(kMaxNodes)) {
    throw std::overflow_error("the betting tree has " + in_words(size.nodes) + " nodes; at most " +
                              std::to_string(kMaxNodes) + " can be numbered");
  }
  return static_cast<std::uint64_t>(size.nodes);
}

}  // namespace holdem
