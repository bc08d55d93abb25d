#pragma once

#include <memory>

#include "abstraction/bucket_map.hpp"
#include "game/bet_menu.hpp"
#include "game/game.hpp"
#include "game/rules.hpp"

namespace holdem {

// No-limit hold'em as the solver trains it: bets from a menu, hands in buckets, real showdowns.
class HoldemGame final : public Game, private BettingRules {
 public:
  HoldemGame(const Rules& rules, BetMenu menu, std::shared_ptr<const BucketMap> buckets);

  int num_players() const override { return rules_.num_players; }
  int num_streets() const override { return kNumStreets; }
  std::uint32_t num_buckets(int street) const override { return buckets_->num_buckets(street); }
  const BettingRules& betting() const override { return *this; }
  void sample_deal(RandomStream& random, Deal& deal) const override;

 private:
  BettingStateBytes initial() const override;
  BettingNode describe(const BettingStateBytes& state) const override;
  BettingStateBytes after(const BettingStateBytes& state, int action) const override;
  Chips action_code(const BettingStateBytes& state, int action) const override;

  Rules rules_;
  BetMenu menu_;
  std::shared_ptr<const BucketMap> buckets_;
};

}  // namespace holdem
