#include "game/bet_menu.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace holdem {
namespace {

constexpr const char* kStreetNames[kNumStreets] = {"preflop", "flop", "turn", "river"};

template <class Value>
[[noreturn]] void refuse(const std::string& field, const Value& value, const std::string& allowed) {
  std::ostringstream message;
  message << field << " is " << value << "; allowed: " << allowed;
  throw std::invalid_argument(message.str());
}

void validate_sizes(const std::string& field, const std::vector<BetSize>& sizes,
                    bool has_bet_to_match) {
  if (sizes.size() > static_cast<std::size_t>(kMaxBetSizes)) {
    refuse(field + " count", sizes.size(), "at most " + std::to_string(kMaxBetSizes) + " sizes");
  }
  for (const BetSize& size : sizes) {
    if (size.kind == BetSizeKind::all_in) continue;
    if (size.kind == BetSizeKind::multiple && !has_bet_to_match) {
      refuse(field + " size", std::to_string(size.value) + "x",
             "pot fractions and all-in, as there is no bet to multiply");
    }
    const double low = size.kind == BetSizeKind::multiple ? 1.0 : 0.0;
    if (!std::isfinite(size.value) || size.value <= low) {
      refuse(field + " size", size.value, low == 0.0 ? "above 0" : "above 1, as a multiple");
    }
  }
}

// The largest street bet that another player in the hand can match.
Chips largest_callable_bet(const BettingState& state, int player) {
  Chips largest = 0;
  for (int other = 0; other < state.num_players(); ++other) {
    if (other == player || state.is_folded(other)) continue;
    largest = std::max(largest, state.street_bet(other) + state.stack(other));
  }
  return largest;
}

// The street bet that `size` asks for, before any repair; may exceed every stack.
double wanted_raise_to(const BetSize& size, const BettingState& state, const LegalActions& legal) {
  const double current = state.current_bet();
  switch (size.kind) {
    case BetSizeKind::pot_fraction:
      return current + size.value * (static_cast<double>(state.pot()) + legal.call_chips);
    case BetSizeKind::multiple:
      return size.value * current;
    case BetSizeKind::all_in:
      break;
  }
  return legal.max_raise_to;
}

// The largest raise that is of any use.
Chips highest_raise_to(const BettingState& state, const LegalActions& legal) {
  const Chips callable = largest_callable_bet(state, state.player_to_act());
  return std::max(legal.min_raise_to, std::min(legal.max_raise_to, callable));
}

Chips sized_raise(const BetSize& size, const BettingState& state, const LegalActions& legal,
                  Chips highest) {
  const double wanted = std::min<double>(wanted_raise_to(size, state, legal), highest);
  return std::max(legal.min_raise_to, static_cast<Chips>(std::floor(wanted + 0.5)));
}

}  // namespace

BetMenu::BetMenu(std::array<StreetMenu, kNumStreets> streets) : streets_(std::move(streets)) {
  for (int street = 0; street < kNumStreets; ++street) {
    const std::string name = kStreetNames[street];
    const StreetMenu& menu = streets_[street];
    validate_sizes(name + " first", menu.first, /*has_bet_to_match=*/street == 0);
    validate_sizes(name + " later", menu.later, /*has_bet_to_match=*/true);
    if (menu.raise_cap < 0 || menu.raise_cap > kMaxRaiseCap) {
      refuse(name + " raise_cap", menu.raise_cap, "0 to " + std::to_string(kMaxRaiseCap));
    }
  }
}

Chips sized_raise(const BetSize& size, const BettingState& state) {
  const LegalActions legal = state.legal_actions();
  return sized_raise(size, state, legal, highest_raise_to(state, legal));
}

MenuActions menu_actions(const BettingState& state, const BetMenu& menu) {
  const LegalActions legal = state.legal_actions();
  MenuActions actions;
  if (legal.can_fold) actions.push_back({ActionType::fold, 0});
  actions.push_back({ActionType::call, 0});

  const StreetMenu& street = menu.street(state.street());
  if (!legal.can_raise || state.num_raises() >= street.raise_cap) return actions;

  const Chips highest = highest_raise_to(state, legal);
  std::vector<Chips> raises;
  for (const BetSize& size : state.num_raises() == 0 ? street.first : street.later) {
    raises.push_back(sized_raise(size, state, legal, highest));
  }
  std::sort(raises.begin(), raises.end());
  const auto last = std::unique(raises.begin(), raises.end());
  for (auto raise = raises.begin(); raise != last; ++raise) {
    actions.push_back({ActionType::raise, *raise});
  }
  return actions;
}

}  // namespace holdem
