#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cfr/vector_memory.hpp"
#include "game/public_game.hpp"
#include "tree/hand_parts.hpp"
#include "tree/hand_rows.hpp"
#include "tree/street_forest.hpp"

namespace holdem {

// A board that was dealt, and the betting tree as it is walked on it: sixteen equal subtrees side
// by side, in groups, street by street.
class SampledBoard {
 public:
  // Neighbouring lanes of a leaf that are neighbours among the roots of the next street, too.
  struct LaneRun {
    std::uint32_t lane;
    std::uint32_t count;
    std::uint32_t to_group;
    std::uint32_t to_lane;
    std::uint32_t to_width;
  };

  // What is dealt of a street.
  struct Dealt {
    PublicState state;
    HandRows hands;
    double chance = 0;      // of the public cards, times what makes up for their being sampled
    HandParts showdowns;    // settled on the last street
    HandParts early_folds;  // before the last street: settled here or on the next one
                            // (PublicGame::settles_folds)
  };

  // A street of the board.
  struct Level : Dealt {
    // What passes to the next street: the reach probabilities of each player. The values of a
    // player's hands come back in the place of that player's.
    std::array<GroupVectors, 2> passed;
    // The same for all boards.
    const StreetForest::Street* street = nullptr;
    std::vector<std::vector<std::vector<LaneRun>>> leaf_runs;      // [group][leaf]
    std::vector<std::vector<FloatLanes<kMaxFloatLanes>>> amounts;  // [group][node, lane]: chips
    std::vector<std::uint32_t> order;  // groups, those that take longest first
    std::size_t longest_path = 0;      // the most actions on a path through a shape
    bool is_last = false;

    const HandParts& folds() const { return is_last ? showdowns : early_folds; }
  };

  // Args: tree: laid out as lane_rows.
  SampledBoard(const BettingTree& tree, const PublicGame& game);
  SampledBoard(const SampledBoard&) = delete;
  SampledBoard& operator=(const SampledBoard&) = delete;

  // Deals another board beside this one, which others may be walking.
  void deal_next(RandomStream random);
  // Goes on to the board that deal_next() has dealt.
  void take_next();

  const BettingTree& tree() const { return forest_.tree(); }
  std::size_t num_streets() const { return levels_.size(); }
  std::size_t last() const { return levels_.size() - 1; }
  Level& level(std::size_t street) { return levels_[street]; }
  const Level& level(std::size_t street) const { return levels_[street]; }
  // Nodes of the betting tree.
  std::uint64_t num_nodes() const { return num_nodes_; }
  // Floats that the walk of a group takes at most.
  std::size_t walk_floats() const;
  // Floats that pass between streets.
  std::uint64_t passed_floats() const;

 private:
  void prepare(std::size_t street);
  void find_parts(std::vector<Dealt>& dealt) const;
  std::vector<std::vector<LaneRun>> leaf_runs(std::size_t street,
                                              const StreetForest::Group& group) const;

  const PublicGame& game_;
  std::vector<bool> settles_folds_;
  StreetForest forest_;
  std::vector<Level> levels_;  // [street]
  std::vector<Dealt> next_;    // [street]
  std::uint64_t num_nodes_ = 0;
};

}  // namespace holdem
