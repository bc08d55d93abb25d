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

// Where a street's walk takes reach probabilities from and puts values: for each group of its
// roots, the hands of the public state before.
struct WalkEnds {
  std::uint32_t num_hands = 0;                    // of the state before
  std::array<const Lanes*, kMaxPlayers> reach{};  // [group][hand]; null: not carried
  Lanes* values = nullptr;                        // [group][hand], added to
};

// A decision of the player whose values a walk is for.
struct WalkDecision {
  int street;
  std::uint32_t group;
  const StreetForest::ShapeNode& node;
  std::uint32_t num_hands;
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
//   int player()             whose values are wanted
//   bool weighs_actions()    at decisions of the player; else the best action counts
//   void enter(const PublicState&, double chance)
//                            chance: probability of all the states that it stands for
//   StrategyRows strategy(int street, std::uint32_t group, int player)
// and on the way up, where actions are weighed, for each group of roots:
//   void begin_group(int street, std::uint32_t group)
//   void value_action(const WalkDecision&, std::uint32_t action, const Lanes* of_action, Lanes*
//   values) void value_decision(const WalkDecision&, const Lanes* own_reach, const Lanes* values)
//   void end_group(int street, std::uint32_t group)
template <class Visitor>
class PublicWalk {
 public:
  // The walk at one street.
  struct Level {
    PublicState state;
    std::array<std::vector<Lanes>, kMaxPlayers> leaf_reach;  // [group of the next street][hand]
    std::vector<Lanes> leaf_values;                          // likewise

    // The ends of the walks of its children.
    WalkEnds ends(Lanes* values) const {
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
        num_players_(forest.tree().num_players()),
        terminals_(game.num_blockers()),
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
    const std::size_t room = this->street(street + 1).groups.size() * here.state.num_hands();
    here.leaf_values.assign(room, Lanes{});
    for (int p = 0; p < num_players_; ++p) {
      if (ends.reach[p]) here.leaf_reach[p].assign(room, Lanes{});
    }
    for (std::uint32_t g = 0; g < this->street(street).groups.size(); ++g) {
      select(street, g);
      down(0, 0, load_reach(ends));
    }
  }

  // The way up through a level whose children have been walked.
  void ascend(int street, const WalkEnds& ends) {
    for (std::uint32_t g = 0; g < this->street(street).groups.size(); ++g) {
      select(street, g);
      visitor_.begin_group(street, g);
      Lanes* values = scratch(0).values.data();
      up(0, 1, load_reach(ends), Combine::write, values);
      visitor_.end_group(street, g);
      store_values(values, ends);
    }
  }

 private:
  using Reach = std::array<const Lanes*, kMaxPlayers>;  // [player][hand]
  using ShapeNode = StreetForest::ShapeNode;
  using Step = StreetForest::Step;

  // Vectors of one depth in a subtree, kept from walk to walk.
  struct Scratch {
    std::vector<Lanes> reach;
    std::vector<Lanes> values;
  };

  const StreetForest::Street& street(int number) const {
    return forest_.streets()[static_cast<std::size_t>(number)];
  }

  void select(int street_number, std::uint32_t group_number) {
    street_ = street_number;
    group_number_ = group_number;
    group_ = &street(street_).groups[group_number];
    shape_ = &street(street_).shapes[group_->shape];
    state_ = &level(street_).state;
    num_hands_ = state_->num_hands();
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

  // Puts the reach probabilities of the group's roots in the order of the state's hands.
  Reach load_reach(const WalkEnds& ends) {
    Reach reach{};
    for (int p = 0; p < num_players_; ++p) {
      if (!ends.reach[p]) continue;
      std::vector<Lanes>& to = root_reach_[p];
      if (to.size() < num_hands_) to.resize(num_hands_);
      gather(num_hands_, state_->hand_in_parent.data(),
             ends.reach[p] + std::size_t{group_number_} * ends.num_hands, to.data());
      reach[p] = to.data();
    }
    return reach;
  }

  // Adds the roots' values to the state before, for each public state that this one stands for.
  void store_values(const Lanes* values, const WalkEnds& ends) const {
    Lanes* to = ends.values + std::size_t{group_number_} * ends.num_hands;
    for (std::uint32_t m = 0; m < state_->num_members; ++m) {
      scatter_add(num_hands_, &state_->hand_in_parent[std::size_t{m} * num_hands_], state_->weight,
                  values, to);
    }
  }

  Reach after(const ShapeNode& node, std::uint32_t action, const Reach& reach, Scratch& here) {
    Reach result = reach;
    if (reach[node.player]) {
      multiply_by_strategy(num_hands_, visitor_.strategy(street_, group_number_, node.player),
                           node.offset + action, reach[node.player], here.reach.data());
      result[node.player] = here.reach.data();
    }
    return result;
  }

  void down(std::uint32_t index, std::size_t depth, const Reach& reach) {
    const ShapeNode& node = shape_->nodes[index];
    if (node.step == Step::leaf) return store_leaf_reach(node.first_child, reach);
    if (node.step != Step::decision) return;
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      down(node.first_child + a, depth + 1, after(node, a, reach, scratch(depth)));
    }
  }

  // The doubles of a root's leaf among the vectors of the next street, kLanes apart.
  double* leaf_place(std::uint32_t leaf, std::uint32_t lane, std::vector<Lanes>& vectors) const {
    const auto [group, of_group] =
        street(street_ + 1).places[group_->first_leaf + leaf * group_->num_roots + lane];
    return reinterpret_cast<double*>(&vectors[std::size_t{group} * num_hands_]) + of_group;
  }

  void store_leaf_reach(std::uint32_t leaf, const Reach& reach) {
    for (int p = 0; p < num_players_; ++p) {
      if (!reach[p]) continue;
      for (std::uint32_t lane = 0; lane < group_->num_roots; ++lane) {
        double* to = leaf_place(leaf, lane, level(street_).leaf_reach[p]);
        for (std::uint32_t h = 0; h < num_hands_; ++h) {
          to[std::size_t{h} * kLanes] = reach[p][h][static_cast<int>(lane)];
        }
      }
    }
  }

  void load_leaf_values(std::uint32_t leaf, Lanes* values) {
    for (std::uint32_t lane = 0; lane < group_->num_roots; ++lane) {
      const double* from = leaf_place(leaf, lane, level(street_).leaf_values);
      for (std::uint32_t h = 0; h < num_hands_; ++h) {
        values[h].set(static_cast<int>(lane), from[std::size_t{h} * kLanes]);
      }
    }
  }

  // Args: how: what becomes of `values` [hand].
  void up(std::uint32_t index, std::size_t depth, const Reach& reach, Combine how, Lanes* values) {
    const ShapeNode& node = shape_->nodes[index];
    const bool is_terminal = node.step == Step::fold || node.step == Step::showdown;
    if (is_terminal && num_players_ == 2) {
      return settle_two_players(index, reach, how, values);
    }
    if (how != Combine::write) {
      Lanes* apart = scratch(depth).values.data();
      up(index, depth + 1, reach, Combine::write, apart);
      return combine_values(num_hands_, how, apart, values);
    }
    if (is_terminal) return settle_many_players(index, reach, values);
    if (node.step == Step::leaf) return load_leaf_values(node.first_child, values);

    const bool own = node.player == visitor_.player();
    const bool weighs = own && visitor_.weighs_actions();
    const Combine further = own ? Combine::larger : Combine::add;
    const WalkDecision decision{street_, group_number_, node, num_hands_};
    Scratch& here = scratch(depth);
    for (std::uint32_t a = 0; a < node.num_actions; ++a) {
      const Reach child_reach = after(node, a, reach, here);
      if (!weighs) {
        up(node.first_child + a, depth + 1, child_reach, a == 0 ? Combine::write : further, values);
        continue;
      }
      up(node.first_child + a, depth + 1, child_reach, Combine::write, here.values.data());
      visitor_.value_action(decision, a, here.values.data(), values);
    }
    if (weighs) visitor_.value_decision(decision, reach[node.player], values);
  }

  void settle_two_players(std::uint32_t index, const Reach& reach, Combine how, Lanes* values) {
    const int player = visitor_.player();
    const Lanes amount = Lanes::of(&group_->amounts[std::size_t{index} * kLanes]);
    if (shape_->nodes[index].step == Step::fold) {
      return fold_values(*state_, reach[1 - player], player == 0 ? amount : -amount, how,
                         terminals_, values);
    }
    showdown_values(*state_, reach[1 - player], amount, how, terminals_, values);
  }

  void settle_many_players(std::uint32_t index, const Reach& reach, Lanes* values) {
    std::fill_n(values, num_hands_, Lanes{});
    const BettingTree& tree = forest_.tree();
    for (std::uint32_t lane = 0; lane < group_->num_roots; ++lane) {
      const Terminal& end = tree.terminal(tree.data()[group_->node(index, lane)]);
      many_player_values(*state_, visitor_.player(), num_players_, end.contributions, end.folded,
                         reach, static_cast<int>(lane), values);
    }
  }

  const PublicGame& game_;
  const StreetForest& forest_;
  Visitor& visitor_;
  int num_players_;
  TerminalScratch terminals_;
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
};

}  // namespace holdem
