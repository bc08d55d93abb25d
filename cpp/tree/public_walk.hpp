#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "game/public_game.hpp"
#include "game/terminal_values.hpp"
#include "tree/hand_vectors.hpp"
#include "tree/street_forest.hpp"

namespace holdem {

// Where a street's walk takes reach probabilities from and puts values: arrays by root of the
// street and hand of the public state before it.
struct WalkEnds {
  std::uint32_t num_hands = 0;                     // of the state before
  std::array<const double*, kMaxPlayers> reach{};  // [root][hand]; null: not carried
  double* values = nullptr;                        // [root][hand], added to
};

// Walks all betting and all public cards of a game for the values of one player's hands. A value is
// the player's chips times the probability that the others come there with hands of theirs and,
// from the state on, the public cards; what led to the state is left out.
//
// Each public state is made once. On it, the subtrees of all roots of the street are walked: down,
// which leaves reach probabilities where the street ends; then the states of the next street; then
// up with their values. On the last street, up is all there is.
//
// `Visitor` says what happens at decisions:
//   int player()                          whose values are wanted
//   void enter(const PublicState&, double chance)
//                                         chance: probability of all the states that it stands for
//   StrategyRows strategy(int street, std::uint32_t group, int player)
//   void begin_group(int street, std::uint32_t group), end_group(likewise)    on the way up
//   bool weighs_actions()                 whether value_action() is called for the first action,
//   too;
//                                         else values are those of the first action to begin with
//   void value_action(const Decision&, std::uint32_t action, const Lanes* of_action, Lanes* values)
//   void value_decision(const Decision&, const Lanes* own_reach, const Lanes* values)
//                                         at decisions of the player: action by action, then all
template <class Visitor>
class PublicWalk {
 public:
  // A decision of the walk's own player.
  struct Decision {
    int street;
    std::uint32_t group;
    const StreetForest::ShapeNode& node;
    std::uint32_t num_hands;
  };
  // The walk at one street.
  struct Level {
    PublicState state;
    std::array<std::vector<double>, kMaxPlayers> leaf_reach;  // [root of the next street][hand]
    std::vector<double> leaf_values;                          // likewise

    // The ends of the walks of its children.
    WalkEnds ends(double* values) const {
      WalkEnds ends{state.num_hands(), {}, values};
      for (std::size_t p = 0; p < leaf_reach.size(); ++p) {
        if (!leaf_reach[p].empty()) ends.reach[p] = leaf_reach[p].data();
      }
      return ends;
    }
  };

  PublicWalk(const PublicGame& game, const StreetForest& forest, Visitor& visitor)
      : game_(game),
        forest_(forest),
        visitor_(visitor),
        blocked_(game.num_blockers()),
        levels_(forest.streets().size()) {}

  Level& level(int street) { return levels_[static_cast<std::size_t>(street)]; }
  bool is_last(int street) const { return street + 1 == static_cast<int>(levels_.size()); }

  // Walks the state of a level, which the caller has set, and all below it.
  void walk(int street, const WalkEnds& ends, double chance) {
    descend(street, ends, chance);
    Level& here = level(street);
    for (std::uint32_t c = 0; c < here.state.num_children && !is_last(street); ++c) {
      PublicState& child = level(street + 1).state;
      game_.child(here.state, c, child);
      walk(street + 1, here.ends(here.leaf_values.data()),
           chance * child.weight * child.num_members);
    }
    ascend(street, ends);
  }

  // The way down through a level, after which it has ends for its children.
  void descend(int street, const WalkEnds& ends, double chance) {
    Level& here = level(street);
    visitor_.enter(here.state, chance);
    if (is_last(street)) return;
    const std::size_t num_leaves = forest_.streets()[street + 1].num_roots;
    here.leaf_values.assign(num_leaves * here.state.num_hands(), 0.0);
    for (int p = 0; p < forest_.tree().num_players(); ++p) {
      if (ends.reach[p]) here.leaf_reach[p].resize(num_leaves * here.state.num_hands());
    }
    for (std::uint32_t g = 0; g < forest_.streets()[street].groups.size(); ++g) {
      select(street, g);
      down(0, 0, load_reach(ends));
    }
  }

  // The way up through a level whose children have been walked.
  void ascend(int street, const WalkEnds& ends) {
    for (std::uint32_t g = 0; g < forest_.streets()[street].groups.size(); ++g) {
      select(street, g);
      visitor_.begin_group(street, g);
      Lanes* values = scratch(0).values.data();
      up(0, 1, load_reach(ends), values);
      visitor_.end_group(street, g);
      store_values(values, ends);
    }
  }

 private:
  using Reach = std::array<const Lanes*, kMaxPlayers>;  // [player][hand]
  using Step = StreetForest::Step;

  // Vectors of one depth in a subtree, kept from walk to walk.
  struct Scratch {
    std::vector<Lanes> reach;
    std::vector<Lanes> values;
  };

  void select(int street, std::uint32_t group) {
    street_ = street;
    group_number_ = group;
    const auto& of = forest_.streets()[static_cast<std::size_t>(street)];
    group_ = &of.groups[group];
    shape_ = &of.shapes[group_->shape];
    state_ = &level(street).state;
    num_hands_ = state_->num_hands();
    first_leaf_ = of.first_leaf.data();
  }

  Scratch& scratch(std::size_t depth) {
    while (scratch_.size() <= depth) scratch_.emplace_back(std::make_unique<Scratch>());
    Scratch& found = *scratch_[depth];
    if (found.reach.size() < num_hands_) {
      found.reach.resize(num_hands_);
      found.values.resize(num_hands_);
    }
    return found;
  }

  // Puts the reach probabilities of the group's roots into lanes.
  Reach load_reach(const WalkEnds& ends) {
    Reach reach{};
    for (int p = 0; p < forest_.tree().num_players(); ++p) {
      if (!ends.reach[p]) continue;
      std::vector<Lanes>& lanes = root_reach_[p];
      if (lanes.size() < num_hands_) lanes.resize(num_hands_);
      for (int lane = 0; lane < kLanes; ++lane) {
        const double* from = ends.reach[p] + std::size_t{group_->roots[lane]} * ends.num_hands;
        double* to = reinterpret_cast<double*>(lanes.data()) + lane;
        for (std::uint32_t h = 0; h < num_hands_; ++h) {
          to[std::size_t{h} * kLanes] = from[state_->hand_in_parent[h]];
        }
      }
      reach[p] = lanes.data();
    }
    return reach;
  }

  // Adds a root's values to the state before, for each public state that this one stands for.
  void store_values(const Lanes* values, const WalkEnds& ends) const {
    for (std::uint32_t lane = 0; lane < group_->num_roots; ++lane) {
      double* to = ends.values + std::size_t{group_->roots[lane]} * ends.num_hands;
      const double* from = reinterpret_cast<const double*>(values) + lane;
      for (std::uint32_t m = 0; m < state_->num_members; ++m) {
        const std::uint16_t* place = &state_->hand_in_parent[std::size_t{m} * num_hands_];
        for (std::uint32_t h = 0; h < num_hands_; ++h) {
          to[place[h]] += state_->weight * from[std::size_t{h} * kLanes];
        }
      }
    }
  }

  Reach after(const StreetForest::ShapeNode& node, std::uint32_t action, const Reach& reach,
              Scratch& level) {
    Reach result = reach;
    if (reach[node.player]) {
      multiply_by_strategy(num_hands_, visitor_.strategy(street_, group_number_, node.player),
                           node.offset + action, reach[node.player], level.reach.data());
      result[node.player] = level.reach.data();
    }
    return result;
  }

  void down(std::uint32_t index, std::size_t depth, const Reach& reach) {
    const StreetForest::ShapeNode& node = shape_->nodes[index];
    if (node.step == Step::leaf) return store_leaf_reach(node.first_child, reach);
    if (node.step != Step::decision) return;
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      down(node.first_child + a, depth + 1, after(node, a, reach, scratch(depth)));
    }
  }

  void store_leaf_reach(std::uint32_t leaf, const Reach& reach) {
    for (int p = 0; p < forest_.tree().num_players(); ++p) {
      if (!reach[p]) continue;
      for (std::uint32_t lane = 0; lane < group_->num_roots; ++lane) {
        double* to = level(street_).leaf_reach[p].data() + leaf_place(leaf, lane);
        const double* from = reinterpret_cast<const double*>(reach[p]) + lane;
        for (std::uint32_t h = 0; h < num_hands_; ++h) to[h] = from[std::size_t{h} * kLanes];
      }
    }
  }

  void load_leaf_values(std::uint32_t leaf, Lanes* values) {
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const std::uint32_t used = std::min(lane, group_->num_roots - 1);
      const double* from = level(street_).leaf_values.data() + leaf_place(leaf, used);
      double* to = reinterpret_cast<double*>(values) + lane;
      for (std::uint32_t h = 0; h < num_hands_; ++h) to[std::size_t{h} * kLanes] = from[h];
    }
  }

  std::size_t leaf_place(std::uint32_t leaf, std::uint32_t lane) const {
    return std::size_t{first_leaf_[group_->roots[lane]] + leaf} * num_hands_;
  }

  void up(std::uint32_t index, std::size_t depth, const Reach& reach, Lanes* values) {
    const StreetForest::ShapeNode& node = shape_->nodes[index];
    if (node.step == Step::leaf) return load_leaf_values(node.first_child, values);
    if (node.step != Step::decision) return settle_terminal(index, reach, values);
    const bool own = node.player == visitor_.player();
    const Decision decision{street_, group_number_, node, num_hands_};
    Scratch& below = scratch(depth);
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      const Reach child_reach = after(node, a, reach, below);
      const bool in_place = a == 0 && !(own && visitor_.weighs_actions());
      Lanes* of_action = in_place ? values : below.values.data();
      up(node.first_child + a, depth + 1, child_reach, of_action);
      if (in_place) continue;
      if (own) {
        visitor_.value_action(decision, a, of_action, values);
      } else {
        add(num_hands_, of_action, values);
      }
    }
    if (own) visitor_.value_decision(decision, reach[node.player], values);
  }

  void settle_terminal(std::uint32_t index, const Reach& reach, Lanes* values) {
    const int player = visitor_.player();
    const bool is_fold = shape_->nodes[index].step == Step::fold;
    if (forest_.tree().num_players() == 2) {
      const Lanes amount = group_->amounts[index];
      if (is_fold) {
        return fold_values(*state_, reach[1 - player], player == 0 ? amount : -amount, blocked_,
                           values);
      }
      return showdown_values(*state_, reach[1 - player], amount, blocked_, values);
    }
    std::fill_n(values, num_hands_, Lanes{});
    for (std::uint32_t lane = 0; lane < group_->num_roots; ++lane) {
      const BettingTree& tree = forest_.tree();
      const Terminal& end = tree.terminal(tree.data()[group_->nodes[index][lane]]);
      many_player_values(*state_, player, tree.num_players(), end.contributions, end.folded, reach,
                         static_cast<int>(lane), values);
    }
  }

  const PublicGame& game_;
  const StreetForest& forest_;
  Visitor& visitor_;
  Blocked<Lanes> blocked_;
  std::vector<Level> levels_;
  std::vector<std::unique_ptr<Scratch>> scratch_;  // [depth]
  std::array<std::vector<Lanes>, kMaxPlayers> root_reach_;
  // Where the walk is.
  int street_ = 0;
  std::uint32_t group_number_ = 0;
  const StreetForest::Group* group_ = nullptr;
  const StreetForest::Shape* shape_ = nullptr;
  const PublicState* state_ = nullptr;
  std::uint32_t num_hands_ = 0;
  const std::uint32_t* first_leaf_ = nullptr;
};

}  // namespace holdem
