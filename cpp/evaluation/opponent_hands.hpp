#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cards/deck.hpp"
#include "cards/hole_pairs.hpp"
#include "game/random_stream.hpp"

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

  // [hand], num_hands(street) of them: 1, 1/2 or 0, as the player wins, ties or loses at a showdown
  // on the board that was dealt; or on average over boards that may come after a street.
  //
  // On the turn all rivers are gone through, so what an all-in there is worth is exact. Before it
  // the cards that are left are shuffled, and each run of as many as are missing is a board: so all
  // cards come equally often, and the average over few boards is closer than that of random ones.
  // Args: random: for the cards shuffled; not read on turn and river.
  const std::vector<double>& shares(int street, RandomStream random);

 private:
  void rate(int street, const Card* board);
  void list_cards_left(int street);

  Deck deck_;
  std::array<Card, 5> board_{};
  std::array<Card, 2> hole_cards_{};
  std::array<int, kNumStreets> num_hands_{};
  std::vector<std::uint16_t> pairs_;
  std::array<bool, kNumStreets> is_rated_{};
  std::array<std::vector<double>, kNumStreets> shares_;
  // Of the street that is being rated.
  std::vector<Card> cards_left_;
  std::vector<std::int32_t> halves_won_;  // [hand]: 2 for a win, 1 for a tie
  std::vector<std::int32_t> num_boards_;  // [hand]
};

}  // namespace holdem
