#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cards/deck.hpp"
#include "cards/hole_pairs.hpp"

namespace holdem {

// The hands that the opponent of one player may hold in a deal.
//
// In an order in which those that are possible on a street's board come first: on a later board
// they are fewer. Those that share no card with the whole board are what the opponent may really
// hold, and the player, who sees only the cards of a street, takes some more for possible.
class OpponentHands {
 public:
  // Args: board: five cards. hole_cards: of the player.
  void deal(const Deck& deck, const Card* board, const Card* hole_cards);

  int num_hands(int street) const { return num_hands_[static_cast<std::size_t>(street)]; }
  // [hand]: hole_pair_index().
  const std::vector<std::uint16_t>& pairs() const { return pairs_; }

 private:
  std::array<int, kNumStreets> num_hands_{};
  std::vector<std::uint16_t> pairs_;
};

}  // namespace holdem
