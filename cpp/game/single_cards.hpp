#pragma once

#include <cstdint>
#include <numeric>
#include <span>

#include "game/public_game.hpp"

namespace holdem {

// Lists the hands of a state whose hands are single cards below `num_cards`, ascending unless
// `order` lists those that can be held. Its buckets are left empty, and hand_in_parent says that
// the hands of the parent are all cards.
inline void list_single_cards(int num_cards, std::span<const std::uint16_t> order,
                              PublicState& state) {
  state.hand_id.assign(order.begin(), order.end());
  if (order.empty()) {
    state.hand_id.resize(static_cast<std::size_t>(num_cards));
    std::iota(state.hand_id.begin(), state.hand_id.end(), std::uint16_t{0});
  }
  state.bucket.clear();
  state.blockers.clear();
  for (const std::uint16_t card : state.hand_id) {
    state.blockers.push_back(
        {static_cast<std::uint8_t>(card), static_cast<std::uint8_t>(num_cards + card)});
  }
  state.num_members = 1;
  state.hand_in_parent = state.hand_id;
}

}  // namespace holdem
