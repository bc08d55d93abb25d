#include "abstraction/opponent_clusters.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "abstraction/feature_scale.hpp"
#include "base/parallel.hpp"
#include "base/vector_width.hpp"
#include "cards/hand_index.hpp"
#include "cards/river_equity.hpp"

namespace holdem {
namespace {

constexpr int kRiver = kNumStreets - 1;
constexpr int kClusters = kMaxOpponentClusters;
constexpr std::uint64_t kBoardsPerPiece = 4;
constexpr std::uint64_t kRiverBoardsPerPiece = 256;

// A number for each cluster; of a board's hands at most 2 * 990.
using ClusterLanes = std::uint16_t __attribute__((vector_size(kClusters * sizeof(std::uint16_t))));
using WideLanes = std::uint32_t __attribute__((vector_size(kClusters * sizeof(std::uint32_t))));

// Which cluster every pair of hole cards is in, as 1 in its lane.
class Clusters {
 public:
  Clusters(const Deck& deck, const std::uint8_t* clusters, int num_clusters) : size_(num_clusters) {
    std::array<std::uint32_t, kNumHolePairs> hands;
    street_indexer(0, deck.num_ranks).index_pairs(nullptr, hands.data());
    for_each_live_pair(~deck.cards(),
                       [&](int pair, Card, Card) { cluster_[pair] = clusters[hands[pair]]; });
    for (int i = 0; i < kClusters; ++i) {
      one_[i][i] = 1;
      unused_[i] = i >= num_clusters;
    }
  }

  int size() const { return size_; }
  const ClusterLanes& one(int pair) const { return one_[cluster_[pair]]; }
  // 1 in the lanes without a cluster.
  const ClusterLanes& unused() const { return unused_; }

 private:
  std::array<std::uint8_t, kNumHolePairs> cluster_{};
  std::array<ClusterLanes, kClusters> one_{};
  ClusterLanes unused_{};
  int size_;
};

// Hands counted by cluster, in total and by card.
struct HandCounts {
  ClusterLanes all{};
  std::array<ClusterLanes, kNumCards> with{};

  void add(const HolePair& pair, const ClusterLanes& one) {
    all += one;
    with[pair.a] += one;
    with[pair.b] += one;
  }
  // Those that share no card with a pair, if it has not been counted itself.
  ClusterLanes disjoint(const HolePair& pair) const { return all - with[pair.a] - with[pair.b]; }
};

// The hands of a river board by ascending strength: their pairs, the last of equals with a mark.
struct RiverOrder {
  std::array<std::uint16_t, kMaxRiverHands> pairs;
  std::uint16_t size;
};
constexpr std::uint16_t kLastOfEquals = 1 << 15;

void order_hands(const Card* board, const Deck& deck, RiverOrder& order) {
  std::array<RatedHand, kMaxRiverHands> rated;
  const int num_live = sort_river_hands(board, deck, rated.data());
  for (int i = 0; i < num_live; ++i) {
    const bool last = i + 1 == num_live || rated[i + 1].strength != rated[i].strength;
    order.pairs[i] = static_cast<std::uint16_t>(rated[i].pair | (last ? kLastOfEquals : 0));
  }
  order.size = static_cast<std::uint16_t>(num_live);
}

// Calls body(pair, 2 * wins + ties by cluster) for the hands of a river board.
template <typename Body>
void compare_hands(const RiverOrder& order, const Clusters& clusters, Body&& body) {
  HandCounts counts;
  std::array<ClusterLanes, kMaxRiverHands> wins;
  for (int begin = 0, end; begin < order.size; begin = end) {
    bool last = false;
    for (end = begin; !last; ++end) {
      last = order.pairs[end] & kLastOfEquals;
      wins[end] = counts.disjoint(kHolePairs[order.pairs[end] & ~kLastOfEquals]);
    }
    for (int i = begin; i < end; ++i) {
      const int pair = order.pairs[i] & ~kLastOfEquals;
      counts.add(kHolePairs[pair], clusters.one(pair));
    }
    // Wins once more, and the ties; the hand itself was taken off twice, for either card.
    for (int i = begin; i < end; ++i) {
      const int pair = order.pairs[i] & ~kLastOfEquals;
      body(pair, wins[i] + counts.disjoint(kHolePairs[pair]) + clusters.one(pair));
    }
  }
}

// The orders of the river boards that a choice of flops leads to: sorted once, a board is used
// wherever it can come.
class RiverOrders {
 public:
  RiverOrders(const Deck& deck, std::span<const FlopShare> flops, int num_workers)
      : orders_(std::make_unique_for_overwrite<RiverOrder[]>(num_boards(deck, kRiver))) {
    const std::vector<WeightedBoard> boards = boards_of(deck, kRiver, flops);
    parallel_for(boards.size(), kRiverBoardsPerPiece, num_workers,
                 [&](std::uint64_t begin, std::uint64_t end) {
                   for (std::uint64_t i = begin; i < end; ++i) {
                     const std::uint32_t board = boards[i].index;
                     order_hands(Board(deck, kRiver, board).cards.data(), deck, orders_[board]);
                   }
                 });
  }
  const RiverOrder& operator[](std::uint64_t board) const { return orders_[board]; }

 private:
  std::unique_ptr<RiverOrder[]> orders_;
};

int pairs_of(int num_cards) { return num_cards * (num_cards - 1) / 2; }

// Boards to come once a board and two hands are known.
int runouts_of(const Deck& deck, int street) {
  const int cards_left = deck.num_cards() - kBoardCards[street] - 4;
  return street == kRiver ? 1 : street == kRiver - 1 ? cards_left : pairs_of(cards_left);
}

// Opponents of every hand on a board by cluster: those that it shares no card with.
HandCounts count_hands(CardSet dead, const Clusters& clusters) {
  HandCounts counts;
  for_each_live_pair(dead,
                     [&](int pair, Card a, Card b) { counts.add({a, b}, clusters.one(pair)); });
  return counts;
}

// Against a cluster without a hand left, all clusters together count.
template <typename Sums, typename Totals>
void replace_empty(int num_clusters, Sums& sums, Totals& totals) {
  auto sum = sums[0];
  auto total = totals[0];
  for (int i = 1; i < num_clusters; ++i) {
    sum += sums[i];
    total += totals[i];
  }
  for (int i = 0; i < num_clusters; ++i) {
    if (totals[i] != 0) continue;
    sums[i] = sum;
    totals[i] = total;
  }
}

bool has_zero(const ClusterLanes& lanes) {
  using Words = std::uint64_t __attribute__((vector_size(sizeof(ClusterLanes))));
  const auto words = reinterpret_cast<Words>(lanes == 0);
  return (words[0] | words[1]) != 0;
}

HOLDEM_WIDEST_VECTORS
void scale_sums(const std::uint32_t* sums, const std::uint16_t* totals, double most, int count,
                std::uint16_t* scaled) {
  for (int i = 0; i < count; ++i) scaled[i] = scaled_share(sums[i], most * totals[i]);
}

// Scales the sums of a board's hands, [1326] by pair, and writes their rows.
class BoardWriter {
 public:
  BoardWriter(const Deck& deck, int street, const Clusters& clusters, std::uint16_t* out)
      : clusters_(clusters),
        indexer_(street_indexer(street, deck.num_ranks)),
        most_(2.0 * runouts_of(deck, street)),
        out_(out) {}

  void write(const Board& board, const std::vector<WideLanes>& by_pair) {
    const HandCounts counts = count_hands(board.dead, clusters_);
    int num_live = 0;
    for_each_live_pair(board.dead, [&](int pair, Card a, Card b) {
      WideLanes& sums = sums_[num_live];
      ClusterLanes& totals = totals_[num_live++];
      sums = by_pair[pair];
      totals = counts.disjoint({a, b}) + clusters_.one(pair) + clusters_.unused();
      if (has_zero(totals)) [[unlikely]]
        replace_empty(clusters_.size(), sums, totals);
    });
    scale_sums(reinterpret_cast<const std::uint32_t*>(sums_.data()),
               reinterpret_cast<const std::uint16_t*>(totals_.data()), most_, num_live * kClusters,
               scaled_.data());
    indexer_.index_pairs(board.cards.data(), hands_.data());
    const std::uint16_t* row = scaled_.data();
    for_each_live_pair(board.dead, [&](int pair, Card, Card) {
      std::copy_n(row, kClusters, out_ + std::uint64_t{hands_[pair]} * kClusters);
      row += kClusters;
    });
  }

 private:
  const Clusters& clusters_;
  const HandIndexer& indexer_;
  double most_;
  std::uint16_t* out_;
  std::array<std::uint32_t, kNumHolePairs> hands_;
  // Of the hands that can be held, one after the other.
  std::array<WideLanes, kNumHolePairs> sums_;
  std::array<ClusterLanes, kNumHolePairs> totals_;
  std::array<std::uint16_t, kNumHolePairs * kClusters> scaled_;
};

WideLanes widened(const ClusterLanes& lanes) { return __builtin_convertvector(lanes, WideLanes); }

// Adds what every hand of a board wins on a river board, of any suits, that follows.
void add_river_board(const Card* cards, const Deck& deck, const RiverOrders& orders,
                     const Clusters& clusters, std::vector<WideLanes>& by_pair) {
  std::uint8_t canonical_suit[kNumSuits];
  std::uint8_t suit[kNumSuits];
  const std::uint64_t index = board_indexer(kRiver, deck.num_ranks).index(cards, canonical_suit);
  for (int i = 0; i < kNumSuits; ++i) suit[canonical_suit[i]] = static_cast<std::uint8_t>(i);
  const std::uint16_t* const pairs = PairPermutations::get().pairs(suit);
  compare_hands(orders[index], clusters,
                [&](int pair, const ClusterLanes& won) { by_pair[pairs[pair]] += widened(won); });
}

void preflop_equities(const Deck& deck, const Clusters& clusters, int num_workers,
                      std::span<const FlopShare> flops, std::uint16_t* out) {
  using Sums = std::array<std::uint64_t, kClusters>;
  struct Row {
    Sums sums{};
    Sums totals{};
  };
  const HandIndexer& indexer = street_indexer(0, deck.num_ranks);
  const HandIndexer& board_index = board_indexer(kRiver, deck.num_ranks);
  std::array<std::uint32_t, kNumHolePairs> hands;
  indexer.index_pairs(nullptr, hands.data());
  const std::vector<WeightedBoard> boards = boards_of(deck, kRiver, flops);
  std::vector<Row> rows(indexer.size());
  std::mutex mutex;
  parallel_for(
      boards.size(), kRiverBoardsPerPiece, num_workers,
      [&](std::uint64_t begin, std::uint64_t end) {
        std::vector<Row> piece(rows.size());
        RiverOrder order;
        for (std::uint64_t i = begin; i < end; ++i) {
          const auto [index, weight] = boards[i];
          const std::uint64_t deals =
              std::uint64_t{weight} * static_cast<std::uint64_t>(board_index.num_deals(index));
          const Board board(deck, kRiver, index);
          const HandCounts counts = count_hands(board.dead, clusters);
          order_hands(board.cards.data(), deck, order);
          compare_hands(order, clusters, [&](int pair, const ClusterLanes& won) {
            const ClusterLanes total = counts.disjoint(kHolePairs[pair]) + clusters.one(pair);
            Row& row = piece[hands[pair]];
            for (int j = 0; j < kClusters; ++j) {
              row.sums[j] += deals * won[j];
              row.totals[j] += deals * total[j];
            }
          });
        }
        const std::scoped_lock lock(mutex);
        for (std::size_t hand = 0; hand < rows.size(); ++hand) {
          for (int j = 0; j < kClusters; ++j) {
            rows[hand].sums[j] += piece[hand].sums[j];
            rows[hand].totals[j] += piece[hand].totals[j];
          }
        }
      });
  for (std::size_t hand = 0; hand < rows.size(); ++hand) {
    auto& [sums, totals] = rows[hand];
    replace_empty(clusters.size(), sums, totals);
    if (totals[0] == 0) continue;  // no chosen flop leaves both cards
    for (int j = 0; j < clusters.size(); ++j) {
      out[hand * kClusters + j] = scaled_large_share(sums[j], 2 * totals[j]);
    }
  }
}

}  // namespace

void opponent_cluster_equities(const Deck& deck, int street, const std::uint8_t* clusters_of_hands,
                               int num_clusters, int num_workers, std::span<const FlopShare> flops,
                               std::uint16_t* out) {
  check_workers(num_workers);
  const Clusters clusters(deck, clusters_of_hands, num_clusters);
  if (street == 0) return preflop_equities(deck, clusters, num_workers, flops, out);
  const std::vector<WeightedBoard> boards = boards_of(deck, street, flops);
  std::optional<RiverOrders> orders;
  if (street < kRiver) orders.emplace(deck, flops, num_workers);
  parallel_for(
      boards.size(), kBoardsPerPiece, num_workers, [&](std::uint64_t begin, std::uint64_t end) {
        const auto writer = std::make_unique<BoardWriter>(deck, street, clusters, out);
        std::vector<WideLanes> by_pair(kNumHolePairs);
        RiverOrder order;
        for (std::uint64_t i = begin; i < end; ++i) {
          const Board board(deck, street, boards[i].index);
          if (street == kRiver) {
            order_hands(board.cards.data(), deck, order);
            compare_hands(order, clusters,
                          [&](int pair, const ClusterLanes& won) { by_pair[pair] = widened(won); });
          } else {
            std::fill(by_pair.begin(), by_pair.end(), WideLanes{});
            for_each_river_board(deck, street, board, [&](const Card* cards) {
              add_river_board(cards, deck, *orders, clusters, by_pair);
            });
          }
          writer->write(board, by_pair);
        }
      });
}

}  // namespace holdem
