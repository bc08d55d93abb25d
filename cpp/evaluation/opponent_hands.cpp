#include "evaluation/opponent_hands.hpp"

namespace holdem {

void OpponentHands::deal(const Deck& deck, const Card* board, const Card* hole_cards) {
  pairs_.clear();
  const CardSet dead = card_set(hole_cards, 2) | ~deck.cards();
  // The river's hands first; then those that only its new card excludes, and so on.
  for (int street = kNumStreets - 1; street >= 0; --street) {
    const bool is_last = street == kNumStreets - 1;
    const CardSet next = is_last ? 0 : card_set(board, kBoardCards[street + 1]);
    for_each_live_pair(dead | card_set(board, kBoardCards[street]), [&](int pair, Card a, Card b) {
      if (is_last || ((next >> a | next >> b) & 1) != 0) {
        pairs_.push_back(static_cast<std::uint16_t>(pair));
      }
    });
    num_hands_[static_cast<std::size_t>(street)] = static_cast<int>(pairs_.size());
  }
}

}  // namespace holdem
