#include "evaluation/rated_boards.hpp"

#include <algorithm>
#include <utility>

#include "base/vector_width.hpp"
#include "cards/evaluator.hpp"

namespace holdem {
namespace {

constexpr int kBoard = kBoardCards[kNumStreets - 1];

HOLDEM_WIDEST_VECTORS
void add_showdowns(const std::int16_t* strengths, std::int16_t mine, Showdowns& result) {
  for (std::size_t p = 0; p < kNumHolePairs; ++p) {
    const std::int16_t theirs = strengths[p];
    const auto is_held = static_cast<std::int16_t>(theirs > 0);
    const auto halves = static_cast<std::int16_t>((mine > theirs) + (mine >= theirs));
    result.halves_won[p] = static_cast<std::int16_t>(result.halves_won[p] + is_held * halves);
    result.num_boards[p] = static_cast<std::int16_t>(result.num_boards[p] + is_held);
  }
}

}  // namespace

void RatedBoards::add_runouts(const Deck& deck, const Card* dealt, int num_dealt, int num_shuffles,
                              RandomStream random) {
  std::array<Card, kBoard> board{};
  std::copy_n(dealt, num_dealt, board.begin());
  const CardSet gone = card_set(dealt, num_dealt) | ~deck.cards();
  std::vector<Card> left;
  for (int card = 0; card < kNumCards; ++card) {
    if (!(gone >> card & 1)) left.push_back(static_cast<Card>(card));
  }
  const int num_missing = kBoard - num_dealt;
  if (num_missing == 0) return add(deck, board.data());
  for (int i = 0; i < (num_missing == 1 ? 1 : num_shuffles); ++i) {
    for (std::size_t c = left.size() - 1; num_missing > 1 && c > 0; --c) {
      std::swap(left[c], left[random.below(static_cast<std::uint32_t>(c) + 1)]);
    }
    for (std::size_t first = 0; first < left.size(); ++first) {
      for (int m = 0; m < num_missing; ++m) {
        board[static_cast<std::size_t>(num_dealt + m)] =
            left[(first + static_cast<std::size_t>(m)) % left.size()];
      }
      add(deck, board.data());
    }
  }
}

void RatedBoards::add(const Deck& deck, const Card* board) {
  HandSum sum;
  for (int i = 0; i < kBoard; ++i) sum.add(board[i]);
  const std::size_t at = strengths_.size();
  strengths_.resize(at + kNumHolePairs);
  for_each_live_pair(card_set(board, kBoard) | ~deck.cards(), [&](int pair, Card a, Card b) {
    HandSum hand = sum;
    hand.add(a);
    hand.add(b);
    strengths_[at + static_cast<std::size_t>(pair)] = static_cast<std::int16_t>(evaluate(hand));
  });
}

void RatedBoards::showdowns(int pair, Showdowns& result) const {
  result.halves_won.fill(0);
  result.num_boards.fill(0);
  for (std::size_t at = 0; at < strengths_.size(); at += kNumHolePairs) {
    const std::int16_t mine = strengths_[at + static_cast<std::size_t>(pair)];
    if (mine > 0) add_showdowns(&strengths_[at], mine, result);
  }
}

}  // namespace holdem
