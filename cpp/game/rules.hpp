#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

#include "cards/card.hpp"
#include "game/fixed_vector.hpp"

// The rules of no-limit hold'em, without the cards: who acts, what is legal, who is paid.
//
// Seats. Players are numbered in the order in which they act after the flop: player 0 sits to the
// left of the button and the last player is the button.
//   3 to 6 players: 0 = small blind, 1 = big blind, 2 acts first preflop, last = button.
//   heads-up:       0 = big blind, 1 = button and small blind, acts first preflop and last after.
//
// Choices where card rooms differ (they follow the Tournament Directors Association):
//   - A player who has acted on a street may raise again only when the amount to call is at least
//     a full bet or raise, be it from one wager or from several short all-ins together.
//   - The smallest raise is the largest full bet or raise of the street, at least the big blind. A
//     short all-in moves the bet to match, not the size of the smallest raise.
//   - Odd chips of a pot go to its winner closest to the left of the button.
//   - A fold is legal only when facing a bet.
namespace holdem {

using Chips = std::int32_t;

inline constexpr int kMaxPlayers = 6;
// Keeps the sum of all stacks, and twice a pot, inside `Chips`.
inline constexpr Chips kMaxStack = 100'000'000;

// What the players sit down to; all amounts in chips.
struct Rules {
  int num_players = 2;
  Chips small_blind = 1;
  Chips big_blind = 2;
  Chips ante = 0;  // posted by every player, before and apart from the blinds
  std::array<Chips, kMaxPlayers> stacks{};

  int button() const { return num_players - 1; }
  int small_blind_player() const { return num_players == 2 ? 1 : 0; }
  int big_blind_player() const { return num_players == 2 ? 0 : 1; }
};

// Throws std::invalid_argument naming field, value and range. Every stack must cover the ante and
// the big blind, wherever the player sits.
void validate(const Rules& rules);

enum class ActionType : std::uint8_t { fold, call, raise };  // call: also check; raise: also bet

struct Action {
  ActionType type = ActionType::call;
  Chips raise_to = 0;  // chips committed on this street after a raise; 0 for the other types

  bool operator==(const Action&) const = default;
};

// What the player to act may do. Checking or calling is always allowed.
struct LegalActions {
  bool can_fold = false;
  bool can_raise = false;
  Chips call_chips = 0;    // chips added by a call, 0 for a check; less than the bet if all-in
  Chips min_raise_to = 0;  // equals max_raise_to if only a short all-in is left
  Chips max_raise_to = 0;  // all-in
};

// The betting of one hand up to now: a small value, copied freely.
class BettingState {
 public:
  // Posts antes and blinds. Throws std::invalid_argument if `rules` are not valid.
  explicit BettingState(const Rules& rules);

  int num_players() const { return num_players_; }

  // The street of the decision or, once the hand is over, the last one that had betting. A showdown
  // before the river is an all-in: the rest of the board is dealt without another decision.
  int street() const { return street_; }

  // True when one player is left, when the river's betting is closed, or when at most one player
  // has chips left to bet. Nobody is asked to act where checking is all that could be done.
  bool is_over() const { return to_act_ == kNobody; }
  bool is_showdown() const { return is_over() && std::popcount(in_hand_mask()) > 1; }

  // The player to act; -1 when the hand is over.
  int player_to_act() const { return is_over() ? -1 : to_act_; }

  // Throws std::invalid_argument when the hand is over.
  LegalActions legal_actions() const;

  // Returns the state after `action`. Throws std::invalid_argument if the action is not legal.
  [[nodiscard]] BettingState apply(Action action) const;

  // Chips put in by `player` during the whole hand, ante included. An uncalled bet has gone back
  // to its player by the time the hand is over.
  Chips contribution(int player) const { return earlier_[player] + bet_[player]; }
  Chips street_bet(int player) const { return bet_[player]; }
  Chips stack(int player) const { return stack_[player]; }
  Chips pot() const;  // all contributions

  Chips current_bet() const { return current_bet_; }  // the street bet to match
  // Voluntary bets and raises on this street; blinds are not counted. Stays at 255 beyond it.
  int num_raises() const { return num_raises_; }

  bool is_folded(int player) const { return folded_ >> player & 1; }
  bool is_all_in(int player) const { return !is_folded(player) && stack_[player] == 0; }
  std::uint8_t folded_mask() const { return folded_; }  // bit i: player i has folded
  std::uint8_t all_in_mask() const;
  std::uint8_t in_hand_mask() const {
    return static_cast<std::uint8_t>(((1 << num_players_) - 1) & ~folded_);
  }

 private:
  static constexpr std::uint8_t kNobody = 0xff;

  bool has_acted(int player) const { return acted_ >> player & 1; }
  std::uint8_t can_bet_mask() const;
  bool must_act(int player) const;
  bool can_be_called_above(int player, Chips bet) const;
  void require_legal(Action action) const;
  void put_in(int player, Chips chips);
  void raise_to(int player, Chips bet);
  void pass_action_on(int from);
  void begin_next_street();
  void finish();

  std::array<Chips, kMaxPlayers> stack_{};    // behind
  std::array<Chips, kMaxPlayers> bet_{};      // on this street
  std::array<Chips, kMaxPlayers> earlier_{};  // ante and earlier streets
  Chips big_blind_;
  Chips current_bet_;
  Chips min_raise_;  // the largest full bet or raise of the street, at least the big blind
  std::uint8_t num_players_;
  std::uint8_t street_ = 0;
  std::uint8_t to_act_ = kNobody;
  std::uint8_t folded_ = 0;
  std::uint8_t acted_ = 0;  // on this street
  std::uint8_t num_raises_ = 0;
};

static_assert(std::is_trivially_copyable_v<BettingState> && sizeof(BettingState) <= 128);

struct Pot {
  Chips chips = 0;
  std::uint8_t eligible = 0;  // bit i: player i can win it
};

// The main pot and then the side pots, each with fewer eligible players than the one before.
FixedVector<Pot, kMaxPlayers> side_pots(const BettingState& state);

// Returns the net chips won by each player; they sum to zero, and seats beyond num_players are 0.
//
// strengths: [num_players], a higher hand is better, equal hands split; folded players' entries are
// not read, and none is when everyone else folded. Throws std::invalid_argument if the hand is not
// over or a showdown lacks strengths.
std::array<Chips, kMaxPlayers> payoffs(const BettingState& state,
                                       std::span<const std::int32_t> strengths);

}  // namespace holdem
