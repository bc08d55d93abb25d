#include "game/terminal_values.hpp"

#include "base/vector_width.hpp"

namespace holdem {
namespace {

// The hands of all players, chosen one after the other so that none excludes another.
class ManyPlayers {
 public:
  ManyPlayers(const PublicState& state, int player, int num_players,
              const ChipsPerPlayer& contributions, unsigned folded,
              std::span<const Lanes* const> reach, int lane)
      : state_(state),
        player_(player),
        num_players_(num_players),
        contributions_(contributions),
        folded_(folded),
        reach_(reach),
        lane_(lane) {
    for (std::size_t s = 0; s + 1 < state.strength_begin.size(); ++s) {
      strength_.resize(state.strength_begin[s + 1], static_cast<std::int32_t>(s));
    }
    strength_.resize(state.num_hands());  // before the last street none is needed
  }

  double value(std::uint32_t hand) {
    value_ = 0;
    hands_[player_] = hand;
    choose(0, 1);
    return value_;
  }

 private:
  void choose(int seat, double probability) {
    if (seat == num_players_) {
      Strengths strengths{};
      for (int p = 0; p < num_players_; ++p) strengths[p] = strength_[hands_[p]];
      value_ += probability * settle(contributions_, folded_, num_players_, strengths)[player_];
      return;
    }
    if (seat == player_) return choose(seat + 1, probability);
    for (std::uint32_t hand = 0; hand < state_.num_hands(); ++hand) {
      if (!is_free(seat, hand)) continue;
      hands_[seat] = hand;
      choose(seat + 1, probability * reach_[seat][hand][lane_]);
    }
  }

  bool is_free(int seat, std::uint32_t hand) const {
    for (int p = 0; p < num_players_; ++p) {
      if (p != player_ && p >= seat) continue;
      for (const std::uint8_t mine : state_.blockers[hand]) {
        for (const std::uint8_t theirs : state_.blockers[hands_[p]]) {
          if (mine == theirs) return false;
        }
      }
    }
    return true;
  }

  const PublicState& state_;
  int player_;
  int num_players_;
  const ChipsPerPlayer& contributions_;
  unsigned folded_;
  std::span<const Lanes* const> reach_;
  int lane_;
  std::vector<std::int32_t> strength_;  // [hand]
  std::array<std::uint32_t, kMaxPlayers> hands_{};
  double value_ = 0;
};

}  // namespace

HOLDEM_WIDEST_VECTORS
void fold_values(const PublicState& state, const Lanes* reach, const Lanes& amount, Combine combine,
                 TerminalScratch& scratch, Lanes* values) {
  Blocked<Lanes>& blocked = scratch.blocked;
  switch (combine) {
    case Combine::write:
      return fold_values_of<Combine::write>(state, reach, amount, blocked, values);
    case Combine::add:
      return fold_values_of<Combine::add>(state, reach, amount, blocked, values);
    case Combine::larger:
      return fold_values_of<Combine::larger>(state, reach, amount, blocked, values);
  }
}

HOLDEM_WIDEST_VECTORS
void showdown_values(const PublicState& state, const Lanes* reach, const Lanes& amount,
                     Combine combine, TerminalScratch& scratch, Lanes* values) {
  if (scratch.wins.size() < state.num_hands()) scratch.wins.resize(state.num_hands());
  Lanes* wins = scratch.wins.data();
  Blocked<Lanes>& blocked = scratch.blocked;
  switch (combine) {
    case Combine::write:
      return showdown_values_of<Combine::write>(state, reach, amount, blocked, wins, values);
    case Combine::add:
      return showdown_values_of<Combine::add>(state, reach, amount, blocked, wins, values);
    case Combine::larger:
      return showdown_values_of<Combine::larger>(state, reach, amount, blocked, wins, values);
  }
}

void many_player_values(const PublicState& state, int player, int num_players,
                        const ChipsPerPlayer& contributions, unsigned folded,
                        std::span<const Lanes* const> reach, int lane, Lanes* values) {
  ManyPlayers hands(state, player, num_players, contributions, folded, reach, lane);
  for (std::uint32_t hand = 0; hand < state.num_hands(); ++hand) {
    values[hand].set(lane, hands.value(hand));
  }
}

}  // namespace holdem
