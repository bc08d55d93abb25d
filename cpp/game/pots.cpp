#include "game/pots.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace holdem {
namespace {

// The players of `pot` who share it: all who hold its best hand.
std::uint8_t winners_of(const Pot& pot, const Strengths& strengths) {
  if (std::has_single_bit(pot.eligible)) return pot.eligible;
  std::uint8_t winners = 0;
  std::int32_t best = std::numeric_limits<std::int32_t>::min();
  for (int player = 0; player < kMaxPlayers; ++player) {
    if (!(pot.eligible >> player & 1) || strengths[player] < best) continue;
    if (strengths[player] > best) winners = 0;
    best = strengths[player];
    winners |= static_cast<std::uint8_t>(1 << player);
  }
  return winners;
}

}  // namespace

FixedVector<Pot, kMaxPlayers> side_pots(const ChipsPerPlayer& contributions, unsigned folded,
                                        int num_players) {
  FixedVector<Pot, kMaxPlayers> pots;
  for (Chips below = 0;;) {
    Chips level = std::numeric_limits<Chips>::max();
    Pot pot;
    for (int player = 0; player < num_players; ++player) {
      if ((folded >> player & 1) != 0 || contributions[player] <= below) continue;
      level = std::min(level, contributions[player]);
      pot.eligible |= static_cast<std::uint8_t>(1 << player);
    }
    if (pot.eligible == 0) return pots;
    for (int player = 0; player < num_players; ++player) {
      const Chips chips = contributions[player];
      pot.chips += std::min(chips, level) - std::min(chips, below);
    }
    pots.push_back(pot);
    below = level;
  }
}

ChipsPerPlayer settle(const ChipsPerPlayer& contributions, unsigned folded, int num_players,
                      const Strengths& strengths) {
  ChipsPerPlayer net{};
  for (int player = 0; player < num_players; ++player) net[player] = -contributions[player];
  for (const Pot& pot : side_pots(contributions, folded, num_players)) {
    const std::uint8_t winners = winners_of(pot, strengths);
    const Chips num_winners = std::popcount(winners);
    for (int player = 0; player < num_players; ++player) {
      if (winners >> player & 1) net[player] += pot.chips / num_winners;
    }
    net[std::countr_zero(winners)] += pot.chips % num_winners;
  }
  return net;
}

}  // namespace holdem
