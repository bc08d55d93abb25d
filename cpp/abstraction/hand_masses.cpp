#include "abstraction/hand_masses.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/parallel.hpp"
#include "cards/hand_index.hpp"

namespace holdem {
namespace {

constexpr std::uint64_t kBoardsPerPiece = 64;

void preflop_masses(const Deck& deck, std::span<const FlopShare> flops, std::uint32_t* out) {
  const HandIndexer& indexer = street_indexer(0, deck.num_ranks);
  std::array<std::uint32_t, kNumHolePairs> hands;
  indexer.index_pairs(nullptr, hands.data());
  std::fill_n(out, indexer.size(), 0);
  const auto add = [&](CardSet dead, std::uint32_t mass) {
    for_each_live_pair(dead, [&](int pair, Card, Card) { out[hands[pair]] += mass; });
  };
  if (flops.empty()) return add(~deck.cards(), 1);
  const HandIndexer& boards = board_indexer(1, deck.num_ranks);
  for (const auto [flop, weight] : boards_of(deck, 1, flops)) {
    add(Board(deck, 1, flop).dead, weight * static_cast<std::uint32_t>(boards.num_deals(flop)));
  }
}

}  // namespace

void hand_masses(const Deck& deck, int street, std::span<const FlopShare> flops, int num_workers,
                 std::uint32_t* out) {
  check_workers(num_workers);
  if (street == 0) return preflop_masses(deck, flops, out);
  const HandIndexer& indexer = street_indexer(street, deck.num_ranks);
  const HandIndexer& board_index = board_indexer(street, deck.num_ranks);
  const std::vector<WeightedBoard> boards = boards_of(deck, street, flops);
  std::fill_n(out, indexer.size(), 0);
  parallel_for(
      boards.size(), kBoardsPerPiece, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
        std::array<std::uint32_t, kNumHolePairs> hands;
        for (std::uint64_t i = begin; i < end; ++i) {
          const Board board(deck, street, boards[i].index);
          indexer.index_pairs(board.cards.data(), hands.data());
          const std::uint32_t mass =
              boards[i].weight * static_cast<std::uint32_t>(board_index.num_deals(boards[i].index));
          for_each_live_pair(board.dead, [&](int pair, Card, Card) { out[hands[pair]] += mass; });
        }
      });
}

}  // namespace holdem
