#pragma once

#include "base/fixed_vector.hpp"
#include "game/bet_menu.hpp"
#include "tree/betting_tree.hpp"

namespace holdem {

// Where somebody who knows only a betting tree believes a hand to be that is played with any bets.
//
// What has been put in the real pot and what the tree says was put in differ once a bet was taken
// for another one. Chips are always those of the real hand; the tree only says what is decided:
//   - A real raise is taken for one of the tree's (game/translation.hpp), by its fraction of the
//     real pot against theirs of the tree's pot, or, if it is a small one, for none: a call is a
//     raise by nothing. All-in is taken for all-in.
//   - A fold and a call in the tree are a fold and a call. All-in is all-in. Another raise is the
//     same fraction of the real pot, made legal; a call where no raise is legal.
// So players and streets are the same in both, but for two cases, and in both (calls_anything) all
// that is left is to check and call: in the tree all chips are in and the hand is over; or a raise
// was taken for a call that ended the street.
struct TreePosition {
  std::uint32_t node = 0;
  BettingState betting;  // as the tree has it
};

// One of the tree's actions that a real one may be taken for.
struct TakenFor {
  int action = 0;
  double probability = 0;
};

TreePosition root_position(const Rules& rules);
TreePosition next_position(const BettingTree& tree, const TreePosition& from, int action);

// The number of the first raise of a decision; the number of actions where it has none.
int first_raise(const BettingTree& tree, std::uint32_t node);

// What a decision's action means in the real hand.
Action in_chips(const BettingTree& tree, const TreePosition& at, int action,
                const BettingState& real);

// Whether the one who is to act in the real hand has nothing to decide in the tree.
bool calls_anything(const TreePosition& at, const BettingState& real);

// What a real action is taken for: one of the tree's actions, or two neighbours. A raise where the
// tree has none is taken for a call.
FixedVector<TakenFor, 2> taken_for(const BettingTree& tree, const TreePosition& at,
                                   const BettingState& real, Action action);

}  // namespace holdem
