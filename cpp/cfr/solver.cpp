#include "cfr/solver.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/interrupt.hpp"
#include "cfr/compact_sweeps.hpp"
#include "cfr/strategy.hpp"
#include "tree/compact_rows.hpp"
#include "tree/tree_size.hpp"

namespace holdem {
namespace {

// The clock is read after about this many nodes, 50 to 200 microseconds.
constexpr std::uint64_t kNodesBetweenClockReads = 4096;
// While a strategy is young an iteration changes much of it: the first batches are one by one.
constexpr std::uint64_t kBatchesAlone = 100;
// Infosets looked at per street for metrics.
constexpr std::uint64_t kMetricSamples = 4096;

// For samplers that read a row's actions as neighbours.
void refuse_lane_rows(const BettingTree& tree) {
  if (tree.in_lanes()) {
    throw std::invalid_argument("the layout has rows in lanes, which this sampling cannot train");
  }
}

std::unique_ptr<Sampler> make_sampler(Training& training) {
  switch (training.options.sampling) {
    case Sampling::external:
      refuse_lane_rows(training.tree);
      return make_external_sampler(training);
    case Sampling::outcome:
      refuse_lane_rows(training.tree);
      return make_outcome_sampler(training);
    case Sampling::full_width:
      refuse_lane_rows(training.tree);
      return make_full_width(training);
    case Sampling::public_chance:
      return make_public_chance_sampler(training);
  }
  throw std::invalid_argument("unknown sampling");
}

// Floats of a table for the last iteration of a growing tree, which may overshoot the limit.
constexpr std::uint64_t kOvershootFloats = std::uint64_t{64} << 20;

// A complete tree has its final size. A growing one is stopped between iterations near the limit,
// so an iteration may overshoot: address space costs nothing until it is touched.
std::uint64_t table_capacity(const BettingTree& tree, std::uint64_t memory_limit_bytes) {
  if (!tree.grows()) return tree.table_floats();
  return memory_limit_bytes / (2 * sizeof(float)) + kOvershootFloats;
}

void check_frozen_players(const SolverOptions& options, int num_players) {
  if (options.frozen_players == 0) return;
  const std::uint32_t all = (1u << num_players) - 1;
  if (options.frozen_players >= all) {
    throw std::invalid_argument("frozen_players is " + std::to_string(options.frozen_players) +
                                "; allowed: 0 to " + std::to_string(all - 1) +
                                ", a bit for each of " + std::to_string(num_players) +
                                " players, of whom one at least learns");
  }
  if (options.sampling != Sampling::external) {
    throw std::invalid_argument("frozen_players is " + std::to_string(options.frozen_players) +
                                "; allowed: 0, unless sampling is external");
  }
}

}  // namespace

float ExplorationOptions::at(std::uint64_t iteration) const {
  if (decay_iterations == 0) return initial;
  if (iteration >= decay_iterations) return final;
  const double done = static_cast<double>(iteration) / static_cast<double>(decay_iterations);
  return static_cast<float>(static_cast<double>(initial) +
                            done * (static_cast<double>(final) - static_cast<double>(initial)));
}

void Training::check_long_iteration(std::uint64_t scratch_bytes) const {
  check_interrupts();
  const std::uint64_t used = 2 * sizeof(float) * tree.table_floats() + tree.bytes() + scratch_bytes;
  if (used > max_bytes) {
    throw std::overflow_error("one iteration alone needs more than the memory limit");
  }
}

void Sampler::run_batch(std::uint64_t, std::uint64_t) {
  throw std::logic_error("only external sampling has batches");
}

void Counters::add(const Counters& others) {
  nodes_visited += others.nodes_visited;
  for (std::size_t s = 0; s < streets.size(); ++s) {
    streets[s].actions += others.streets[s].actions;
    streets[s].pruned += others.streets[s].pruned;
  }
}

float Training::regret_floor() const {
  if (options.discount.floor_regrets_at_zero) return 0;
  if (options.pruning.enabled && options.sampling == Sampling::external) {
    return options.pruning.regret_floor() * discount.regret_weight();
  }
  return -std::numeric_limits<float>::infinity();
}

Solver::Solver(std::shared_ptr<const Game> game, const SolverOptions& options, TableLayout layout,
               std::uint64_t memory_limit_bytes, const TreeProgress& progress)
    : game_(std::move(game)),
      options_(options),
      memory_limit_bytes_(memory_limit_bytes),
      tree_(*game_, layout,
            grows(layout) ? kMaxNodes
                          : num_nodes_within(*game_, layout, memory_limit_bytes, progress),
            progress),
      tables_(table_capacity(tree_, memory_limit_bytes)),
      discount_(options_.discount),
      workers_(options_.num_workers),
      training_{*game_,
                tree_,
                tables_,
                discount_,
                options_,
                workers_,
                memory_limit_bytes + 2 * sizeof(float) * kOvershootFloats},
      sampler_(make_sampler(training_)) {
  check_frozen_players(options_, tree_.num_players());
  if (options_.num_workers < 1) throw std::invalid_argument("num_workers is below 1");
  if (options_.update_batch < 1) throw std::invalid_argument("update_batch is below 1");
}

std::uint64_t Solver::run(std::uint64_t iterations, double seconds) {
  if (is_broken_) throw std::logic_error("an iteration was broken off: the tables are of no use");
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto late = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count() >= seconds;
  };
  std::uint64_t next_clock_read = training_.counters.nodes_visited + kNodesBetweenClockReads;
  for (std::uint64_t done = 0; done < iterations;) {
    if (training_.counters.nodes_visited >= next_clock_read) {
      if (late()) return done;
      next_clock_read = training_.counters.nodes_visited + kNodesBetweenClockReads;
    }
    if (memory_limit_reached()) return done;
    enter_block();
    const std::uint64_t count = in_batches() ? std::min(iterations - done, batch_length()) : 1;
    is_broken_ = true;
    if (in_batches()) {
      sampler_->run_batch(iteration_, count);
    } else {
      sampler_->run_iteration(iteration_);
    }
    is_broken_ = false;
    iteration_ += count;
    done += count;
  }
  return iterations;
}

// Both depend on the number of the next iteration alone, so that a cut between two batches changes
// nothing.
bool Solver::in_batches() const {
  const std::uint64_t batch = options_.update_batch;
  return batch > 1 && options_.sampling == Sampling::external &&
         iteration_ >= kBatchesAlone * batch;
}

// Iterations until the next multiple of a batch, or the next block.
std::uint64_t Solver::batch_length() const {
  const std::uint64_t batch = options_.update_batch;
  const std::uint64_t block = options_.discount.interval;
  return std::min(batch - iteration_ % batch, block - iteration_ % block);
}

void Solver::advance_discount() { discount_.advance_to(discount_.block_of(iteration_)); }

// Moves on to the block of the next iteration, and makes the tables fit its numbers. What is swept
// when is decided by the number of the iteration alone, so that a cut changes nothing.
void Solver::enter_block() {
  advance_discount();
  if (const int shift = strategy_exponent_ - discount_.strategy_exponent(); shift != 0) {
    scale_strategy_sums(std::ldexp(1.0f, shift));
    strategy_exponent_ = discount_.strategy_exponent();
  }
  // All rows in lanes are one strip, which no sampler brings up to date on its way.
  const bool in_lanes = discount_.lazy() && tree_.in_lanes();
  if (!in_lanes && !discount_.settles_before(iteration_)) return;
  tree_.for_each_strip([&](const Strip& strip) {
    float* stamp = tables_.regrets() + strip.stamp;
    if (options_.is_frozen(strip.player) || is_current(stamp, discount_)) return;
    // Memory that was never written stays untouched.
    if (!in_lanes && all_zero(stamp, strip.num_floats + 1)) return;
    refresh_strip(strip);
  });
}

// What is rounded at random here has words of its own.
std::uint32_t Solver::sweep_word() const {
  constexpr int kSweep = 1;
  return training_.stream(iteration_, Purpose::rounding, kSweep).next();
}

void Solver::scale_strategy_sums(float factor) {
  if (is_compact(tree_.layout())) return scale_compact_sums(tree_, tables_, factor, sweep_word());
  scale(tables_.strategy_sums(), tree_.table_floats(), factor);
}

void Solver::refresh_strip(const Strip& strip) {
  float* const stamp = tables_.regrets() + strip.stamp;
  if (!is_compact(tree_.layout())) return refresh_regrets(stamp, strip.num_floats, discount_);
  const auto factors = discount_.regret_factors(read_stamp(stamp));
  scale_compact_regrets(tree_, tables_, factors.positive, factors.negative, sweep_word());
  *stamp = std::bit_cast<float>(discount_.stamp());
}

void Solver::set_iteration(std::uint64_t iteration) {
  if (iteration < iteration_) {
    throw std::invalid_argument("iteration is " + std::to_string(iteration) +
                                "; a solver cannot go back before " + std::to_string(iteration_));
  }
  iteration_ = iteration;
  advance_discount();
  const std::uint64_t last = iteration == 0 ? 0 : iteration - 1;
  strategy_exponent_ = discount_.strategy_exponent_of(discount_.block_of(last));
}

void Solver::regrow(std::span<const std::uint32_t> nodes, std::span<const std::uint64_t> strips) {
  tree_.regrow(nodes, strips);
  if (tree_.table_floats() > tables_.regret_block.capacity()) {
    throw std::overflow_error("the betting tree as it was grown needs tables of " +
                              std::to_string(table_bytes()) + " bytes");
  }
}

void Solver::settle_regrets() {
  advance_discount();
  if (!discount_.lazy()) return;
  tree_.for_each_strip([this](const Strip& strip) {
    float* stamp = tables_.regrets() + strip.stamp;
    if (options_.is_frozen(strip.player) || is_current(stamp, discount_)) return;
    refresh_strip(strip);
  });
}

void Solver::fix_strategy(const BettingTree& tree, std::span<const float> strategy_sums) {
  if (strategy_sums.size() != tree.table_floats()) {
    throw std::invalid_argument("strategy_sums has " + std::to_string(strategy_sums.size()) +
                                " floats; the tree has " + std::to_string(tree.table_floats()));
  }
  bool fits = is_numbered_alike(tree_, tree);
  for (int street = 0; fits && street < game_->num_streets(); ++street) {
    fits = tree.game().num_buckets(street) == game_->num_buckets(street);
  }
  const auto require = [](bool ok) {
    if (!ok) throw std::invalid_argument("the strategy is of another betting tree");
  };
  require(fits);
  std::array<float, kMaxActions> row{};
  for (std::size_t n = 0; n < tree.nodes().size(); ++n) {
    const Node& to = tree_.data()[n];
    const Node& from = tree.data()[n];
    if (to.kind != NodeKind::decision || !options_.is_frozen(to.player) || from.base == 0) continue;
    for (std::uint32_t bucket = 0; bucket < game_->num_buckets(to.street); ++bucket) {
      const std::uint64_t read = tree.place(from, bucket).row;
      if (read == 0) continue;
      const std::uint64_t written = tree_.place(to, bucket).row;
      require(written != 0);
      read_sums(tree, strategy_sums.data(), from, read, row.data());
      for (std::size_t a = 0; a < to.num_actions; ++a) {
        tables_.regrets()[written + a * to.action_stride] = row[a];
      }
    }
  }
}

bool Solver::memory_limit_reached() const {
  if (!tree_.grows()) return false;
  // What is left is room for the next iteration. Depends on the state alone, so that a run that
  // was cut stops where the uncut run stops.
  const std::uint64_t used = table_bytes() + tree_.bytes() + discount_bytes();
  return used >= memory_limit_bytes_ - memory_limit_bytes_ / 16;
}

std::vector<StreetMetrics> Solver::street_metrics() {
  const auto sizes = tree_.size_per_street();
  const auto num_streets = static_cast<std::size_t>(game_->num_streets());
  std::vector<StreetMetrics> metrics(num_streets);
  std::vector<std::uint64_t> seen(num_streets), looked_at(num_streets), visited(num_streets);
  const std::uint64_t in_block = iteration_ - discount_.block() * options_.discount.interval;
  const double weight =
      std::max(1.0, discount_.total_weight() + static_cast<double>(in_block) *
                                                   static_cast<double>(discount_.regret_weight()));
  std::array<float, kMaxActions> regrets{};
  std::array<float, kMaxActions> sums{};
  InterruptTicker ticker;
  for (const Node& node : tree_.nodes()) {
    ticker.tick();
    if (node.kind != NodeKind::decision || node.base == 0) continue;
    const std::size_t s = node.street;
    const std::uint64_t stride = sizes[s].infosets / kMetricSamples + 1;
    const std::uint32_t num_buckets = game_->num_buckets(node.street);
    // Infosets of the street, counted through all its nodes: every stride-th one.
    for (std::uint64_t b = (stride - seen[s] % stride) % stride; b < num_buckets; b += stride) {
      const auto bucket = static_cast<std::uint32_t>(b);
      ++looked_at[s];
      const Place place = tree_.place(node, bucket);
      if (place.row == 0) continue;
      read_sums(tree_, tables_.strategy_sums(), node, place.row, sums.data());
      double total = 0;
      for (std::size_t a = 0; a < node.num_actions; ++a) total += static_cast<double>(sums[a]);
      if (!(total > 0)) continue;
      ++visited[s];
      const float* stamp = tables_.regrets() + place.stamp;
      const float pending =
          discount_.lazy() ? discount_.regret_factors(read_stamp(stamp)).positive : 1.0f;
      read_regrets(tree_, tables_.regrets(), node, place.row, regrets.data());
      double positive = 0;
      double entropy = 0;
      for (std::size_t a = 0; a < node.num_actions; ++a) {
        positive = std::max(positive, static_cast<double>(regrets[a] * pending));
        const double p = static_cast<double>(sums[a]) / total;
        if (p > 0) entropy -= p * std::log(p);
      }
      metrics[s].mean_positive_regret += positive / weight;
      if (node.num_actions > 1) metrics[s].policy_entropy += entropy / std::log(node.num_actions);
    }
    seen[s] += num_buckets;
  }
  for (std::size_t s = 0; s < num_streets; ++s) {
    if (visited[s] > 0) {
      metrics[s].mean_positive_regret /= static_cast<double>(visited[s]);
      metrics[s].policy_entropy /= static_cast<double>(visited[s]);
      metrics[s].visited_share =
          static_cast<double>(visited[s]) / static_cast<double>(looked_at[s]);
    }
    const StreetCounters& now = training_.counters.streets[s];
    const StreetCounters& before = last_metrics_.streets[s];
    if (now.actions > before.actions) {
      metrics[s].pruned_share = static_cast<double>(now.pruned - before.pruned) /
                                static_cast<double>(now.actions - before.actions);
    }
  }
  last_metrics_ = training_.counters;
  return metrics;
}

}  // namespace holdem
