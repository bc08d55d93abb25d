#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "game/game.hpp"
#include "game/rules.hpp"

// The betting abstraction: the few bet sizes that a strategy may use, out of all legal ones.
namespace holdem {

inline constexpr int kMaxBetSizes =
    kMaxActions - 2;  // in one list; with fold and call, all actions
inline constexpr int kMaxRaiseCap = 100;

enum class BetSizeKind : std::uint8_t {
  pot_fraction,  // raise by `value` times the pot as it stands after calling
  multiple,      // raise to `value` times the bet to match
  all_in,        // `value` is not used
};

struct BetSize {
  BetSizeKind kind = BetSizeKind::all_in;
  double value = 0.0;
};

struct StreetMenu {
  std::vector<BetSize> first;  // while nobody has bet or raised on the street; blinds are not bets
  std::vector<BetSize> later;  // once somebody has
  int raise_cap = 0;           // bets and raises allowed on the street; then only fold and call
};

// One menu per street, checked once so that every use may rely on it.
class BetMenu {
 public:
  // Throws std::invalid_argument naming street, size and range: too many sizes, a fraction or
  // multiple that is not finite and above 0 or 1, a multiple where there is nothing to multiply
  // (first bet after the flop), a raise cap outside 0..kMaxRaiseCap.
  explicit BetMenu(std::array<StreetMenu, kNumStreets> streets);

  const StreetMenu& street(int street) const { return streets_[street]; }

 private:
  std::array<StreetMenu, kNumStreets> streets_;
};

// The legal raise closest to a size, in chips committed on the street: rounded to the nearest chip
// (halves up), lifted to the smallest legal raise and cut to what can be called: the player's stack
// or the largest stack among the others in the hand. Throws std::invalid_argument when the hand is
// over.
//
// Args: state: where raising is legal.
Chips sized_raise(const BetSize& size, const BettingState& state);

using MenuActions = FixedVector<Action, kMaxActions>;

// Returns the actions of the menu at a decision: fold (only when facing a bet), check or call, then
// raises by rising size, all legal (sized_raise) and all different: sizes that become equal are
// offered once. Throws std::invalid_argument when the hand is over.
MenuActions menu_actions(const BettingState& state, const BetMenu& menu);

}  // namespace holdem
