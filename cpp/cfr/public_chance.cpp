#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/interrupt.hpp"
#include "base/worker_pool.hpp"
#include "cfr/lane_regrets.hpp"
#include "cfr/sampler.hpp"
#include "game/public_game.hpp"
#include "tree/hand_rows.hpp"
#include "tree/street_forest.hpp"

namespace holdem {
namespace {

using Group = StreetForest::Group;
using Shape = StreetForest::Shape;
using ShapeNode = StreetForest::ShapeNode;
using Step = StreetForest::Step;
using WideLanes = FloatLanes<kMaxFloatLanes>;

// Whole cache lines for so many floats.
std::size_t in_lines(std::size_t floats) {
  return (floats + kMaxFloatLanes - 1) / kMaxFloatLanes * kMaxFloatLanes;
}

// Memory in huge pages that is made anew only when more of it is wanted.
class VectorMemory {
 public:
  void reserve(std::size_t floats) {
    if (!block_ || block_->capacity() < floats) block_ = std::make_unique<MemoryBlock>(floats);
  }
  float* data() const { return block_->data(); }
  std::uint64_t num_floats() const { return block_ ? block_->capacity() : 0; }

 private:
  std::unique_ptr<MemoryBlock> block_;
};

// Memory that is taken and given back in the manner of a stack, so that the vectors of a walk stay
// where the cache has them.
class VectorStack {
 public:
  void reserve(std::size_t floats) { memory_.reserve(floats); }
  std::uint64_t num_floats() const { return memory_.num_floats(); }
  template <int W>
  FloatLanes<W>* take(std::size_t count) {
    auto* const taken = reinterpret_cast<FloatLanes<W>*>(memory_.data() + top_);
    top_ += in_lines(count * W);
    return taken;
  }
  std::size_t top() const { return top_; }
  void give_back_to(std::size_t top) { top_ = top; }

 private:
  VectorMemory memory_;
  std::size_t top_ = 0;
};

// Vectors of all groups of a street: [group][hand of the street before][lane].
class GroupVectors {
 public:
  void assign(const std::vector<Group>& groups, std::uint32_t num_hands) {
    if (num_hands == num_hands_) return;
    num_hands_ = num_hands;
    begin_.clear();
    std::size_t floats = 0;
    for (const Group& group : groups) {
      begin_.push_back(floats);
      floats += in_lines(std::size_t{num_hands} * group.width);
    }
    memory_.reserve(floats);
  }
  float* of(std::uint32_t group) const { return memory_.data() + begin_[group]; }
  std::uint64_t num_floats() const { return memory_.num_floats(); }

 private:
  std::uint32_t num_hands_ = 0;
  std::vector<std::size_t> begin_;
  VectorMemory memory_;
};

// Neighbouring lanes of a leaf that are neighbours among the roots of the next street, too.
struct LaneRun {
  std::uint32_t lane;
  std::uint32_t count;
  std::uint32_t to_group;
  std::uint32_t to_lane;
  std::uint32_t to_width;
};

// A street of the board at hand.
struct Level {
  PublicState state;
  HandRows hands;
  double chance = 0;  // of the public cards, times what makes up for their being sampled
  const StreetForest::Street* street = nullptr;
  std::vector<std::vector<std::vector<LaneRun>>> leaf_runs;  // [group][leaf]
  std::vector<std::vector<WideLanes>> amounts;               // [group][node of the shape, lane]
  std::vector<std::uint32_t> order;  // groups, those that take longest first
  std::size_t longest_path = 0;      // the most actions on a path through a shape
  HandMap to_last;                   // to the last street
  // What passes to the next street: the reach probabilities of each player. The values of a
  // player's hands come back in the place of that player's.
  std::array<GroupVectors, 2> passed;
};

// What all walks of an iteration share.
struct Board {
  const BettingTree& tree;
  const PublicGame& game;
  std::vector<Level> levels;  // [street]
  std::vector<bool> settles_folds;

  explicit Board(const BettingTree& betting_tree, const PublicGame& public_game)
      : tree(betting_tree), game(public_game), settles_folds(public_game.settles_folds()) {}
  std::size_t last() const { return levels.size() - 1; }
};

// What a walk updates.
struct Update {
  int player;
  TableStep step;  // of the street
  float* regrets;
  float* strategy_sums;
};

// Walks the subtrees of a group side by side.
template <int W>
class GroupWalk {
 public:
  using Value = FloatLanes<W>;

  // Args: street, number: of the group.
  GroupWalk(Board& board, std::size_t street, std::uint32_t number, VectorStack& stack)
      : board_(board),
        street_(street),
        number_(number),
        level_(board.levels[street]),
        group_(level_.street->groups[number]),
        shape_(level_.street->shapes[group_.shape]),
        hands_(level_.hands),
        stack_(stack),
        num_rows_(hands_.num_rows()) {}

  // Brings a player's reach probabilities to the roots of the next street.
  void descend(int player, const float* regrets) {
    const std::size_t top = stack_.top();
    regrets_ = regrets;
    walker_ = player;
    Value* sums = stack_.template take<W>(num_rows_);
    entered_ = enter(player, sums);
    product_ = stack_.template take<W>(hands_.num_hands());
    down(0, ones(num_rows_));
    stack_.give_back_to(top);
  }

  // Updates the player's rows, and brings the values of hands to the street before.
  void ascend(const Update& update) {
    const std::size_t top = stack_.top();
    update_ = &update;
    regrets_ = update.regrets;
    const std::uint32_t num_hands = hands_.num_hands();
    const Value* ones = this->ones(num_rows_);
    Value* own_sums = stack_.template take<W>(num_rows_);
    Value* other_sums = stack_.template take<W>(num_rows_);
    enter_sums(update.player, own_sums);
    own_sums_ = own_sums;
    const Value* other_hands = enter(1 - update.player, other_sums);
    room_ = terminal_room(other_hands, other_sums, num_hands);
    if (any(other_sums)) {
      product_ = stack_.template take<W>(num_hands);
      up(0, ones, {ones, stack_.template take<W>(num_rows_), true});
    } else if (any(own_sums)) {
      average(0, ones);
    }
    if (street_ > 0) leave_hands(hands_.from_before, room_.by_hand, passed(update.player));
    stack_.give_back_to(top);
  }

 private:
  Value* ones(std::size_t count) {
    Value* taken = stack_.template take<W>(count);
    std::fill_n(taken, count, Value::all(1));
    return taken;
  }
  Value* zeros(std::size_t count) {
    Value* taken = stack_.template take<W>(count);
    std::fill_n(taken, count, Value{});
    return taken;
  }

  // A player's reach probabilities where the street began, [hand], and summed by row.
  const Value* enter(int player, Value* sums) {
    const std::uint32_t num_hands = hands_.num_hands();
    Value* reach = stack_.template take<W>(num_hands + 1);
    if (street_ > 0) {
      enter_hands(hands_, passed(player), reach, sums);
      return reach;
    }
    std::fill_n(reach, num_hands, whole_roots());
    reach[num_hands] = Value{};
    enter_sums(player, sums);
    return reach;
  }
  void enter_sums(int player, Value* sums) {
    if (street_ > 0) return enter_rows(hands_, passed(player), sums);
    for (const auto [row, begin, end] : hands_.rows) {
      sums[row] = whole_roots() * Value::all(static_cast<float>(end - begin));
    }
  }
  // 1 in lanes that have a root; in others everything stays 0.
  Value whole_roots() const {
    Value ones{};
    for (std::uint32_t lane = 0; lane < group_.num_roots; ++lane) ones.values[lane] = 1;
    return ones;
  }
  Value* passed(int player) const {
    const Level& before = board_.levels[street_ - 1];
    return reinterpret_cast<Value*>(before.passed[static_cast<std::size_t>(player)].of(number_));
  }
  bool any(const Value* sums) const {
    return std::any_of(sums, sums + num_rows_, [](const Value& sum) {
      for (int lane = 0; lane < W; ++lane) {
        if (sum.values[lane] > 0) return true;
      }
      return false;
    });
  }

  TerminalRoom<W> terminal_room(const Value* other_hands, const Value* other_sums,
                                std::size_t num_hands) {
    return {other_hands,
            other_sums,
            stack_.template take<W>(kMaxBlockers + 1),
            stack_.template take<W>(kMaxBlockers + 1),
            stack_.template take<W>(num_hands + 1),
            zeros(num_hands)};
  }

  LaneRows rows_of(const ShapeNode& node) const {
    return {hands_.bucket_of_row.data(), num_rows_, node.num_actions,
            is_compact(board_.tree.layout())};
  }
  std::uint64_t base(std::uint32_t index) const {
    return board_.tree.data()[group_.node(index, 0)].base;
  }

  // Args: rows: [row], the player's reach probabilities since the street began.
  void down(std::uint32_t index, const Value* rows) {
    const ShapeNode& node = shape_.nodes[index];
    if (node.step == Step::leaf) return store_reach(node.first_child, rows);
    if (node.step != Step::decision) return;
    const std::size_t top = stack_.top();
    const bool own = node.player == walker_;
    Value* after = nullptr;
    if (own) {
      after = stack_.template take<W>(std::size_t{node.num_actions} * num_rows_);
      match_rows<W>(rows_of(node), regrets_ + base(index), rows, nullptr, after);
    }
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      down(node.first_child + a, own ? after + std::size_t{a} * num_rows_ : rows);
    }
    stack_.give_back_to(top);
  }

  void store_reach(std::uint32_t leaf, const Value* rows) {
    multiply_reach(hands_, entered_, rows, product_);
    const GroupVectors& next = level_.passed[static_cast<std::size_t>(walker_)];
    for (const LaneRun& run : level_.leaf_runs[number_][leaf]) {
      copy_lanes(hands_.num_hands(), run.count, reinterpret_cast<float*>(product_) + run.lane, W,
                 next.of(run.to_group) + run.to_lane, run.to_width);
    }
  }

  const Value* load_values(std::uint32_t leaf) {
    const GroupVectors& values = level_.passed[static_cast<std::size_t>(update_->player)];
    for (const LaneRun& run : level_.leaf_runs[number_][leaf]) {
      copy_lanes(hands_.num_hands(), run.count, values.of(run.to_group) + run.to_lane, run.to_width,
                 reinterpret_cast<float*>(room_.wins) + run.lane, W);
    }
    return room_.wins;
  }

  // Args: other_rows: [row], the reach probabilities of the other since the street began.
  void up(std::uint32_t index, const Value* other_rows, const ValuesTo<W>& to) {
    const ShapeNode& node = shape_.nodes[index];
    if (node.step == Step::leaf) {
      return add_hand_values(hands_, load_values(node.first_child), to, room_.by_hand);
    }
    const std::size_t top = stack_.top();
    node.player == update_->player ? up_own(index, other_rows, to)
                                   : up_other(index, other_rows, to);
    stack_.give_back_to(top);
  }

  void up_other(std::uint32_t index, const Value* other_rows, const ValuesTo<W>& to) {
    const ShapeNode& node = shape_.nodes[index];
    Value* after = stack_.template take<W>(std::size_t{node.num_actions} * num_rows_);
    const unsigned reached =
        match_rows<W>(rows_of(node), regrets_ + base(index), other_rows, nullptr, after);
    Answers answers;
    ValuesTo<W> next = to;
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      if ((reached >> a & 1) == 0) {
        average(node.first_child + a, to.own_rows);
        continue;
      }
      const Value* rows = after + std::size_t{a} * num_rows_;
      if (follow(node.first_child + a, rows, next, answers)) next.is_first = false;
    }
    answers.fold_to = answers.showdown_to = next;
    settle(answers);
    if (next.is_first && !answers.any()) std::fill_n(to.by_row, num_rows_, Value{});
  }

  // Where the other never comes all values are 0: no regrets change, and the player's strategy
  // counts as far as the player comes there.
  void average(std::uint32_t index, const Value* own_rows) {
    const ShapeNode& node = shape_.nodes[index];
    if (node.step != Step::decision) return;
    const std::size_t top = stack_.top();
    const std::size_t count = std::size_t{node.num_actions} * num_rows_;
    const Value* after = own_rows;
    unsigned reached = ~0u;
    const bool own = node.player == update_->player;
    if (own) {
      Value* strategy = stack_.template take<W>(count);
      Value* own_after = stack_.template take<W>(count);
      reached = match_rows<W>(rows_of(node), regrets_ + base(index), own_rows, strategy, own_after);
      average_rows<W>(rows_of(node), step_of(index), update_->regrets + base(index),
                      update_->strategy_sums + base(index), strategy, own_sums_, own_rows);
      after = own_after;
    }
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      if ((reached >> a & 1) == 0) continue;
      average(node.first_child + a, own ? after + std::size_t{a} * num_rows_ : own_rows);
    }
    stack_.give_back_to(top);
  }

  TableStep step_of(std::uint32_t index) const {
    TableStep step = update_->step;
    step.random += static_cast<std::uint32_t>(base(index)) * 0x85EBCA6Bu;
    return step;
  }

  void up_own(std::uint32_t index, const Value* other_rows, const ValuesTo<W>& to) {
    const ShapeNode& node = shape_.nodes[index];
    const std::size_t count = std::size_t{node.num_actions} * num_rows_;
    Value* strategy = stack_.template take<W>(count);
    Value* after = stack_.template take<W>(count);
    Value* values = stack_.template take<W>(count);
    match_rows<W>(rows_of(node), regrets_ + base(index), to.own_rows, strategy, after);
    Answers answers;
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      const std::size_t first = std::size_t{a} * num_rows_;
      follow(node.first_child + a, other_rows, {after + first, values + first, true}, answers);
    }
    settle(answers);
    update_rows<W>(rows_of(node), step_of(index), update_->regrets + base(index),
                   update_->strategy_sums + base(index), strategy, own_sums_, to.own_rows, values,
                   to.is_first, to.by_row);
  }

  // Terminals that follow a decision and can be settled together.
  struct Answers {
    TerminalLanes<W> fold{};
    TerminalLanes<W> showdown{};
    ValuesTo<W> fold_to{};
    ValuesTo<W> showdown_to{};
    bool any() const { return fold.other_rows || showdown.other_rows; }
  };

  // Returns whether the values of the child have been added, or wait among the answers.
  bool follow(std::uint32_t child, const Value* other_rows, const ValuesTo<W>& to,
              Answers& answers) {
    switch (shape_.nodes[child].step) {
      case Step::fold:
        if (board_.settles_folds[street_]) {
          answers.fold = {amount(child, true), other_rows};
          answers.fold_to = to;
          return false;
        }
        settle_later(street_ + 1, board_.levels[street_ + 1].hands.from_before,
                     {amount(child, true), other_rows}, {}, to);
        return true;
      case Step::showdown:
        if (street_ == board_.last()) {
          answers.showdown = {amount(child, false), other_rows};
          answers.showdown_to = to;
          return false;
        }
        settle_later(board_.last(), level_.to_last, {}, {amount(child, false), other_rows}, to);
        return true;
      default:
        up(child, other_rows, to);
        return true;
    }
  }

  void settle(const Answers& answers) {
    const bool folds = answers.fold.other_rows != nullptr;
    const bool shows = answers.showdown.other_rows != nullptr;
    if (folds && shows && answers.fold_to.by_row != answers.showdown_to.by_row) {
      add_own_terminals(hands_, room_, answers.fold, answers.fold_to, answers.showdown,
                        answers.showdown_to);
    } else if (folds || shows) {
      add_terminals(hands_, room_, answers.fold, answers.showdown,
                    folds ? answers.fold_to : answers.showdown_to);
    }
  }

  // Settles a terminal whose worth depends on cards of a later street.
  void settle_later(std::size_t street, const HandMap& way, TerminalLanes<W> fold,
                    TerminalLanes<W> showdown, const ValuesTo<W>& to) {
    const std::size_t top = stack_.top();
    const HandRows& there = board_.levels[street].hands;
    const Value*& rows = fold.other_rows ? fold.other_rows : showdown.other_rows;
    multiply_reach(hands_, room_.other_hands, rows, product_);
    Value* reach = stack_.template take<W>(there.num_hands() + 1);
    follow_hands(way, product_, reach);
    const Value* ones = rows = this->ones(there.num_rows());
    const TerminalRoom<W> room = terminal_room(reach, nullptr, there.num_hands());
    add_terminals(there, room, fold, showdown,
                  {ones, stack_.template take<W>(there.num_rows()), true});
    leave_hands(way, room.by_hand, product_);
    add_hand_values(hands_, product_, to, room_.by_hand);
    stack_.give_back_to(top);
  }

  // Chips of a terminal: for the stronger hand, or for the player whose values are wanted.
  Value amount(std::uint32_t index, bool is_fold) const {
    const auto* lanes = reinterpret_cast<const float*>(level_.amounts[number_].data());
    const Value amount = *reinterpret_cast<const Value*>(lanes + std::size_t{index} * W);
    return is_fold && update_->player == 1 ? Value{} - amount : amount;
  }

  Board& board_;
  std::size_t street_;
  std::uint32_t number_;
  Level& level_;
  const Group& group_;
  const Shape& shape_;
  const HandRows& hands_;
  VectorStack& stack_;
  std::uint32_t num_rows_;
  const Update* update_ = nullptr;
  const float* regrets_ = nullptr;
  int walker_ = 0;                   // on the way down: whose reach probabilities are brought,
  const Value* entered_ = nullptr;   // [hand]
  const Value* own_sums_ = nullptr;  // [row]
  TerminalRoom<W> room_{};
  Value* product_ = nullptr;  // [hand]
};

// The most actions on a path through a shape.
std::size_t longest_path(const Shape& shape, std::uint32_t index = 0) {
  const ShapeNode& node = shape.nodes[index];
  if (node.step != Step::decision) return 0;
  std::size_t longest = 0;
  for (std::uint32_t a = 0; a < node.num_actions; ++a) {
    longest = std::max(longest, longest_path(shape, node.first_child + a));
  }
  return node.num_actions + longest;
}

// Public-chance sampling for two players: one board an iteration, and all hands that it leaves.
//
// The streets are walked one after the other, the groups of a street in any order: down, with the
// reach probabilities of both players, to the last, and up again with the values of one player's
// hands. Then once more for the other player, by whom the new strategy is met already. A group has
// its own rows in the tables and its own places in what passes between streets, so workers never
// meet, and how many there are changes nothing.
//
// Source: Johanson, Bard, Lanctot, Gibson, Bowling 2012, "Efficient Nash equilibrium approximation
// through Monte Carlo counterfactual regret minimization", public chance sampling.
// Differs: alternating updates (Tammelin 2014).
class PublicChance final : public Sampler {
 public:
  explicit PublicChance(Training& training)
      : t_(training),
        board_(training.tree, game_of(training)),
        forest_(training.tree, board_.settles_folds, 0, StreetForest::Widths::fitting),
        pool_(training.options.num_workers),
        stacks_(static_cast<std::size_t>(pool_.size())) {
    board_.levels.resize(forest_.streets().size());
    for (std::size_t s = 0; s < board_.levels.size(); ++s) prepare(s);
    Level& first = board_.levels[0];
    board_.game.root(first.state, false);
    first.hands.assign(first.state, nullptr);
    first.chance = first.state.weight;
    deal(0);  // so that memory is known
  }

  std::uint64_t extra_bytes() const override {
    std::uint64_t floats = 0;
    for (const Level& level : board_.levels) {
      for (const GroupVectors& passed : level.passed) floats += passed.num_floats();
    }
    for (const VectorStack& stack : stacks_) floats += stack.num_floats();
    return floats * sizeof(float);
  }

  std::uint64_t iteration_nodes() const override { return num_nodes_; }

  void run_iteration(std::uint64_t iteration) override {
    deal(iteration);
    RandomStream rounding = t_.stream(iteration, Purpose::rounding);
    for (int player = 0; player < 2; ++player) walk(player, rounding.next());
    t_.counters.nodes_visited += num_nodes_;
  }

 private:
  static const PublicGame& game_of(const Training& training) {
    const PublicGame* game = training.game.public_game();
    if (training.tree.num_players() != 2 || game == nullptr) {
      throw std::invalid_argument(
          "sampling is public_chance; that is for two players: use external");
    }
    if (!training.tree.in_lanes()) {
      throw std::invalid_argument("public_chance sampling needs tables with rows in lanes");
    }
    return *game;
  }

  void prepare(std::size_t s) {
    Level& level = board_.levels[s];
    level.street = &forest_.streets()[s];
    std::vector<std::size_t> cost;
    for (const Group& group : level.street->groups) {
      const Shape& shape = level.street->shapes[group.shape];
      level.longest_path = std::max(level.longest_path, longest_path(shape));
      level.leaf_runs.push_back(runs(s, group));
      level.amounts.push_back(amounts(group));
      cost.push_back(shape.nodes.size() * group.width);
      num_nodes_ += std::uint64_t{group.num_roots} * (shape.nodes.size() - shape.num_leaves);
      level.order.push_back(static_cast<std::uint32_t>(level.order.size()));
    }
    std::stable_sort(level.order.begin(), level.order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return cost[a] > cost[b]; });
  }

  std::vector<std::vector<LaneRun>> runs(std::size_t s, const Group& group) const {
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

  static std::vector<WideLanes> amounts(const Group& group) {
    std::vector<WideLanes> lanes(group.amounts.size() / kMaxFloatLanes + 1);
    auto* const to = reinterpret_cast<float*>(lanes.data());
    for (std::size_t i = 0; i < group.amounts.size(); ++i) {
      to[i] = static_cast<float>(group.amounts[i]);
    }
    return lanes;
  }

  // Deals a board, and makes room for what it needs.
  void deal(std::uint64_t iteration) {
    RandomStream random = t_.stream(iteration, Purpose::deal);
    for (std::size_t s = 0; s < board_.levels.size(); ++s) {
      Level& level = board_.levels[s];
      if (s > 0) {
        Level& before = board_.levels[s - 1];
        board_.game.sample_child(before.state, random, level.state);
        level.hands.assign(level.state, &before.hands);
        level.chance = before.chance * level.state.weight;
        for (GroupVectors& passed : before.passed) {
          passed.assign(level.street->groups, before.state.num_hands());
        }
      }
    }
    for (std::size_t s = board_.last(); s-- > 0;) {
      Level& level = board_.levels[s];
      const HandMap& next = board_.levels[s + 1].hands.from_before;
      if (s + 1 == board_.last()) {
        level.to_last = next;
      } else {
        level.to_last.assign(next, board_.levels[s + 1].to_last);
      }
    }
    std::size_t path = 0;
    std::size_t hands = 0;
    std::size_t rows = 0;
    for (const Level& level : board_.levels) {
      path = std::max(path, level.longest_path);
      hands = std::max<std::size_t>(hands, level.hands.num_hands());
      rows = std::max<std::size_t>(rows, level.hands.num_rows());
    }
    // By rows, three vectors for each action on a path, and what a group and a terminal take.
    const std::size_t vectors = (3 * path + 6) * rows + 8 * (hands + 1) + 4 * (kMaxBlockers + 1);
    for (VectorStack& stack : stacks_) stack.reserve(vectors * kMaxFloatLanes);
  }

  void walk(int player, std::uint32_t random) {
    const std::size_t last = board_.levels.size() - 1;
    // The other's strategy has not changed since the walk for the first player.
    for (int mover = 0; mover < 2; ++mover) {
      if (player == 1 && mover == 1) continue;
      for (std::size_t s = 0; s < last; ++s) {
        for_each_group(s, [&](auto walk) { walk.descend(mover, t_.tables.regrets()); });
      }
    }
    for (std::size_t s = board_.levels.size(); s-- > 0;) {
      const Level& level = board_.levels[s];
      const double chance = level.chance;
      const Update update{
          player,
          {static_cast<float>(chance * static_cast<double>(t_.discount.regret_weight())),
           t_.regret_floor(),
           static_cast<float>(chance * level.state.num_others *
                              static_cast<double>(t_.discount.strategy_weight())),
           random},
          t_.tables.regrets(),
          t_.tables.strategy_sums()};
      for_each_group(s, [&](auto walk) { walk.ascend(update); });
    }
  }

  template <class Body>
  void for_each_group(std::size_t s, const Body& body) {
    Level& level = board_.levels[s];
    const auto num_groups = static_cast<std::uint32_t>(level.order.size());
    pool_.run(num_groups, [&](std::uint32_t task, int worker) {
      if (worker == 0) ticker_.tick();
      const std::uint32_t g = level.order[task];
      VectorStack& stack = stacks_[static_cast<std::size_t>(worker)];
      switch (level.street->groups[g].width) {
        case 4:
          return body(GroupWalk<4>(board_, s, g, stack));
        case 8:
          return body(GroupWalk<8>(board_, s, g, stack));
        default:
          return body(GroupWalk<16>(board_, s, g, stack));
      }
    });
  }

  Training& t_;
  Board board_;
  StreetForest forest_;
  std::uint64_t num_nodes_ = 0;
  WorkerPool pool_;
  std::vector<VectorStack> stacks_;  // [worker]
  InterruptTicker ticker_{16};
};

}  // namespace

std::unique_ptr<Sampler> make_public_chance_sampler(Training& training) {
  return std::make_unique<PublicChance>(training);
}

}  // namespace holdem
