#pragma once

#include "game/enumerated_game.hpp"
#include "game/public_game.hpp"

namespace holdem {

// Kuhn poker for two or more players: one card each from a deck of num_players + 1, an ante of 1
// and one bet of 1. Actions are check/fold = 0 and bet/call = 1.
//
// Source: Kuhn 1950; for more players Abou Risk and Szafron 2010.
class KuhnGame final : public EnumeratedGame, public PublicGame, private BettingRules {
 public:
  explicit KuhnGame(int num_players);

  int num_players() const override { return num_players_; }
  int num_streets() const override { return 1; }
  std::uint32_t num_buckets(int) const override {
    return static_cast<std::uint32_t>(num_players_ + 1);
  }
  const BettingRules& betting() const override { return *this; }
  const PublicGame* public_game() const override { return this; }

  // There are no public cards.
  int num_blockers() const override { return 2 * (num_players_ + 1); }
  void root(PublicState& state, bool symmetric) const override;
  void child(const PublicState&, std::uint32_t, PublicState&) const override {}
  void sample_child(const PublicState&, RandomStream&, PublicState&) const override {}
  void at(std::span<const std::uint8_t> public_cards, PublicState& state) const override;
  std::vector<bool> settles_folds() const override { return {true}; }
  bool buckets_are_private(int) const override { return true; }
  std::uint64_t num_states(int) const override { return 1; }

 private:
  struct State {
    std::int8_t num_acted;  // actions so far
    std::int8_t bettor;     // who bet first, or -1
    std::uint8_t called;    // bit p: player p called the bet
  };
  BettingStateBytes initial() const override;
  BettingNode describe(const BettingStateBytes& state) const override;
  BettingStateBytes after(const BettingStateBytes& state, int action) const override;
  Chips action_code(const BettingStateBytes& state, int action) const override;

  int num_players_;
};

}  // namespace holdem
