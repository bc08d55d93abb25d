#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tree/betting_tree.hpp"

namespace holdem {

// Who decides: how a player acts at every decision of a betting tree, for each bucket of cards.
class TabularPolicy {
 public:
  explicit TabularPolicy(std::shared_ptr<const BettingTree> tree) : tree_(std::move(tree)) {}
  virtual ~TabularPolicy() = default;

  const BettingTree& tree() const { return *tree_; }
  // Writes the probability of each action of the decision `node`; `to` has room for kMaxActions.
  virtual void probabilities(std::uint32_t node, std::uint32_t bucket, float* to) const = 0;

 private:
  std::shared_ptr<const BettingTree> tree_;
};

// The average strategy of a solver, read in place from a table that somebody else owns.
class AverageStrategy final : public TabularPolicy {
 public:
  // Args: strategy_sums: laid out by `tree`; a row that is all zero plays uniformly.
  // Throws std::invalid_argument when the table is not of the tree's size.
  AverageStrategy(std::shared_ptr<const BettingTree> tree, std::span<const float> strategy_sums);

  std::span<const float> strategy_sums() const { return strategy_sums_; }
  void probabilities(std::uint32_t node, std::uint32_t bucket, float* to) const override;

 private:
  std::span<const float> strategy_sums_;
};

// Players simple enough that everybody knows what beating them is worth.
enum class SimplePlayer {
  call,    // checks and calls
  random,  // every action with the same probability
  raise,   // bets and raises the most the menu has, calls where no raise is left
  tight,   // folds to a bet the hands that lose to most, bets and raises the strong ones
};

std::unique_ptr<TabularPolicy> make_simple_player(SimplePlayer kind,
                                                  std::shared_ptr<const BettingTree> tree);

// How often a hand of each bucket wins a showdown against one random hand, ties as half a win:
// [street][bucket]. Exact where the deals can be listed; else from a fixed sample of deals, and 1/2
// for a bucket that the sample has not seen.
std::vector<std::vector<double>> showdown_strengths(const Game& game);

}  // namespace holdem
