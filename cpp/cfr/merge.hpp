#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cfr/solver.hpp"

namespace holdem {

// Fills the tables of a new solver with those of many checkpoints of its game, the sources:
// strategy sums are added, regrets averaged.
//
// A source's tables come part by part in the order of its file, so that memory holds one pair of
// tables however many sources there are. Sums are of floats, in the order of the sources. A growing
// tree becomes the union of the sources' trees: an infoset is where its path and its bucket say,
// and not where a source had it. An infoset that a source never visited counts as zeros.
class TableMerger {
 public:
  // The solver is at the merged iteration and has not trained; it must outlive this.
  explicit TableMerger(Solver& solver);

  // Begins a source whose tree grew like this (nothing in both where the tree is complete), and
  // makes a place for all it has. May be called ahead of the tables, to learn how large they get.
  // Args: iteration, strategy_exponent: of the solver that saved it.
  // Throws std::invalid_argument when no tree of the game can have grown so, and
  // std::overflow_error when tree and tables would pass the solver's memory limit.
  void begin_source(std::span<const std::uint32_t> nodes, std::span<const std::uint64_t> strips,
                    std::uint64_t iteration, int strategy_exponent);
  // Floats of each of the source's tables.
  std::uint64_t source_floats() const { return source_floats_; }

  // Add the next part of one of the source's tables; after its last part another may begin.
  // Regrets that are discounted strip by strip are brought up to date on the way.
  // Throw std::runtime_error for a stamp of the future, and std::invalid_argument for a part beyond
  // the end.
  void add_regrets(std::span<const float> part);
  void add_strategy_sums(std::span<const float> part);

  // Makes averages of the added regrets; called once, after the last source.
  void average_regrets(std::uint32_t num_sources);

 private:
  // Neighbouring strips of a complete tree, at the same place in the source.
  struct Region {
    std::uint64_t first_stamp;
    std::uint32_t num_strips;
    std::uint64_t strip_floats;
  };
  // Strips of a growing tree: from which number on they are those of a node, the target's.
  struct Owner {
    std::uint64_t first_strip;
    std::uint32_t node;
  };

  void list_regions();
  void map_nodes(std::span<const std::uint32_t> nodes);
  // Strips of the target.
  Strip place_strip(std::uint64_t strip);
  Strip next_strip();
  template <class OnStamp, class OnRows>
  void walk(std::span<const float> part, OnStamp on_stamp, OnRows on_rows);
  void check_memory() const;
  void stamp_all();

  BettingTree& tree_;
  const Tables& tables_;
  const DiscountSchedule& discount_;
  int strategy_exponent_;
  std::uint64_t memory_limit_bytes_;

  std::vector<Region> regions_;        // complete trees
  std::vector<Owner> owners_;          // of the source; growing trees
  std::vector<std::uint64_t> strips_;  // of the source, in the order of its tables; growing trees
  std::uint64_t source_floats_ = 0;
  std::uint64_t source_block_ = 0;
  float source_scale_ = 1;  // of its strategy sums, to those of the target

  // How far the table under way has been read.
  std::uint64_t position_ = 0;
  std::uint64_t next_region_ = 0;  // or strip of a growing tree
  std::uint32_t next_in_region_ = 0;
  Strip strip_{};
  std::uint64_t left_in_strip_ = 0;
  DiscountSchedule::RegretFactors factors_{1, 1};
};

}  // namespace holdem
