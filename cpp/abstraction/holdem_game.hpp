#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "abstraction/bucket_map.hpp"
#include "abstraction/holdem_public_game.hpp"
#include "cards/deck.hpp"
#include "cards/weighted_flop.hpp"
#include "game/bet_menu.hpp"
#include "game/game.hpp"
#include "game/rules.hpp"

namespace holdem {

// No-limit hold'em as the solver trains it: bets from a menu, hands in buckets, real showdowns. It
// may be played with fewer ranks, and on chosen flops only.
class HoldemGame final : public Game, private BettingRules {
 public:
  // Args: flops: what the flop is drawn from, whatever the players hold; none: all flops of the
  // deck. Throws std::invalid_argument for buckets that are missing or of another deck, a deck too
  // small for the players, and flops with cards that are not in the deck or come twice, a weight
  // that is not positive, or weights that do not sum to 1.
  HoldemGame(const Rules& rules, BetMenu menu, std::shared_ptr<const BucketMap> buckets,
             const Deck& deck = {}, std::vector<WeightedFlop> flops = {});

  const Rules& rules() const { return rules_; }
  const Deck& deck() const { return deck_; }
  std::span<const WeightedFlop> flops() const { return flops_; }
  const BucketMap& buckets() const { return *buckets_; }

  int num_players() const override { return rules_.num_players; }
  int num_streets() const override { return kNumStreets; }
  std::uint32_t num_buckets(int street) const override { return buckets_->num_buckets(street); }
  const BettingRules& betting() const override { return *this; }
  // For two players.
  const PublicGame* public_game() const override {
    return rules_.num_players == 2 ? &*public_game_ : nullptr;
  }
  void sample_deal(RandomStream& random, Deal& deal) const override;

  // The cards of a deal: the board, then two for each player.
  static constexpr int kBoard = kBoardCards[kNumStreets - 1];
  using DealtCards = std::array<Card, kBoard + 2 * kMaxPlayers>;
  // Draws the cards that sample_deal() would, and nothing else from the stream.
  DealtCards draw_cards(RandomStream& random) const;

 private:
  void check_flops() const;
  void draw_flop(RandomStream& random, Card flop[3]) const;
  BettingStateBytes initial() const override;
  BettingNode describe(const BettingStateBytes& state) const override;
  BettingStateBytes after(const BettingStateBytes& state, int action) const override;
  Chips action_code(const BettingStateBytes& state, int action) const override;

  Rules rules_;
  BetMenu menu_;
  std::shared_ptr<const BucketMap> buckets_;
  Deck deck_;
  std::vector<WeightedFlop> flops_;
  std::optional<HoldemPublicGame> public_game_;
  std::vector<double> weights_up_to_;  // [flop]: sum of the weights of it and those before
};

}  // namespace holdem
