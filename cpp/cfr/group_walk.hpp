#pragma once

#include <algorithm>
#include <cstdint>

#include "cfr/lane_regrets.hpp"
#include "cfr/sampled_board.hpp"
#include "cfr/vector_memory.hpp"
#include "tree/hand_lanes.hpp"

namespace holdem {

// What the walk of a player updates on a street.
struct StreetUpdate {
  int player;
  TableStep step;
  float* regrets;
  float* strategy_sums;
};

// Walks the subtrees of a group side by side.
template <int W>
class GroupWalk {
 public:
  // Args: street, number: of the group.
  GroupWalk(SampledBoard& board, std::size_t street, std::uint32_t number, VectorStack& stack)
      : board_(board),
        street_(street),
        number_(number),
        level_(board.level(street)),
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
  void ascend(const StreetUpdate& update) {
    const std::size_t top = stack_.top();
    update_ = &update;
    regrets_ = update.regrets;
    const std::uint32_t num_hands = hands_.num_hands();
    const Value* ones = this->ones(num_rows_);
    Value* own_sums = stack_.template take<W>(num_rows_);
    Value* other_sums = stack_.template take<W>(num_rows_);
    enter_sums(update.player, own_sums);
    own_sums_ = own_sums;
    other_hands_ = enter(1 - update.player, other_sums);
    by_hand_ = zeros(num_hands);
    loaded_ = stack_.template take<W>(num_hands);
    folds_ = terminal_room(level_.folds());
    showdowns_ = is_last() ? folds_ : terminal_room(level_.showdowns);
    if (any(other_sums)) {
      up(0, ones, {ones, stack_.template take<W>(num_rows_), true});
    } else if (any(own_sums)) {
      average(0, ones);
    }
    if (street_ > 0) {
      leave_terminals(level_.folds(), folds_, other_hands_, by_hand_);
      if (!is_last()) leave_terminals(level_.showdowns, showdowns_, other_hands_, by_hand_);
      leave_hands(hands_.from_before, by_hand_, passed(update.player));
    }
    stack_.give_back_to(top);
  }

 private:
  using Value = FloatLanes<W>;
  using ShapeNode = StreetForest::ShapeNode;
  using Step = StreetForest::Step;

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
    Value* reach = stack_.template take<W>(num_hands);
    if (street_ > 0) {
      enter_hands(hands_, passed(player), reach, sums);
      return reach;
    }
    std::fill_n(reach, num_hands, whole_roots());
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
    const SampledBoard::Level& before = board_.level(street_ - 1);
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

  bool is_last() const { return street_ == board_.last(); }
  TerminalRoom<Value> terminal_room(const HandParts& hands) {
    const std::size_t num_parts = hands.parts.size();
    const std::size_t num_cells = hands.cell_blocker.size();
    const TerminalRoom<Value> room{
        stack_.template take<W>(num_parts),    stack_.template take<W>(num_cells),
        stack_.template take<W>(num_parts),    stack_.template take<W>(num_cells),
        stack_.template take<W>(num_parts),    stack_.template take<W>(kMaxBlockers),
        stack_.template take<W>(kMaxBlockers),
    };
    enter_terminals(hands, other_hands_, room);
    return room;
  }

  LaneRows rows_of(const ShapeNode& node) const {
    return {hands_.bucket_of_row.data(), num_rows_, node.num_actions,
            is_compact(board_.tree().layout())};
  }
  std::uint64_t base(std::uint32_t index) const {
    return board_.tree().data()[group_.node(index, 0)].base;
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
    for (const SampledBoard::LaneRun& run : level_.leaf_runs[number_][leaf]) {
      copy_lanes(hands_.num_hands(), run.count, reinterpret_cast<float*>(product_) + run.lane, W,
                 next.of(run.to_group) + run.to_lane, run.to_width);
    }
  }

  const Value* load_values(std::uint32_t leaf) {
    const GroupVectors& values = level_.passed[static_cast<std::size_t>(update_->player)];
    if (group_.num_roots < W) std::fill_n(loaded_, hands_.num_hands(), Value{});
    for (const SampledBoard::LaneRun& run : level_.leaf_runs[number_][leaf]) {
      copy_lanes(hands_.num_hands(), run.count, values.of(run.to_group) + run.to_lane, run.to_width,
                 reinterpret_cast<float*>(loaded_) + run.lane, W);
    }
    return loaded_;
  }

  // Args: other_rows: [row], the reach probabilities of the other since the street began.
  void up(std::uint32_t index, const Value* other_rows, const ValuesTo<Value>& to) {
    const ShapeNode& node = shape_.nodes[index];
    if (node.step == Step::leaf) {
      return add_hand_values(hands_, load_values(node.first_child), to, by_hand_);
    }
    const std::size_t top = stack_.top();
    node.player == update_->player ? up_own(index, other_rows, to)
                                   : up_other(index, other_rows, to);
    stack_.give_back_to(top);
  }

  void up_other(std::uint32_t index, const Value* other_rows, const ValuesTo<Value>& to) {
    const ShapeNode& node = shape_.nodes[index];
    Value* after = stack_.template take<W>(std::size_t{node.num_actions} * num_rows_);
    const unsigned reached =
        match_rows<W>(rows_of(node), regrets_ + base(index), other_rows, nullptr, after);
    Answers answers;
    ValuesTo<Value> next = to;
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

  void up_own(std::uint32_t index, const Value* other_rows, const ValuesTo<Value>& to) {
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
    TerminalLanes<Value> fold{};
    TerminalLanes<Value> showdown{};
    ValuesTo<Value> fold_to{};
    ValuesTo<Value> showdown_to{};
    bool any() const { return fold.other_rows || showdown.other_rows; }
  };

  // Returns whether the values of the child have been added, or wait among the answers.
  bool follow(std::uint32_t child, const Value* other_rows, const ValuesTo<Value>& to,
              Answers& answers) {
    switch (shape_.nodes[child].step) {
      case Step::fold:
        answers.fold = {amount(child, true), other_rows};
        answers.fold_to = to;
        return false;
      case Step::showdown:
        answers.showdown = {amount(child, false), other_rows};
        answers.showdown_to = to;
        return false;
      default:
        up(child, other_rows, to);
        return true;
    }
  }

  void settle(Answers& answers) {
    const bool folds = answers.fold.other_rows != nullptr;
    const bool shows = answers.showdown.other_rows != nullptr;
    const bool have_one_place = answers.fold_to.by_row == answers.showdown_to.by_row;
    if (folds && shows && is_last()) {
      if (have_one_place) {
        return add_terminals(level_.showdowns, showdowns_, answers.fold, answers.showdown,
                             answers.fold_to);
      }
      return add_own_terminals(level_.showdowns, showdowns_, answers.fold, answers.fold_to,
                               answers.showdown, answers.showdown_to);
    }
    if (folds) add_terminals(level_.folds(), folds_, answers.fold, {}, answers.fold_to);
    if (shows) {
      if (folds && have_one_place) answers.showdown_to.is_first = false;
      add_terminals(level_.showdowns, showdowns_, {}, answers.showdown, answers.showdown_to);
    }
  }

  // Chips of a terminal: for the stronger hand, or for the player whose values are wanted.
  Value amount(std::uint32_t index, bool is_fold) const {
    const auto* lanes = reinterpret_cast<const float*>(level_.amounts[number_].data());
    const Value amount = *reinterpret_cast<const Value*>(lanes + std::size_t{index} * W);
    const float weight = (is_fold ? level_.folds() : level_.showdowns).weight;
    return amount * Value::all(is_fold && update_->player == 1 ? -weight : weight);
  }

  SampledBoard& board_;
  std::size_t street_;
  std::uint32_t number_;
  SampledBoard::Level& level_;
  const StreetForest::Group& group_;
  const StreetForest::Shape& shape_;
  const HandRows& hands_;
  VectorStack& stack_;
  std::uint32_t num_rows_;
  const StreetUpdate* update_ = nullptr;
  const float* regrets_ = nullptr;
  int walker_ = 0;                      // on the way down: whose reach probabilities are brought,
  const Value* entered_ = nullptr;      // [hand]
  const Value* own_sums_ = nullptr;     // [row]
  const Value* other_hands_ = nullptr;  // [hand]: the other's reach where the street began
  Value* by_hand_ = nullptr;            // [hand]: the player's values from the next street
  Value* loaded_ = nullptr;             // [hand]
  TerminalRoom<Value> folds_{};
  TerminalRoom<Value> showdowns_{};
  Value* product_ = nullptr;  // [hand]
};

}  // namespace holdem
