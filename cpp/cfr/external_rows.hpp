#pragma once

#include "cfr/sampler.hpp"
#include "cfr/strategy.hpp"
#include "cfr/update_log.hpp"
#include "tree/private_growth.hpp"

// Where a walk of external sampling finds rows, and what becomes of its updates. Both kinds have:
//
//   node(i), decision(i), terminal(i): nodes; a decision comes with its children
//   to_update(i, node, bucket), to_follow(...): the row of an infoset, and its regrets as they are
//     to be matched, valid until the next call
//   add_regrets(row, first, added, lanes): what a traversal found for the actions first + l, for
//     each bit l of `lanes`, 0 to 3
//   add_strategy(row, strategy, weight, num_actions, random): as strategy.hpp has it
//   prefetch(...), when a decision is queued; prefetch_listed(...), somewhat later in growing trees
namespace holdem {

// Fetches what TableRows will use of a row.
[[gnu::always_inline]] inline void prefetch_row(const Tables& tables, std::uint64_t row,
                                                bool with_sums) {
  __builtin_prefetch(tables.regrets() + row, 1);
  if (with_sums) __builtin_prefetch(tables.strategy_sums() + row, 1);
}

// Rows that are updated at once, in a tree that grows at once: one thread, one iteration after the
// other.
template <bool kTreeGrows, bool kLazy>
class TableRows {
 public:
  static constexpr bool kGrows = kTreeGrows;
  struct Row {
    std::uint64_t place;
    const float* regrets;
  };

  explicit TableRows(Training& training)
      : t_(training), nodes_(training.tree.data()), floor_(training.regret_floor()) {}

  std::uint64_t bytes() const { return 0; }
  const Node& node(std::uint32_t index) const { return nodes_[index]; }
  const Node& decision(std::uint32_t index) {
    if (kGrows && nodes_[index].base == 0) {
      t_.tree.grow(index);
      nodes_ = t_.tree.data();
    }
    return nodes_[index];
  }
  const Terminal& terminal(std::uint32_t index) const { return t_.tree.terminal(nodes_[index]); }

  Row to_update(std::uint32_t, const Node& node, std::uint32_t bucket) {
    const Place place = place_of(node, bucket);
    if constexpr (kLazy) current_regrets(t_.tables, node, place, t_.discount);
    return {place.row, t_.tables.regrets() + place.row};
  }
  Row to_follow(std::uint32_t, const Node& node, std::uint32_t bucket) {
    const std::uint64_t row = place_of(node, bucket).row;
    return {row, t_.tables.regrets() + row};
  }

  void add_regrets(std::uint64_t row, int first, Float4 added, unsigned lanes) {
    float* regrets = t_.tables.regrets() + row + first;
    const Float4 old = load4(regrets);
    store4(regrets, select(lanes_of(lanes), floored(old + added, floor_), old));
  }
  void add_strategy(std::uint64_t row, const Strategy& strategy, float weight, int num_actions,
                    std::uint32_t random) {
    holdem::add_strategy(t_.tables.strategy_sums() + row, strategy, weight, num_actions, random);
  }

  [[gnu::always_inline]] void prefetch(const Node& node, std::uint32_t bucket, bool with_sums,
                                       bool with_stamp) const {
    if constexpr (kGrows) {
      __builtin_prefetch(t_.tree.strip_address(node, bucket));
      return;
    }
    prefetch_row(t_.tables, node.row(bucket), with_sums);
    if (kLazy && with_stamp) __builtin_prefetch(t_.tables.regrets() + node.stamp(bucket), 1);
  }
  [[gnu::always_inline]] void prefetch_listed(const Node& node, std::uint32_t bucket,
                                              bool with_sums) const {
    if (node.base == 0) return;
    prefetch_row(t_.tables, t_.tree.place(node, bucket).row, with_sums);
  }

 private:
  // In a complete tree that is arithmetic.
  Place place_of(const Node& node, std::uint32_t bucket) {
    if constexpr (kGrows) return t_.tree.make_place(node, bucket);
    return {node.row(bucket), node.stamp(bucket)};
  }

  Training& t_;
  const Node* nodes_;
  float floor_;  // of regrets, in this block
};

// Rows that stay as they are, in a tree that stays as it is: updates are written down in a log, for
// any number of threads to walk side by side. What the tree has not grown to yet is played
// uniformly, and grown in the log.
template <bool kTreeGrows, bool kLazy>
class LoggedRows {
 public:
  static constexpr bool kGrows = kTreeGrows;
  struct Row {
    std::uint64_t place;
    const float* regrets;
  };

  LoggedRows(const Training& training, UpdateLog& log)
      : t_(training), nodes_(training.tree.data()), log_(log) {}

  std::uint64_t bytes() const { return log_.bytes(); }
  const Node& node(std::uint32_t index) const {
    if constexpr (kGrows) return log_.growth().node(index);
    return nodes_[index];
  }
  const Node& decision(std::uint32_t index) {
    if constexpr (kGrows) return log_.growth().decision(index);
    return nodes_[index];
  }
  const Terminal& terminal(std::uint32_t index) const {
    if constexpr (kGrows) return log_.growth().terminal(index);
    return t_.tree.terminal(nodes_[index]);
  }

  Row to_update(std::uint32_t index, const Node& node, std::uint32_t bucket) {
    const Place place = place_of(node, bucket);
    if (place.row == 0) return {log_.add_new_row(index, bucket, true), kNoRegrets};
    const float* regrets = t_.tables.regrets() + place.row;
    if constexpr (kLazy) {
      const std::uint32_t stamp = read_stamp(t_.tables.regrets() + place.stamp);
      if (stamp != t_.discount.stamp()) {
        log_.add_stale_strip(place.stamp, node.strip_floats());
        const auto factors = t_.discount.regret_factors(stamp);
        for (int a = 0; a < node.num_actions; ++a) {
          discounted_[a] = regrets[a] * (regrets[a] > 0 ? factors.positive : factors.negative);
        }
        regrets = discounted_;
      }
    }
    return {place.row, regrets};
  }
  Row to_follow(std::uint32_t index, const Node& node, std::uint32_t bucket) {
    const Place place = place_of(node, bucket);
    if (place.row == 0) return {log_.add_new_row(index, bucket, false), kNoRegrets};
    return {place.row, t_.tables.regrets() + place.row};
  }

  void add_regrets(std::uint64_t row, int first, Float4 added, unsigned lanes) {
    log_.add_regrets(row, first, added, lanes);
  }
  void add_strategy(std::uint64_t row, const Strategy& strategy, float weight, int num_actions,
                    std::uint32_t random) {
    log_.add_strategy(row, strategy, weight, num_actions, random);
  }

  [[gnu::always_inline]] void prefetch(const Node& node, std::uint32_t bucket, bool,
                                       bool with_stamp) const {
    if constexpr (kGrows) {
      if (PrivateGrowth::has_strips(node)) {
        __builtin_prefetch(t_.tree.strip_address(node, bucket));
      }
      return;
    }
    __builtin_prefetch(t_.tables.regrets() + node.row(bucket));
    if (kLazy && with_stamp) __builtin_prefetch(t_.tables.regrets() + node.stamp(bucket));
  }
  [[gnu::always_inline]] void prefetch_listed(const Node& node, std::uint32_t bucket, bool) const {
    if (!PrivateGrowth::has_strips(node)) return;
    __builtin_prefetch(t_.tables.regrets() + t_.tree.place(node, bucket).row);
  }

 private:
  static constexpr float kNoRegrets[kMaxActions] = {};

  Place place_of(const Node& node, std::uint32_t bucket) const {
    if constexpr (!kGrows) return {node.row(bucket), node.stamp(bucket)};
    return PrivateGrowth::has_strips(node) ? t_.tree.place(node, bucket) : Place{};
  }

  const Training& t_;
  const Node* nodes_;
  UpdateLog& log_;
  float discounted_[kMaxActions] = {};  // the row that was read last, where it was stale
};

}  // namespace holdem
