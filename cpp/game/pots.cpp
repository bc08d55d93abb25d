#include <algorithm>
#include <limits>

#include "game/game.hpp"

namespace holdem {

void settle(const std::array<Chips, kMaxPlayers>& contributions, unsigned folded, int num_players,
            const std::array<std::int32_t, kMaxPlayers>& strength,
            std::array<Chips, kMaxPlayers>& net) {
  for (int p = 0; p < num_players; ++p) net[p] = -contributions[p];
  Chips paid_up_to = 0;
  while (true) {
    // The next side pot reaches up to the smallest contribution of a player still in the hand.
    Chips level = std::numeric_limits<Chips>::max();
    std::int32_t best = std::numeric_limits<std::int32_t>::min();
    int num_winners = 0;
    for (int p = 0; p < num_players; ++p) {
      if ((folded >> p & 1) != 0 || contributions[p] <= paid_up_to) continue;
      level = std::min(level, contributions[p]);
      if (strength[p] > best) {
        best = strength[p];
        num_winners = 0;
      }
      num_winners += strength[p] == best;
    }
    if (num_winners == 0) return;

    // Chips that folded players put in beyond the last live level belong to the last pot.
    const bool last = std::none_of(contributions.begin(), contributions.begin() + num_players,
                                   [&, p = 0](Chips chips) mutable {
                                     return (folded >> p++ & 1) == 0 && chips > level;
                                   });
    const Chips top = last ? std::numeric_limits<Chips>::max() : level;
    Chips pot = 0;
    for (int p = 0; p < num_players; ++p) {
      pot += std::clamp(contributions[p], paid_up_to, top) - paid_up_to;
    }
    Chips odd_chips = pot % num_winners;
    for (int p = 0; p < num_players; ++p) {
      if ((folded >> p & 1) != 0 || contributions[p] <= paid_up_to || strength[p] != best) continue;
      net[p] += pot / num_winners + (odd_chips > 0);
      odd_chips -= odd_chips > 0;
    }
    paid_up_to = level;
  }
}

}  // namespace holdem
