#include "evaluation/opponent_hands.hpp"

#include <algorithm>
#include <utility>

#include "cards/evaluator.hpp"

namespace holdem {
namespace {

constexpr int kBoard = kBoardCards[kNumStreets - 1];
// Times that the cards left are shuffled before the turn: some hundred boards.
constexpr int kNumShuffles = 2;

}  // namespace

void OpponentHands::deal(const Deck& deck, const Card* board, const Card* hole_cards) {
  deck_ = deck;
  std::copy_n(board, kBoard, board_.begin());
  std::copy_n(hole_cards, 2, hole_cards_.begin());
  is_rated_.fill(false);
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

const std::vector<double>& OpponentHands::shares(int street, RandomStream random) {
  const auto s = static_cast<std::size_t>(street);
  if (is_rated_[s]) return shares_[s];
  is_rated_[s] = true;
  const auto num = static_cast<std::size_t>(num_hands(street));
  halves_won_.assign(num, 0);
  num_boards_.assign(num, 0);
  std::array<Card, kBoard> board = board_;
  const int missing = kBoard - kBoardCards[street];
  if (missing == 0) rate(street, board.data());
  list_cards_left(street);
  const std::size_t left = cards_left_.size();
  const int shuffles = missing <= 1 ? missing : kNumShuffles;
  for (int i = 0; i < shuffles; ++i) {
    for (std::size_t c = left - 1; missing > 1 && c > 0; --c) {
      std::swap(cards_left_[c], cards_left_[random.below(static_cast<std::uint32_t>(c) + 1)]);
    }
    for (std::size_t first = 0; first < left; ++first) {
      for (std::size_t m = 0; m < static_cast<std::size_t>(missing); ++m) {
        board[static_cast<std::size_t>(kBoardCards[street]) + m] = cards_left_[(first + m) % left];
      }
      rate(street, board.data());
    }
  }
  shares_[s].resize(num);
  for (std::size_t h = 0; h < num; ++h) {
    // Of the few boards of a small deck a hand may have none; 1/2 decides as good as anything.
    shares_[s][h] = num_boards_[h] == 0 ? 0.5 : halves_won_[h] / (2.0 * num_boards_[h]);
  }
  return shares_[s];
}

void OpponentHands::list_cards_left(int street) {
  const CardSet gone = card_set(board_.data(), kBoardCards[street]) |
                       card_set(hole_cards_.data(), 2) | ~deck_.cards();
  cards_left_.clear();
  for (int card = 0; card < kNumCards; ++card) {
    if (!(gone >> card & 1)) cards_left_.push_back(static_cast<Card>(card));
  }
}

void OpponentHands::rate(int street, const Card* board) {
  HandSum sum;
  for (int i = 0; i < kBoard; ++i) sum.add(board[i]);
  HandSum mine = sum;
  for (const Card card : hole_cards_) mine.add(card);
  const HandStrength strength = evaluate(mine);
  const CardSet dealt = card_set(board, kBoard);
  const int num = num_hands(street);
  for (int h = 0; h < num; ++h) {
    const auto [a, b] = kHolePairs[pairs_[static_cast<std::size_t>(h)]];
    if (((dealt >> a | dealt >> b) & 1) != 0) continue;
    HandSum theirs = sum;
    theirs.add(a);
    theirs.add(b);
    const HandStrength other = evaluate(theirs);
    halves_won_[static_cast<std::size_t>(h)] += (strength > other) + (strength >= other);
    ++num_boards_[static_cast<std::size_t>(h)];
  }
}

}  // namespace holdem
