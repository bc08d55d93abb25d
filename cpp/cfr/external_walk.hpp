#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "cfr/sampler.hpp"
#include "cfr/strategy.hpp"

namespace holdem {

// An iteration of external sampling: the traverser's actions are all followed, chance and the
// others are sampled.
//
// It is not a recursion but two passes over arrays. Forward, a queue of decisions is
// worked off in order, all players' traversals side by side; a node's rows are prefetched when it
// is queued and used many nodes later, so the walk seldom waits for memory. Backward, values flow
// to the traversers' decisions in reverse order and regrets are updated while their rows are still
// in the cache. An opponent's decision has one child, which inherits its parent's slot, so it needs
// no backward step.
//
// Source: Lanctot, Waugh, Zinkevich, Bowling 2009, "Monte Carlo sampling for regret minimization in
// extensive games", external sampling.
// Differs: all players traverse the same deal with the strategies from before the iteration; a
// player's strategy sums are added to while another traverses, at every decision on the sampled
// path. Frozen players do not traverse, so one who learns alone gets no strategy sums.
//
// Args: Rows: where rows are, how they are read, and what becomes of updates (external_rows.hpp).
template <class Rows, bool kTwoPlayers>
class ExternalWalk {
 public:
  explicit ExternalWalk(const Training& training)
      : t_(training), rarity_(1.0f / (1.0f - training.options.pruning.probability)) {
    reserve(1024);
  }

  // Adds what it did to `counters`.
  void run_iteration(std::uint64_t iteration, Rows& rows, Counters& counters) {
    rows_ = &rows;
    counters_ = &counters;
    RandomStream deal_stream = t_.stream(iteration, Purpose::deal);
    t_.game.sample_deal(deal_stream, deal_);
    RandomStream random = t_.stream(iteration, Purpose::traversal);
    weight_ = t_.discount.regret_weight();
    begin(iteration);
    for (std::uint32_t i = 0; i < num_queued_; ++i) {
      if (i % kBetweenChecks == kBetweenChecks - 1) [[unlikely]] {
        t_.check_long_iteration(std::uint64_t{capacity_} * kScratchBytes + rows.bytes());
      }
      const Pending pending = queue_[i];
      const Node& node = rows.decision(pending.node);
      if constexpr (Rows::kGrows) prefetch_ahead(i);
      if (std::max(num_slots_, num_queued_) + 2 * kMaxActions > capacity_) [[unlikely]] {
        reserve(2 * capacity_);
      }
      if (node.player == pending.traverser) {
        branch(node, pending);
      } else {
        follow_one(node, pending, random);
      }
    }
    for (std::uint32_t i = num_branches_; i-- > 0;) update(branches_[i]);
    counters.nodes_visited += num_visited_;
  }

 private:
  struct Pending {
    std::uint32_t node;
    std::uint32_t slot : 28;  // where its value goes
    std::uint32_t traverser : 3;
    std::uint32_t rare : 1;  // below an action that pruning traversals skip
  };
  struct Branch {  // a traverser's decision, waiting for its children's values
    std::uint64_t row;
    std::uint32_t slot;
    std::uint32_t first_slot;  // of its children
    std::uint8_t num_actions;
    std::uint8_t pruned;  // bit a: action a was skipped
    std::uint8_t rare;    // bit a: action a is skipped by pruning traversals, not by this one
  };

  static constexpr std::uint32_t kMaxSlots = 1u << 28;  // what Pending::slot can count
  static constexpr std::uint64_t kScratchBytes =
      sizeof(Pending) + sizeof(Branch) + 2 * sizeof(float);
  static constexpr std::uint32_t kBetweenChecks = 1u << 12;

  // Queues the root for every player who learns. The coins of pruning have a stream of their own,
  // so that pruning changes nothing as long as it skips nothing.
  void begin(std::uint64_t iteration) {
    const auto num_players = static_cast<std::uint32_t>(t_.tree.num_players());
    const PruningOptions& pruning = t_.options.pruning;
    RandomStream coins = t_.stream(iteration, Purpose::pruning);
    num_queued_ = num_slots_ = num_branches_ = 0;
    for (std::uint32_t traverser = 0; traverser < num_players; ++traverser) {
      if (t_.options.is_frozen(traverser)) continue;
      prunes_[traverser] = pruning.enabled && coins.next_unit() < pruning.probability;
      queue_[num_queued_++] = {0, num_slots_++, traverser, 0};
    }
    num_visited_ = num_queued_;
    if constexpr (kTwoPlayers) {
      const Strengths& strength = deal_.strength;
      const int won = (strength[0] > strength[1]) - (strength[0] < strength[1]);
      outcome_[0][static_cast<int>(NodeKind::fold)] = 1;
      outcome_[1][static_cast<int>(NodeKind::fold)] = -1;
      outcome_[0][static_cast<int>(NodeKind::showdown)] = static_cast<float>(won);
      outcome_[1][static_cast<int>(NodeKind::showdown)] = static_cast<float>(-won);
    }
  }

  std::uint32_t bucket_of(const Node& node) const { return deal_.bucket[node.street][node.player]; }

  // Whether a visit of this traverser is remembered in the strategy sums.
  bool adds_strategy(const Node& node, std::uint32_t traverser) const {
    return node.player != traverser && !t_.options.is_frozen(node.player);
  }

  // The traverser's decision: queue every action.
  void branch(const Node& node, Pending pending) {
    const auto [row, regrets] = rows_->to_update(pending.node, node, bucket_of(node));
    const int num_actions = node.num_actions;
    const std::uint32_t first_slot = num_slots_;
    num_slots_ += static_cast<std::uint32_t>(num_actions);
    match_positive(regrets, num_actions).store(&sigma_[first_slot], num_actions);
    unsigned pruned = 0;
    unsigned rare = pending.rare ? (1u << num_actions) - 1 : 0;
    if (t_.options.pruning.enabled) [[unlikely]] {
      const unsigned hopeless = hopeless_actions(node, regrets, &sigma_[first_slot]);
      (prunes_[pending.traverser] ? pruned : rare) |= hopeless;
      count(node, pruned);
    }
    branches_[num_branches_++] = {row,
                                  pending.slot,
                                  first_slot,
                                  node.num_actions,
                                  static_cast<std::uint8_t>(pruned),
                                  static_cast<std::uint8_t>(rare)};
    for (int action = 0; action < num_actions; ++action) {
      if (pruned >> action & 1) continue;
      visit(node, action,
            {0, first_slot + static_cast<std::uint32_t>(action), pending.traverser,
             rare >> action & 1u});
    }
  }

  // Another player's decision: remember the strategy of one who learns, follow one sampled action.
  void follow_one(const Node& node, Pending pending, RandomStream& random) {
    const int num_actions = node.num_actions;
    const auto [row, regrets] = rows_->to_follow(pending.node, node, bucket_of(node));
    const Strategy strategy = match_positive(regrets, num_actions);
    const std::uint32_t word = random.next();
    if (adds_strategy(node, pending.traverser)) {
      const float weight = t_.discount.strategy_weight() * (pending.rare ? rarity_ : 1.0f);
      rows_->add_strategy(row, strategy, weight, num_actions, word);
    }
    alignas(16) float probabilities[kMaxActions];
    strategy.store(probabilities, num_actions);
    const int action = sample_action(probabilities, num_actions, RandomStream::unit(word));
    visit(node, action, pending);
  }

  // Goes on to a child: `to` says everything but its node.
  void visit(const Node& parent, int action, Pending to) {
    to.node = parent.first_child + static_cast<std::uint32_t>(action);
    const Node& child = rows_->node(to.node);
    ++num_visited_;
    if (child.kind != NodeKind::decision) {
      values_[to.slot] = terminal_value(to.node, child, to.traverser);
      return;
    }
    queue_[num_queued_++] = to;
    prefetch(child, to.traverser, parent.street != child.street);
  }

  // Inlined always, as all functions are that only prefetch: to GCC 12 they have no effect, and
  // their calls are dropped wherever they are not inlined.
  [[gnu::always_inline]] void prefetch(const Node& node, std::uint32_t traverser,
                                       bool new_street) const {
    rows_->prefetch(node, bucket_of(node), adds_strategy(node, traverser),
                    new_street && node.player == traverser);
  }

  // In a growing tree the place of a row is known only once its list entry has arrived; by now
  // that of a decision a little further down the queue has.
  [[gnu::always_inline]] void prefetch_ahead(std::uint32_t i) const {
    constexpr std::uint32_t kAhead = 4;
    if (i + kAhead >= num_queued_) return;
    const Pending& ahead = queue_[i + kAhead];
    const Node& node = rows_->node(ahead.node);
    rows_->prefetch_listed(node, bucket_of(node), adds_strategy(node, ahead.traverser));
  }

  float terminal_value(std::uint32_t index, const Node& node, std::uint32_t traverser) const {
    if constexpr (kTwoPlayers) {
      return static_cast<float>(node.amount) * outcome_[traverser][static_cast<int>(node.kind)];
    } else {
      const Terminal& end = rows_->terminal(index);
      return static_cast<float>(
          settle(end.contributions, end.folded, t_.tree.num_players(), deal_.strength)[traverser]);
    }
  }

  // Bits of the actions a pruning traversal skips: never on the last street, never towards a
  // terminal, never an action the current strategy still plays.
  unsigned hopeless_actions(const Node& node, const float* regrets, const float* sigma) const {
    if (node.street + 1 == t_.game.num_streets()) return 0;
    const float threshold = t_.options.pruning.threshold * weight_;
    unsigned hopeless = 0;
    for (int action = 0; action < node.num_actions; ++action) {
      const Node& child = rows_->node(node.first_child + static_cast<std::uint32_t>(action));
      const bool is_hopeless =
          sigma[action] == 0 && regrets[action] < threshold && child.kind == NodeKind::decision;
      hopeless |= static_cast<unsigned>(is_hopeless) << action;
    }
    return hopeless;
  }

  void count(const Node& node, unsigned skipped) {
    StreetCounters& counters = counters_->streets[node.street];
    counters.actions += node.num_actions;
    counters.pruned += static_cast<unsigned>(__builtin_popcount(skipped));
  }

  // All values of a branch are known: update its regrets and pass its own value up.
  void update(const Branch& branch) {
    const float* sigma = &sigma_[branch.first_slot];
    const float* values = &values_[branch.first_slot];
    const int num_actions = branch.num_actions;
    if (num_actions > 4 || (branch.pruned | branch.rare) != 0) [[unlikely]] {
      update_one_by_one(branch);
      return;
    }
    const Int4 lanes = lanes_below(num_actions, 0);
    const unsigned all = (1u << num_actions) - 1;
    const Float4 value = load4(values);
    const Float4 weighted =
        reinterpret_cast<Float4>(lanes & reinterpret_cast<Int4>(load4(sigma) * value));
    const float expected = sum_lanes(weighted);
    rows_->add_regrets(branch.row, 0, splat(weight_) * (value - splat(expected)), all);
    values_[branch.slot] = expected;
  }

  void update_one_by_one(const Branch& branch) {
    const float* sigma = &sigma_[branch.first_slot];
    const float* values = &values_[branch.first_slot];
    float expected = 0;
    for (int a = 0; a < branch.num_actions; ++a) {
      if ((branch.pruned >> a & 1) == 0) expected += sigma[a] * values[a];
    }
    for (int first = 0; first < branch.num_actions; first += 4) {
      Float4 added{};
      unsigned lanes = 0;
      for (int a = first; a < std::min<int>(first + 4, branch.num_actions); ++a) {
        if (branch.pruned >> a & 1) continue;
        const float weight = branch.rare >> a & 1 ? weight_ * rarity_ : weight_;
        added[a - first] = weight * (values[a] - expected);
        lanes |= 1u << (a - first);
      }
      rows_->add_regrets(branch.row, first, added, lanes);
    }
    values_[branch.slot] = expected;
  }

  void reserve(std::uint32_t capacity) {
    if (capacity > kMaxSlots) {
      throw std::overflow_error("one iteration of external sampling visits more than " +
                                std::to_string(kMaxSlots) + " nodes");
    }
    capacity_ = capacity;
    queue_.resize(capacity);
    branches_.resize(capacity);
    values_.resize(capacity);
    sigma_.resize(capacity);
  }

  const Training& t_;
  Rows* rows_ = nullptr;
  Counters* counters_ = nullptr;
  float weight_ = 1;  // of new regrets, in this block
  float rarity_;      // what a rare visit counts for
  Deal deal_;
  bool prunes_[kMaxPlayers] = {};
  float outcome_[2][3] = {};  // [traverser][NodeKind]: what a terminal's amount is worth
  std::uint32_t capacity_ = 0;
  std::uint32_t num_queued_ = 0;
  std::uint32_t num_branches_ = 0;
  std::uint32_t num_slots_ = 0;
  std::uint64_t num_visited_ = 0;
  std::vector<Pending> queue_;
  std::vector<Branch> branches_;
  std::vector<float> values_;  // [slot]
  std::vector<float> sigma_;   // [slot]: the probability of the action that leads to it
};

}  // namespace holdem
