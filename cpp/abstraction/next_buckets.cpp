#include "abstraction/next_buckets.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/parallel.hpp"
#include "base/vector_width.hpp"
#include "cards/hand_index.hpp"

namespace holdem {
namespace {

constexpr std::uint64_t kBoardsPerPiece = 4;

// The groups of all hands on the boards of a street, [1326] by pair for each board up to a
// relabelling of suits; pairs that cannot be held have a group of their own.
class GroupRows {
 public:
  template <typename Id>
  GroupRows(const Deck& deck, int street, const std::vector<WeightedBoard>& boards, const Id* ids,
            const std::uint8_t* groups, int no_group, int num_workers)
      : rows_(std::make_unique_for_overwrite<std::uint8_t[]>(num_boards(deck, street) *
                                                             kNumHolePairs)) {
    const HandIndexer& indexer = street_indexer(street, deck.num_ranks);
    parallel_for(
        boards.size(), kBoardsPerPiece, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
          std::array<std::uint32_t, kNumHolePairs> hands;
          for (std::uint64_t i = begin; i < end; ++i) {
            const Board board(deck, street, boards[i].index);
            indexer.index_pairs(board.cards.data(), hands.data());
            std::uint8_t* const row = &rows_[boards[i].index * kNumHolePairs];
            std::fill_n(row, kNumHolePairs, static_cast<std::uint8_t>(no_group));
            for_each_live_pair(board.dead,
                               [&](int pair, Card, Card) { row[pair] = groups[ids[hands[pair]]]; });
          }
        });
  }
  const std::uint8_t* operator[](std::uint64_t board) const {
    return &rows_[board * kNumHolePairs];
  }

 private:
  std::unique_ptr<std::uint8_t[]> rows_;
};

// Numbers of all edges, in eight vectors: they stay in registers while rows are added up.
constexpr int kEdgeVectors = 8;
using EdgeVector =
    std::uint16_t __attribute__((vector_size(kMaxTreeEdges / kEdgeVectors * 2), may_alias));
struct alignas(64) EdgeRow {
  std::array<std::uint16_t, kMaxTreeEdges> lengths{};
};

// Quotients of sums of at most 50 lengths by the number of next cards, halves rounded up: exact
// for numerators below 2^14 and divisors below 2^6.
constexpr int kQuotientBits = 20;

HOLDEM_WIDEST_VECTORS
void average_edges(const EdgeRow* rows, const std::uint8_t* groups, int num_groups, int num_live,
                   std::uint8_t* out) {
  EdgeVector sum[kEdgeVectors] = {};
  for (int i = 0; i < num_groups; ++i) {
    const auto* const row = reinterpret_cast<const EdgeVector*>(&rows[groups[i]]);
    for (int j = 0; j < kEdgeVectors; ++j) sum[j] += row[j];
  }
  EdgeRow sums;
  for (int j = 0; j < kEdgeVectors; ++j) reinterpret_cast<EdgeVector*>(&sums)[j] = sum[j];
  const auto factor = static_cast<std::uint32_t>(((1 << kQuotientBits) + num_live - 1) / num_live);
  const auto half = static_cast<std::uint32_t>(num_live / 2);
  for (int edge = 0; edge < kMaxTreeEdges; ++edge) {
    out[edge] = static_cast<std::uint8_t>((sums.lengths[edge] + half) * factor >> kQuotientBits);
  }
}

void preflop_histograms(const Deck& deck, const std::vector<WeightedBoard>& flops,
                        const GroupRows& groups, const EdgeLengths* lengths, int num_groups,
                        std::uint8_t* out) {
  const HandIndexer& indexer = street_indexer(0, deck.num_ranks);
  const HandIndexer& flop_index = board_indexer(1, deck.num_ranks);
  std::array<std::uint32_t, kNumHolePairs> hands;
  indexer.index_pairs(nullptr, hands.data());
  std::vector<std::uint64_t> counts(indexer.size() * num_groups);
  for (const auto [flop, weight] : flops) {
    const std::uint8_t* const row = groups[flop];
    const std::uint64_t deals =
        std::uint64_t{weight} * static_cast<std::uint64_t>(flop_index.num_deals(flop));
    for_each_live_pair(Board(deck, 1, flop).dead, [&](int pair, Card, Card) {
      counts[std::uint64_t{hands[pair]} * num_groups + row[pair]] += deals;
    });
  }
  for (std::uint64_t hand = 0; hand < indexer.size(); ++hand) {
    std::uint64_t total = 0;
    std::array<std::uint64_t, kMaxTreeEdges> sums{};
    for (int group = 0; group < num_groups; ++group) {
      const std::uint64_t count = counts[hand * num_groups + group];
      total += count;
      for (int edge = 0; edge < kMaxTreeEdges; ++edge) sums[edge] += count * lengths[group][edge];
    }
    if (total == 0) continue;  // no chosen flop leaves both cards
    for (int edge = 0; edge < kMaxTreeEdges; ++edge) {
      out[hand * kMaxTreeEdges + edge] =
          static_cast<std::uint8_t>((2 * sums[edge] + total) / (2 * total));
    }
  }
}

}  // namespace

template <typename Id>
void next_bucket_histograms(const Deck& deck, int street, const Id* next_ids,
                            const std::uint8_t* groups, const EdgeLengths* lengths, int num_groups,
                            int num_workers, std::span<const FlopShare> flops, std::uint8_t* out) {
  check_workers(num_workers);
  const std::vector<WeightedBoard> next_boards = boards_of(deck, street + 1, flops);
  const GroupRows group_rows(deck, street + 1, next_boards, next_ids, groups, num_groups,
                             num_workers);
  if (street == 0) {
    return preflop_histograms(deck, next_boards, group_rows, lengths, num_groups, out);
  }
  // One row more, of zeros, for the next cards that a hand holds itself.
  std::vector<EdgeRow> rows(num_groups + 1);
  for (int group = 0; group < num_groups; ++group) {
    std::copy_n(lengths[group], kMaxTreeEdges, rows[group].lengths.begin());
  }
  const HandIndexer& indexer = street_indexer(street, deck.num_ranks);
  const HandIndexer& next_indexer = board_indexer(street + 1, deck.num_ranks);
  const PairPermutations& permutations = PairPermutations::get();
  const std::vector<WeightedBoard> boards = boards_of(deck, street, flops);
  const int num_next = deck.num_cards() - kBoardCards[street];
  parallel_for(
      boards.size(), kBoardsPerPiece, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
        std::array<std::uint32_t, kNumHolePairs> hands;
        std::vector<std::uint8_t> next_groups(kNumHolePairs * num_next);  // by pair and next card
        for (std::uint64_t i = begin; i < end; ++i) {
          const Board board(deck, street, boards[i].index);
          std::uint8_t* next = next_groups.data();
          for_each_next_board(deck, street, board, [&](const Card* cards) {
            std::uint8_t canonical_suit[kNumSuits];
            const std::uint8_t* const row = group_rows[next_indexer.index(cards, canonical_suit)];
            const std::uint16_t* const pairs = permutations.pairs(canonical_suit);
            for (int pair = 0; pair < kNumHolePairs; ++pair) {
              next[pair * num_next] = row[pairs[pair]];
            }
            ++next;
          });
          indexer.index_pairs(board.cards.data(), hands.data());
          for_each_live_pair(board.dead, [&](int pair, Card, Card) {
            average_edges(rows.data(), &next_groups[pair * num_next], num_next, num_next - 2,
                          out + std::uint64_t{hands[pair]} * kMaxTreeEdges);
          });
        }
      });
}

template void next_bucket_histograms(const Deck&, int, const std::uint8_t*, const std::uint8_t*,
                                     const EdgeLengths*, int, int, std::span<const FlopShare>,
                                     std::uint8_t*);
template void next_bucket_histograms(const Deck&, int, const std::uint16_t*, const std::uint8_t*,
                                     const EdgeLengths*, int, int, std::span<const FlopShare>,
                                     std::uint8_t*);
template void next_bucket_histograms(const Deck&, int, const std::uint32_t*, const std::uint8_t*,
                                     const EdgeLengths*, int, int, std::span<const FlopShare>,
                                     std::uint8_t*);

}  // namespace holdem
