#pragma once

#include <stdexcept>
#include <string>

#include "cards/card.hpp"

namespace holdem {

inline constexpr int kMinRanks = 2;

// The cards a game is played with: the highest ranks of all four suits. Cards keep the numbers they
// have in the full deck, so that hands are ranked, named and stored the same way in any deck.
struct Deck {
  int num_ranks = kNumRanks;

  constexpr int num_cards() const { return num_ranks * kNumSuits; }
  constexpr int first_card() const { return kNumCards - num_cards(); }
  constexpr CardSet cards() const {
    return ((CardSet{1} << kNumCards) - 1) >> first_card() << first_card();
  }
  constexpr bool contains(Card card) const { return card >= first_card() && card < kNumCards; }

  bool operator==(const Deck&) const = default;
};

// Throws std::invalid_argument unless decks can have that many ranks.
inline void check_num_ranks(int num_ranks) {
  if (num_ranks < kMinRanks || num_ranks > kNumRanks) {
    throw std::invalid_argument("num_ranks: " + std::to_string(num_ranks) + ", must be " +
                                std::to_string(kMinRanks) + " to " + std::to_string(kNumRanks));
  }
}

}  // namespace holdem
