#pragma once

#include <memory>
#include <vector>

#include "cfr/sampler.hpp"

namespace holdem {

// A sampled picture of one street, for people who watch a run.
struct StreetMetrics {
  double mean_positive_regret = 0;  // chips an iteration, over infosets that were updated
  double policy_entropy = 0;        // of the average strategy, 0..1 of the maximum, likewise
  double visited_share = 0;         // of infosets, those with a strategy sum
  double pruned_share = 0;          // of a traverser's actions since the last call
};

// Trains one game: the betting tree, its tables and the sampler that fills them.
//
// Everything that decides the future of a run is in the tables, the growth of the tree and the
// number of completed iterations.
class Solver {
 public:
  // Args: memory_limit_bytes bounds the tree and both tables.
  // Throws std::overflow_error when a complete tree and its tables pass the limit, before they are
  // built, and std::invalid_argument when the sampler cannot play the game, or cannot freeze these
  // players.
  Solver(std::shared_ptr<const Game> game, const SolverOptions& options, TableLayout layout,
         std::uint64_t memory_limit_bytes, const TreeProgress& progress = {});

  // Trains at most `iterations` more. Returns early after about `seconds`, or when a growing tree
  // has reached the memory limit, always between two iterations.
  // What is thrown in the midst of an iteration, by check_interrupts() or because the iteration
  // alone needs more memory than there is (std::overflow_error), leaves tables of no use.
  std::uint64_t run(std::uint64_t iterations, double seconds);
  // Whether an iteration was broken off.
  bool is_broken() const { return is_broken_; }

  std::uint64_t iteration() const { return iteration_; }
  // Sets how many iterations the tables stand for, when they are restored.
  void set_iteration(std::uint64_t iteration);
  // The strategy sums are 2^-exponent of what their weights make of them; see DiscountSchedule.
  // `set_iteration` assumes what a run would have come to.
  int strategy_exponent() const { return strategy_exponent_; }
  void set_strategy_exponent(int exponent) { strategy_exponent_ = exponent; }
  // Rebuilds a growing tree as it was; see BettingTree::regrow.
  // Throws std::overflow_error when its tables are larger than the memory limit left room for.
  void regrow(std::span<const std::uint32_t> nodes, std::span<const std::uint64_t> strips);

  // Brings every strip of lazily discounted regrets up to date at the block of the next iteration,
  // so that the regrets of several solvers at one iteration may be averaged place by place. Factors
  // that would have been multiplied later are multiplied now, which may differ by rounding.
  void settle_regrets();

  // Lets the frozen players play an average strategy: copies their rows of its strategy sums, a
  // table laid out by `tree`, to the regrets.
  // Throws std::invalid_argument when the table is not of the tree's size, or the tree is not this
  // one in any layout, grown as far.
  void fix_strategy(const BettingTree& tree, std::span<const float> strategy_sums);

  const Game& game() const { return *game_; }
  const std::shared_ptr<const Game>& shared_game() const { return game_; }
  const BettingTree& tree() const { return tree_; }
  const Tables& tables() const { return tables_; }
  const SolverOptions& options() const { return options_; }
  const Counters& counters() const { return training_.counters; }
  std::uint64_t discount_block() const { return discount_.block(); }
  // The most memory that discounting takes beside the tables.
  std::uint64_t discount_bytes() const { return discount_.max_bytes(); }
  // What the sampler keeps beside the tables; Sampler::extra_bytes.
  std::uint64_t sampler_bytes() const { return sampler_->extra_bytes(); }
  // Sampler::iteration_nodes.
  std::uint64_t iteration_nodes() const { return sampler_->iteration_nodes(); }
  std::uint64_t table_bytes() const { return 2 * sizeof(float) * tree_.table_floats(); }
  bool memory_limit_reached() const;
  std::vector<StreetMetrics> street_metrics();

 private:
  friend class TableMerger;  // fills tree and tables in the place of training

  bool in_batches() const;
  std::uint64_t batch_length() const;
  void advance_discount();
  void enter_block();
  std::uint32_t sweep_word() const;
  void scale_strategy_sums(float factor);
  void refresh_strip(const Strip& strip);

  std::shared_ptr<const Game> game_;
  SolverOptions options_;
  std::uint64_t memory_limit_bytes_;
  BettingTree tree_;
  Tables tables_;
  DiscountSchedule discount_;
  WorkerPool workers_;
  Training training_;
  std::unique_ptr<Sampler> sampler_;
  std::uint64_t iteration_ = 0;
  int strategy_exponent_ = 0;
  Counters last_metrics_{};
  bool is_broken_ = false;
};

}  // namespace holdem
