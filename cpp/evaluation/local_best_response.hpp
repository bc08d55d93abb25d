#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "abstraction/holdem_game.hpp"
#include "evaluation/match.hpp"
#include "evaluation/policy.hpp"

namespace holdem {

struct LocalBestResponseOptions {
  std::uint32_t seed = 0;
  // What it may bet or raise by, beside folding and calling.
  std::vector<double> pot_fractions;
  bool all_in = false;
  bool tree_bets = false;  // those of the strategy's own tree
  // [street]: whether it chooses there; where it does not, it checks and calls.
  std::array<bool, kNumStreets> chooses{};
};

// A local best response: plays heads-up hold'em, with any bets, against a strategy that it knows,
// and chooses as if nobody would bet any more after its choice. It knows the probability of each
// hand of the opponent. A call is worth the showdown with all of them; a raise is worth the pot
// against those that fold and the larger showdown against the others; a fold loses what is in the
// pot. It takes the best. What it wins is a lower bound of what a best response wins.
//
// It raises only where the strategy's tree has a raise: whatever the opponent would do about one
// that is beyond its tree, the bound does not rest on it. Its shares of pots before the turn are
// those over some boards only, which may cost it something and never makes the bound wrong.
//
// The opponent's cards are never drawn. A deal is the player's cards and the board; the opponent
// acts by the probability of each action given all that, so its hand is distributed as if it had
// been dealt. A hand is worth its expected payoff over all those hands: folds count with their
// probability while the play goes on with the rest, showdowns are held against all hands, and for
// an all-in on the turn against all rivers. Nothing of that changes the mean.
//
// Source: Lisy and Bowling 2017, "Equilibrium Approximation Quality of Current No-Limit Poker
// Bots". Differs: payoffs are expected values; where bets are translated at random
// (tree_position.hpp), it keeps both meanings in mind.
class LocalBestResponse {
 public:
  // Args: policy: of heads-up hold'em in a complete tree; must outlive this.
  // Throws std::invalid_argument for another game, or a fraction that is not above 0.
  LocalBestResponse(const TabularPolicy& policy, LocalBestResponseOptions options);

  // Plays the deals [first_deal, first_deal + num_deals) of the seed, each from both seats: the
  // cards are those of a match of that seed, and what either player holds there it holds here.
  // Returns its chips a hand; what a deal comes to is the mean over its two hands. A deal depends
  // on nothing but seed and number.
  MatchTally play(std::uint64_t first_deal, std::uint64_t num_deals) const;
  // Its expected chips in one seat of one deal.
  double hand_value(std::uint64_t deal, int seat) const;

 private:
  class Table;

  const TabularPolicy& policy_;
  const HoldemGame& game_;
  LocalBestResponseOptions options_;
  // [pair, pair]: what the first wins of a pot before the flop; empty where it does not choose.
  std::vector<float> preflop_shares_;
};

}  // namespace holdem
