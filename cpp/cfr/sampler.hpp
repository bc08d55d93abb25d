#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/worker_pool.hpp"
#include "cfr/tables.hpp"

namespace holdem {

enum class Sampling { external, outcome, full_width, public_chance };

// Actions of very negative regret are skipped on most traversals. External sampling only;
// the other samplers ignore it.
//
// Source: Brown and Sandholm 2019 (Pluribus), supplementary material.
// Differs: what lies below such an action counts 1 / (1 - probability) times when it is visited
// after all, so that estimates stay unbiased and averages keep their weights. Without that, the
// strategy sums of whoever plays on below would stop growing just when they become good.
struct PruningOptions {
  bool enabled = false;
  float threshold = 0;        // chips; actions whose discounted regret is below it are skipped
  float probability = 0.95f;  // share of traversals that prune
  // Regrets sink no deeper than this, so that a pruned action can come back.
  float regret_floor() const { return threshold * (31.0f / 30.0f); }
};

// The exploration of outcome sampling: constant, or falling linearly to `final`.
struct ExplorationOptions {
  float initial = 0.6f;
  float final = 0.6f;
  std::uint64_t decay_iterations = 0;
  float at(std::uint64_t iteration) const;
};

struct SolverOptions {
  Sampling sampling = Sampling::external;
  DiscountOptions discount;
  PruningOptions pruning;
  ExplorationOptions exploration;
  std::uint32_t seed = 0;
  std::uint32_t instance = 0;
  // Bit p: player p does not learn. No rows of such a player are written, and the regrets that are
  // there are matched as they are. External sampling only.
  std::uint32_t frozen_players = 0;
  // Iterations that find the same tables, and whose updates are then added in their order; 1: each
  // finds what the one before has left. External sampling only.
  std::uint64_t update_batch = 1;
  int num_workers = 1;  // threads that train the tables, at least 1; changes no result
  bool is_frozen(std::uint32_t player) const { return (frozen_players >> player & 1) != 0; }
};

struct StreetCounters {
  std::uint64_t actions = 0;  // of a traverser, counted while pruning is enabled
  std::uint64_t pruned = 0;   // of those, skipped
};

// What was done by this process; never part of a result.
struct Counters {
  std::uint64_t nodes_visited = 0;  // betting-tree nodes touched: decisions and terminals
  std::array<StreetCounters, kMaxStreets> streets{};
  void add(const Counters& others);
};

// What every sampler works on.
struct Training {
  const Game& game;
  BettingTree& tree;
  Tables& tables;
  DiscountSchedule& discount;
  const SolverOptions& options;
  WorkerPool& workers;
  std::uint64_t max_bytes;  // that tree, tables and a sampler may take in the midst of an iteration
  Counters counters{};

  RandomStream stream(std::uint64_t iteration, Purpose purpose, int traverser = 0) const {
    return {options.seed, options.instance, iteration, purpose,
            static_cast<std::uint32_t>(traverser)};
  }
  // For samplers, now and then in an iteration that takes long: what this throws breaks it off.
  void check_long_iteration(std::uint64_t scratch_bytes) const;
  // Lowest value a regret may take in this block, in table units.
  float regret_floor() const;
};

// One way of estimating regrets. An iteration updates every player once, frozen ones excepted.
class Sampler {
 public:
  virtual ~Sampler() = default;
  virtual void run_iteration(std::uint64_t iteration) = 0;
  // Runs `count` iterations that all find the tables as they are before the first one; for external
  // sampling.
  virtual void run_batch(std::uint64_t first, std::uint64_t count);
  // Memory of its own that grows with the tables, for the memory plan.
  virtual std::uint64_t extra_bytes() const { return 0; }
  // Betting nodes times public states of one iteration, where that is known before; else 0.
  virtual std::uint64_t iteration_nodes() const { return 0; }
};

std::unique_ptr<Sampler> make_external_sampler(Training& training);
std::unique_ptr<Sampler> make_outcome_sampler(Training& training);
std::unique_ptr<Sampler> make_full_width(Training& training);
std::unique_ptr<Sampler> make_public_chance_sampler(Training& training);

}  // namespace holdem
