#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "evaluation/dealt_board.hpp"
#include "evaluation/opponent_hands.hpp"
#include "evaluation/policy.hpp"
#include "evaluation/tree_position.hpp"

namespace holdem {

// What is known of an opponent whose strategy is known and whose cards are not: the probability of
// each hand, times that of all it has done so far with it.
//
// Where a bet may be taken for two of the tree's, the opponent may believe in either: each belief
// is kept with the hands that go with it. Whoever plays against the opponent does not see which.
class OpponentRange {
 public:
  // Sums over hands of their probability, and of it times the share of the pot the player wins from
  // it.
  struct Sums {
    double reach = 0;
    double share = 0;
  };
  // What the opponent may do, with the probability (not normalised) that it holds a hand that is
  // possible on the whole board and does it.
  struct Reply {
    Action action;
    double reach = 0;
  };

  // Args: policy, rules: of one game. Both must outlive this.
  OpponentRange(const TabularPolicy& policy, const Rules& rules) : policy_(policy), rules_(rules) {}

  // Begins a hand: all hands are equally likely.
  void deal(const OpponentHands& hands, DealtBoard& board);

  // Sums over the hands that are possible on the board of a street.
  Sums sums(int street, std::span<const double> shares) const;
  // The same of those that fold to a raise; nothing where some belief is at a decision whose tree
  // has no raise.
  std::optional<Sums> folds(const BettingState& real, Action raise, std::span<const double> shares);
  // The raises of the tree, in real chips, as the likeliest belief has them.
  std::vector<Chips> tree_raises(const BettingState& real) const;

  // The player who plays against the opponent acts; a raise only where folds() knows one.
  void see(const BettingState& real, Action action);
  // What the opponent may do; each has a probability above 0. Valid until the next call.
  std::span<const Reply> replies(const BettingState& real);
  // It does one of them.
  void reply(const BettingState& real, Action action);

 private:
  struct Belief {
    TreePosition at;
    std::vector<double> reach;    // [hand]
    std::vector<float> strategy;  // [bucket met, action] once replies() has read it
    std::array<std::optional<Sums>, kMaxActions> folds;  // to each raise of the tree
  };

  void read_strategy(std::uint32_t node, std::vector<float>& to);
  Sums folds_to(const Belief& belief, int raise, std::span<const double> shares);
  // Adds reach probabilities to those of a belief among `beliefs`, or a new one.
  static std::vector<double>& reach_at(const TreePosition& at, std::size_t num_hands,
                                       std::vector<Belief>& beliefs);

  const BettingTree& tree() const { return policy_.tree(); }

  const TabularPolicy& policy_;
  const Rules& rules_;
  const OpponentHands* hands_ = nullptr;
  DealtBoard* board_ = nullptr;
  std::vector<Belief> beliefs_;
  std::vector<Reply> replies_;
  std::vector<float> child_strategy_;
};

}  // namespace holdem
