#include "abstraction/street_boards.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "cards/hand_index.hpp"

namespace holdem {
namespace {

constexpr int kFlopCards = kBoardCards[1];
constexpr std::uint64_t kMaxTotalWeight = std::uint64_t{1} << 28;
// A multiple of how many relabellings any flop has: 4, 12 or 24.
constexpr std::uint64_t kMostRelabellings = 24;

// By index of a flop up to a relabelling, the weight of each of the real flops it stands for.
std::vector<std::uint32_t> weights_of_flops(const Deck& deck, std::span<const FlopShare> flops) {
  const HandIndexer& indexer = board_indexer(1, deck.num_ranks);
  std::vector<std::uint64_t> weights(indexer.size());
  for (std::size_t i = 0; i < flops.size(); ++i) {
    const auto& cards = flops[i].cards;
    const std::string name = "flops[" + std::to_string(i) + "]: ";
    const bool in_deck =
        std::all_of(cards.begin(), cards.end(), [&](Card card) { return deck.contains(card); });
    if (!in_deck || cards[0] == cards[1] || cards[0] == cards[2] || cards[1] == cards[2]) {
      throw std::invalid_argument(name + "must be different cards, " +
                                  std::to_string(deck.first_card()) + " to 51");
    }
    if (flops[i].weight == 0) throw std::invalid_argument(name + "weight 0, must be at least 1");
    const std::uint64_t flop = indexer.index(cards.data());
    weights[flop] +=
        kMostRelabellings / static_cast<std::uint64_t>(indexer.num_deals(flop)) * flops[i].weight;
  }
  const std::uint64_t common = std::accumulate(
      weights.begin(), weights.end(), std::uint64_t{0},
      [](std::uint64_t divisor, std::uint64_t weight) { return std::gcd(divisor, weight); });
  std::vector<std::uint32_t> reduced(weights.size());
  std::uint64_t total = 0;
  for (std::size_t flop = 0; flop < weights.size(); ++flop) {
    const std::uint64_t weight = weights[flop] / common;
    total += weight * static_cast<std::uint64_t>(indexer.num_deals(flop));
    if (weight > kMaxTotalWeight || total > kMaxTotalWeight) {
      throw std::invalid_argument("flops: the weights are too large");
    }
    reduced[flop] = static_cast<std::uint32_t>(weight);
  }
  return reduced;
}

// Sum over the flops that lie in a board.
std::uint32_t weight_of_board(const Card* cards, int num_cards, const HandIndexer& flop_indexer,
                              const std::vector<std::uint32_t>& weights) {
  std::uint32_t weight = 0;
  for (int i = 2; i < num_cards; ++i) {
    for (int j = 1; j < i; ++j) {
      for (int k = 0; k < j; ++k) {
        const Card flop[kFlopCards] = {cards[i], cards[j], cards[k]};
        weight += weights[flop_indexer.index(flop)];
      }
    }
  }
  return weight;
}

}  // namespace

Board::Board(const Deck& deck, int street, std::uint64_t index) : dead(~deck.cards()) {
  if (street > 0) board_indexer(street, deck.num_ranks).unindex(index, cards.data());
  dead |= card_set(cards.data(), kBoardCards[street]);
}

std::uint64_t num_boards(const Deck& deck, int street) {
  return street == 0 ? 1 : board_indexer(street, deck.num_ranks).size();
}

std::vector<WeightedBoard> boards_of(const Deck& deck, int street,
                                     std::span<const FlopShare> flops) {
  std::vector<WeightedBoard> boards;
  if (flops.empty() || street == 0) {
    for (std::uint64_t board = 0; board < num_boards(deck, street); ++board) {
      boards.push_back({static_cast<std::uint32_t>(board), 1});
    }
    return boards;
  }
  const std::vector<std::uint32_t> weights = weights_of_flops(deck, flops);
  std::vector<bool> reached(weights.size());
  for (std::size_t flop = 0; flop < weights.size(); ++flop) reached[flop] = weights[flop] > 0;
  for (int from = 1; from < street; ++from) {
    const HandIndexer& next_indexer = board_indexer(from + 1, deck.num_ranks);
    std::vector<bool> next(next_indexer.size());
    for (std::size_t board = 0; board < reached.size(); ++board) {
      if (!reached[board]) continue;
      for_each_next_board(deck, from, Board(deck, from, board),
                          [&](const Card* cards) { next[next_indexer.index(cards)] = true; });
    }
    reached = std::move(next);
  }
  const HandIndexer& flop_indexer = board_indexer(1, deck.num_ranks);
  for (std::size_t board = 0; board < reached.size(); ++board) {
    if (!reached[board]) continue;
    const Board cards(deck, street, board);
    boards.push_back(
        {static_cast<std::uint32_t>(board),
         weight_of_board(cards.cards.data(), kBoardCards[street], flop_indexer, weights)});
  }
  return boards;
}

}  // namespace holdem
