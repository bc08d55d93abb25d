#include "abstraction/equity_features.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "abstraction/feature_scale.hpp"
#include "base/parallel.hpp"
#include "base/vector_width.hpp"
#include "cards/hand_index.hpp"
#include "cards/river_equity.hpp"

namespace holdem {
namespace {

constexpr std::uint64_t kBoardsPerPiece = 4;
// Before the flop a piece ends with adding up what it has counted.
constexpr std::uint64_t kRiverBoardsPerPiece = 1024;
constexpr int kRiver = kNumStreets - 1;
constexpr int kHistogramTop = 255;
// Pairs whose histograms are counted together: they fit the first-level cache.
constexpr int kPairsPerBlock = 128;

// The strengths of all pairs on a river board of any suits: row[pairs[pair]].
struct Runout {
  const std::uint16_t* row;
  const std::uint16_t* pairs;
};

// The boards to come of a board, and of how many of them a hand can see.
class Runouts {
 public:
  Runouts(const HandStrengths& strengths, int street)
      : deck_(strengths.deck()), street_(street), rows_(strengths.river_rows()) {
    const int num_cards = deck_.num_cards() - kBoardCards[street];
    all_ = street == kRiver ? 1 : street == kRiver - 1 ? num_cards : pairs_of(num_cards);
    live_ = street == kRiver ? 1 : street == kRiver - 1 ? num_cards - 2 : pairs_of(num_cards - 2);
  }

  int all() const { return all_; }
  int live() const { return live_; }

  void find(const Board& board, std::vector<Runout>& found) const {
    const HandIndexer& indexer = board_indexer(kRiver, deck_.num_ranks);
    const PairPermutations& permutations = PairPermutations::get();
    found.clear();
    for_each_river_board(deck_, street_, board, [&](const Card* cards) {
      std::uint8_t canonical_suit[kNumSuits];
      const std::uint64_t index = indexer.index(cards, canonical_suit);
      found.push_back({&rows_[index * kNumHolePairs], permutations.pairs(canonical_suit)});
    });
  }

 private:
  static int pairs_of(int num_cards) { return num_cards * (num_cards - 1) / 2; }

  const Deck& deck_;
  int street_;
  std::span<const std::uint16_t> rows_;
  int all_;
  int live_;
};

// Calls body(board, index of every hand on it, boards to come) for boards of flop, turn or river.
template <typename Body>
void for_each_board(const HandStrengths& strengths, int street, int num_workers,
                    std::span<const FlopShare> flops, const Runouts& runouts, const Body& body) {
  const Deck& deck = strengths.deck();
  const HandIndexer& indexer = street_indexer(street, deck.num_ranks);
  const std::vector<WeightedBoard> boards = boards_of(deck, street, flops);
  parallel_for(boards.size(), kBoardsPerPiece, num_workers,
               [&](std::uint64_t begin, std::uint64_t end) {
                 std::vector<Runout> found;
                 std::array<std::uint32_t, kNumHolePairs> hands;
                 auto work = body();
                 for (std::uint64_t i = begin; i < end; ++i) {
                   const Board board(deck, street, boards[i].index);
                   indexer.index_pairs(board.cards.data(), hands.data());
                   runouts.find(board, found);
                   work(board, hands, found);
                 }
               });
}

// Adds up `num_sums` numbers for each preflop hand: add(sums of a hand, its strength on a river
// board, weight of that board), over all river boards.
template <typename Add>
std::vector<std::uint64_t> sum_preflop(const HandStrengths& strengths, int num_workers,
                                       std::span<const FlopShare> flops, std::size_t num_sums,
                                       const Add& add) {
  const Deck& deck = strengths.deck();
  const HandIndexer& board_index = board_indexer(kRiver, deck.num_ranks);
  const HandIndexer& indexer = street_indexer(0, deck.num_ranks);
  std::array<std::uint32_t, kNumHolePairs> hands;
  indexer.index_pairs(nullptr, hands.data());
  const std::vector<WeightedBoard> boards = boards_of(deck, kRiver, flops);
  const std::span<const std::uint16_t> rows = strengths.river_rows();
  std::vector<std::uint64_t> sums(indexer.size() * num_sums);
  std::mutex mutex;
  parallel_for(boards.size(), kRiverBoardsPerPiece, num_workers,
               [&](std::uint64_t begin, std::uint64_t end) {
                 std::vector<std::uint64_t> piece(sums.size());
                 for (std::uint64_t i = begin; i < end; ++i) {
                   const auto [board, weight] = boards[i];
                   const std::uint64_t deals =
                       std::uint64_t{weight} *
                       static_cast<std::uint64_t>(board_index.num_deals(board));
                   const std::uint16_t* const row = &rows[std::uint64_t{board} * kNumHolePairs];
                   for_each_live_pair(Board(deck, kRiver, board).dead, [&](int pair, Card, Card) {
                     add(&piece[hands[pair] * num_sums], row[pair], deals);
                   });
                 }
                 const std::scoped_lock lock(mutex);
                 for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += piece[i];
               });
  return sums;
}

// By strength on the river.
std::vector<std::uint8_t> bins_of_strengths(const Deck& deck) {
  const int most = max_river_value(deck);
  std::vector<std::uint8_t> bins(most + 1);
  for (int strength = 0; strength <= most; ++strength) {
    bins[strength] =
        static_cast<std::uint8_t>(std::min(strength * kEquityBins / most, kEquityBins - 1));
  }
  return bins;
}

void preflop_histograms(const HandStrengths& strengths, int num_workers,
                        std::span<const FlopShare> flops, std::uint8_t* out) {
  const std::vector<std::uint8_t> bins = bins_of_strengths(strengths.deck());
  const std::vector<std::uint64_t> counts =
      sum_preflop(strengths, num_workers, flops, kEquityBins,
                  [&](std::uint64_t* histogram, std::uint16_t strength, std::uint64_t deals) {
                    histogram[bins[strength]] += deals;
                  });
  for (std::size_t hand = 0; hand < counts.size() / kEquityBins; ++hand) {
    const std::uint64_t* const histogram = &counts[hand * kEquityBins];
    std::uint64_t total = 0;
    for (int bin = 0; bin < kEquityBins; ++bin) total += histogram[bin];
    std::uint64_t sum = 0;
    for (int bin = 0; bin < kEquityBins; ++bin) {
      sum += histogram[bin];
      out[hand * kEquityBins + bin] =
          static_cast<std::uint8_t>((2 * kHistogramTop * sum + total) / (2 * total));
    }
  }
}

void preflop_moments(const HandStrengths& strengths, int num_workers,
                     std::span<const FlopShare> flops, std::uint16_t* out) {
  enum { kWeight, kSum, kSquare, kNumSums };
  const auto most = static_cast<std::uint64_t>(max_river_value(strengths.deck()));
  const std::vector<std::uint64_t> sums =
      sum_preflop(strengths, num_workers, flops, kNumSums,
                  [](std::uint64_t* hand, std::uint64_t strength, std::uint64_t deals) {
                    hand[kWeight] += deals;
                    hand[kSum] += deals * strength;
                    hand[kSquare] += deals * strength * strength;
                  });
  for (std::size_t hand = 0; hand < sums.size() / kNumSums; ++hand) {
    const std::uint64_t* const sum = &sums[hand * kNumSums];
    out[hand * kNumMoments] = scaled_large_share(sum[kSum], sum[kWeight] * most);
    out[hand * kNumMoments + 1] = scaled_large_share(sum[kSquare], sum[kWeight] * most * most);
  }
}

using Histogram = std::array<std::uint16_t, kEquityBins>;

void count_bins(const Runout& runout, const std::uint8_t* bins, int begin, int end,
                Histogram* histograms) {
  for (int pair = begin; pair < end; ++pair) {
    ++histograms[pair - begin][bins[runout.row[runout.pairs[pair]]]];
  }
}

// Sums by pair of a board's hands over the boards to come.
struct MomentSums {
  std::array<std::uint32_t, kNumHolePairs> sum{};
  std::array<std::uint32_t, kNumHolePairs> square{};
};

HOLDEM_WIDEST_VECTORS
void add_strengths(const std::uint16_t* strengths, MomentSums& sums) {
  for (int pair = 0; pair < kNumHolePairs; ++pair) {
    const std::uint32_t strength = strengths[pair];
    sums.sum[pair] += strength;
    sums.square[pair] += strength * strength;
  }
}

HOLDEM_WIDEST_VECTORS
void scale_sums(const std::uint32_t* sums, double most, std::uint16_t* scaled) {
  for (int pair = 0; pair < kNumHolePairs; ++pair) scaled[pair] = scaled_share(sums[pair], most);
}

}  // namespace

void equity_histograms(const HandStrengths& strengths, int street, int num_workers,
                       std::span<const FlopShare> flops, std::uint8_t* out) {
  check_workers(num_workers);
  if (street < 0 || street >= kRiver) {
    throw std::invalid_argument("street: " + std::to_string(street) + ", must be 0 to 2");
  }
  if (street == 0) return preflop_histograms(strengths, num_workers, flops, out);
  const Runouts runouts(strengths, street);
  const std::vector<std::uint8_t> bins = bins_of_strengths(strengths.deck());
  // By how many of the boards to come.
  std::vector<std::uint8_t> scaled(runouts.live() + 1);
  for (int count = 0; count <= runouts.live(); ++count) {
    scaled[count] = static_cast<std::uint8_t>((2 * kHistogramTop * count + runouts.live()) /
                                              (2 * runouts.live()));
  }
  for_each_board(strengths, street, num_workers, flops, runouts, [&] {
    return [&, histograms = std::vector<Histogram>(kPairsPerBlock)](
               const Board& board, const auto& hands, const std::vector<Runout>& found) mutable {
      for (int begin = 0; begin < kNumHolePairs; begin += kPairsPerBlock) {
        const int end = std::min(begin + kPairsPerBlock, kNumHolePairs);
        // A pair that shares a card with a board to come has strength 0 there; as all have as many
        // of them, they are taken off beforehand.
        Histogram none{};
        none[bins[0]] = static_cast<std::uint16_t>(runouts.live() - runouts.all());
        std::fill(histograms.begin(), histograms.end(), none);
        for (const Runout& runout : found) {
          count_bins(runout, bins.data(), begin, end, histograms.data());
        }
        for (int pair = begin; pair < end; ++pair) {
          const auto [a, b] = kHolePairs[pair];
          if ((board.dead >> a | board.dead >> b) & 1) continue;
          std::uint8_t* const row = out + std::uint64_t{hands[pair]} * kEquityBins;
          std::uint16_t sum = 0;
          for (int bin = 0; bin < kEquityBins; ++bin) {
            sum = static_cast<std::uint16_t>(sum + histograms[pair - begin][bin]);
            row[bin] = scaled[sum];
          }
        }
      }
    };
  });
}

void equity_moments(const HandStrengths& strengths, int street, int num_workers,
                    std::span<const FlopShare> flops, std::uint16_t* out) {
  check_workers(num_workers);
  if (street == 0) return preflop_moments(strengths, num_workers, flops, out);
  const Runouts runouts(strengths, street);
  const double most = max_river_value(strengths.deck());
  for_each_board(strengths, street, num_workers, flops, runouts, [&] {
    return [&, most](const Board& board, const auto& hands, const std::vector<Runout>& found) {
      MomentSums sums;
      std::array<std::uint16_t, kNumHolePairs> row;
      for (const Runout& runout : found) {
        for (int pair = 0; pair < kNumHolePairs; ++pair) row[pair] = runout.row[runout.pairs[pair]];
        add_strengths(row.data(), sums);
      }
      std::array<std::array<std::uint16_t, kNumHolePairs>, kNumMoments> scaled;
      scale_sums(sums.sum.data(), most * runouts.live(), scaled[0].data());
      scale_sums(sums.square.data(), most * most * runouts.live(), scaled[1].data());
      for_each_live_pair(board.dead, [&](int pair, Card, Card) {
        std::uint16_t* const moments = out + std::uint64_t{hands[pair]} * kNumMoments;
        for (int i = 0; i < kNumMoments; ++i) moments[i] = scaled[i][pair];
      });
    };
  });
}

}  // namespace holdem
