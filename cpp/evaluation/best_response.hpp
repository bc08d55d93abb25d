#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "evaluation/strategy_lanes.hpp"
#include "game/public_game.hpp"

namespace holdem {

enum class Play {
  follow,   // the player's own strategy
  respond,  // the best action for every hand of real cards: a best response
};

// The exact value of a game for one player, all others playing fixed strategies: with the player's
// own strategy, or with a best response to theirs. The buckets of a strategy bind those who follow
// it; who responds sees the cards.
//
// The public cards that may come first are the *parts* of the work: each is walked by itself, on
// any number of threads, and leaves sums. What is added to what, and in which order, does not
// depend on the threads, so neither does a bit of the result.
class ExactValue {
 public:
  // Args: strategies: [player]; null is allowed for the player who responds. All must outlive this.
  ExactValue(const PublicGame& game, const StreetForest& forest,
             std::vector<const StrategyLanes*> strategies, int player, Play play);
  ExactValue(ExactValue&&) noexcept;
  ~ExactValue();

  // Number of parts; 0 in a game without public cards.
  std::uint32_t num_parts() const;
  // Walks the next part, the parts before having been added. Returns false, having added nothing,
  // if `stop` became true on the way.
  bool add_part(std::uint32_t part, int num_workers, const std::atomic<bool>& stop);
  // What the parts so far have left, to go on from later.
  std::span<double> sums();
  // The value in chips a hand, once all parts are there.
  double value();

 private:
  class Walks;
  std::unique_ptr<Walks> walks_;
};

// Strategies of all players of a game, made ready for exact values: the betting tree completed, cut
// into streets, and the strategies in its lanes.
class StrategyProfile {
 public:
  // Args: game: that is played; null in `policies` is not allowed. Its betting and its numbers of
  //   buckets must be those of the policies' trees, its public cards may be fewer.
  //   policies: [player].
  //   start: where play begins, a decision; 0: at the root.
  // Throws std::invalid_argument for a game without a public game, another game, policies that do
  // not number the nodes of their trees alike, or a start that is no decision.
  StrategyProfile(std::shared_ptr<const Game> game,
                  const std::vector<const TabularPolicy*>& policies, int num_workers,
                  std::uint32_t start = 0);

  const PublicGame& public_game() const { return *game_->public_game(); }
  const StreetForest& forest() const { return *forest_; }
  int num_players() const { return tree_.num_players(); }
  // What the player is worth, to be walked part by part; must not outlive this.
  // Throws std::invalid_argument where play does not begin at the root.
  ExactValue value(int player, Play play) const;
  // What each hand of the player is worth where play begins, by any reach probabilities there: the
  // player's chips times the probability that the others come there with hands of theirs.
  //
  // Args: public_cards: those dealt before the start. reach: [player][hand of the game's root]; the
  //   player's own is not read.
  // Returns: [hand of the game's root], 0 for those that cannot be held.
  // Throws std::invalid_argument for cards that do not lead to the start's street, and reach
  // probabilities of another number of hands.
  std::vector<double> values_at(std::span<const std::uint8_t> public_cards,
                                const std::vector<std::span<const double>>& reach, int player,
                                Play play) const;

 private:
  std::vector<const StrategyLanes*> strategies() const;

  std::shared_ptr<const Game> game_;
  BettingTree tree_;
  std::unique_ptr<StreetForest> forest_;
  std::vector<std::unique_ptr<StrategyLanes>> lanes_;
};

// How a profile of strategies does, in chips a hand.
struct ProfileValue {
  std::vector<double> value;                // [player], when everyone plays the profile
  std::vector<double> best_response_value;  // [player], when that player alone deviates at best
};

// Exact values and best responses when every player plays `policy`, all at once: for small games.
// Throws std::invalid_argument for a game without a public game.
ProfileValue evaluate_profile(std::shared_ptr<const Game> game, const TabularPolicy& policy);

}  // namespace holdem
