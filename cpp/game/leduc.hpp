#pragma once

#include "game/enumerated_game.hpp"
#include "game/public_game.hpp"

namespace holdem {

// Leduc hold'em for two players, parametrised: `num_ranks` x `num_suits` cards, one private card
// each, one board card after the first street, an ante of 1, fixed raises of 2 and 4 chips, at most
// `max_raises` bets and raises a street. The classic game is 3 ranks, 2 suits, 2 raises.
//
// Suits never matter, so deals are listed by rank: buckets are the rank on the first street and
// (rank, board rank) on the second.
// Source: Southey et al. 2005, "Bayes' bluff".
class LeducGame final : public EnumeratedGame, public PublicGame, private BettingRules {
 public:
  LeducGame(int num_ranks, int num_suits, int max_raises);

  int num_players() const override { return 2; }
  int num_streets() const override { return 2; }
  std::uint32_t num_buckets(int street) const override {
    const auto ranks = static_cast<std::uint32_t>(num_ranks_);
    return street == 0 ? ranks : ranks * ranks;
  }
  const BettingRules& betting() const override { return *this; }
  const PublicGame* public_game() const override { return this; }

  // Hands are cards, rank * num_suits + suit; the board is one, of any suit.
  int num_blockers() const override { return 2 * num_cards(); }
  void root(PublicState& state, bool symmetric) const override;
  void child(const PublicState& parent, std::uint32_t which, PublicState& state) const override;
  void sample_child(const PublicState& parent, RandomStream& random,
                    PublicState& state) const override;
  void at(std::span<const std::uint8_t> public_cards, PublicState& state) const override;
  std::vector<bool> settles_folds() const override { return {true, true}; }
  bool buckets_are_private(int) const override { return true; }
  std::uint64_t num_states(int street) const override {
    return street == 0 ? 1 : static_cast<std::uint64_t>(num_ranks_);
  }

 private:
  struct State {
    std::uint8_t street = 0;
    std::uint8_t player = 0;
    std::uint8_t num_raises = 0;  // this street
    bool checked = false;         // a check opened this street
    std::uint8_t folded = 0;      // bit p
    bool over = false;
    std::array<Chips, 2> paid = {1, 1};
  };
  BettingStateBytes initial() const override;
  BettingNode describe(const BettingStateBytes& state) const override;
  BettingStateBytes after(const BettingStateBytes& state, int action) const override;
  Chips action_code(const BettingStateBytes& state, int action) const override;

  int num_cards() const { return num_ranks_ * num_suits_; }
  // The state after a board card that stands for `num_members` cards of its rank, itself the first.
  void board_state(std::uint16_t board, std::uint32_t num_members, PublicState& state) const;

  int num_ranks_;
  int num_suits_;
  int max_raises_;
};

}  // namespace holdem
