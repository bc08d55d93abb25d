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
//     real pot against theirs of the tree's pot. All-in is taken for all-in.
//   - A fold and a call in the tree are a fold and a call. All-in is all-in. Another raise is the
//     same fraction of the real pot, made legal; a call where no raise is legal.
// So players and streets are the same in both, until one of them is over: whoever believes the hand
// to be over, since all chips are in, checks and calls.
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

// What a real action is taken for. Nothing for a raise where the tree has none.
FixedVector<TakenFor, 2> taken_for(const BettingTree& tree, const TreePosition& at,
                                   const BettingState& real, Action action);

}  // namespace holdem
