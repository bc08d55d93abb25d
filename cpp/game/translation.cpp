#include "game/translation.hpp"

#include <algorithm>

namespace holdem {

double pot_fraction(const BettingState& state, Chips raise_to) {
  const Chips call_chips = state.legal_actions().call_chips;
  return (static_cast<double>(raise_to) - state.current_bet()) /
         (static_cast<double>(state.pot()) + call_chips);
}

double probability_of_smaller(double smaller, double larger, double bet) {
  return (larger - bet) * (1 + smaller) / ((larger - smaller) * (1 + bet));
}

Translation translate(std::span<const double> sizes, double bet) {
  const auto above = std::lower_bound(sizes.begin(), sizes.end(), bet);
  const auto larger = static_cast<std::size_t>(above - sizes.begin());
  if (larger == sizes.size()) return {larger - 1, larger - 1, 1};
  if (larger == 0 || sizes[larger] == bet) return {larger, larger, 1};
  return {larger - 1, larger, probability_of_smaller(sizes[larger - 1], sizes[larger], bet)};
}

}  // namespace holdem
