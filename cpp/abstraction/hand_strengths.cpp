#include "abstraction/hand_strengths.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

#include "abstraction/street_boards.hpp"
#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "base/worker_pool.hpp"
#include "cards/hand_index.hpp"
#include "cards/river_equity.hpp"

namespace holdem {
namespace {

constexpr std::uint64_t kBoardsPerPiece = 16;

// Most entries of a table by strength: what the flops of the full deck need.
constexpr std::uint64_t kMaxTableSize = 2 * 990 * 46 * 47 + 1;

// Where there are more buckets than this, one worker adds them up: each needs all of them.
constexpr std::uint32_t kMaxSharedBuckets = 1u << 20;

// Squares of strengths, times deals: what 64 bits cannot hold.
__extension__ using Wide = unsigned __int128;

// What one bucket adds up to; integers, so that the order of adding changes nothing.
struct Sums {
  Wide squares = 0;
  std::uint64_t strengths = 0;
  std::uint64_t num_deals = 0;

  void add(std::uint64_t strength, std::uint64_t deals) {
    num_deals += deals;
    strengths += strength * deals;
    squares += static_cast<Wide>(strength * deals) * strength;
  }

  void add(const Sums& other) {
    num_deals += other.num_deals;
    strengths += other.strengths;
    squares += other.squares;
  }

  // Exactly 0 where all strengths are equal.
  double deviation() const {
    const Wide variance = squares * num_deals - static_cast<Wide>(strengths) * strengths;
    return std::sqrt(static_cast<double>(variance)) / static_cast<double>(num_deals);
  }
};

// Finds the bucket of a strength; a table by strength where strengths are small numbers.
template <typename Id>
class BucketOfStrength {
 public:
  BucketOfStrength(std::span<const std::uint64_t> strengths, std::span<const std::uint32_t> buckets)
      : strengths_(strengths), buckets_(buckets) {
    if (strengths.empty() || strengths.back() >= kMaxTableSize) return;
    table_.resize(strengths.back() + 1);
    for (std::size_t i = 0; i < strengths.size(); ++i) {
      table_[strengths[i]] = static_cast<Id>(buckets[i]);
    }
  }

  Id operator()(std::uint64_t strength) const {
    if (!table_.empty()) return table_[strength];
    const auto found = std::lower_bound(strengths_.begin(), strengths_.end(), strength);
    return static_cast<Id>(buckets_[found - strengths_.begin()]);
  }

 private:
  std::span<const std::uint64_t> strengths_;
  std::span<const std::uint32_t> buckets_;
  std::vector<Id> table_;
};

}  // namespace

HandStrengths::HandStrengths(const Deck& deck) : deck_(deck) {
  check_num_ranks(deck.num_ranks);
  if (deck.num_cards() < kMaxBoardCards + 4) {
    throw std::invalid_argument("num_ranks: " + std::to_string(deck.num_ranks) +
                                ", must be at least 3 for a board and two hands");
  }
}

std::uint64_t HandStrengths::max_strength(int street) const {
  auto strength = static_cast<std::uint64_t>(max_river_value(deck_));
  for (int s = kNumStreets - 2; s >= street; --s) {
    const auto unseen = static_cast<std::uint64_t>(deck_.num_cards() - 2 - kBoardCards[s]);
    strength *= s == 0 ? unseen * (unseen - 1) * (unseen - 2) / 6 : unseen;
  }
  return strength;
}

template <typename Body>
decltype(auto) HandStrengths::with_rows(int street, Body&& body) const {
  switch (street) {
    case 0:
      return body(preflop_);
    case 1:
      return body(flop_);
    case 2:
      return body(turn_);
    default:
      return body(river_);
  }
}

void HandStrengths::check_computed(int street) const {
  if (street < 0 || street >= kNumStreets) {
    throw std::invalid_argument("street: " + std::to_string(street) + ", must be 0 to 3");
  }
  if (with_rows(street, [](const auto& rows) { return rows.empty(); })) {
    throw std::invalid_argument("street: the strengths of street " + std::to_string(street) +
                                " have not been computed");
  }
}

std::span<const std::uint16_t> HandStrengths::river_rows() const {
  check_computed(kNumStreets - 1);
  return river_;
}

void HandStrengths::compute(int street, int num_workers) {
  check_workers(num_workers);
  if (street >= 0 && street < kNumStreets - 1) check_computed(street + 1);
  switch (street) {
    case 0:
      return sum_next_street(street, flop_, num_workers, preflop_);
    case 1:
      return sum_next_street(street, turn_, num_workers, flop_);
    case 2:
      return sum_next_street(street, river_, num_workers, turn_);
    case 3:
      return compute_river(num_workers);
    default:
      throw std::invalid_argument("street: " + std::to_string(street) + ", must be 0 to 3");
  }
}

void HandStrengths::compute_river(int num_workers) {
  river_.resize(num_boards(deck_, 3) * kNumHolePairs);
  parallel_for(num_boards(deck_, 3), kBoardsPerPiece, num_workers,
               [&](std::uint64_t begin, std::uint64_t end) {
                 for (std::uint64_t board = begin; board < end; ++board) {
                   river_values(Board(deck_, 3, board).cards.data(), deck_,
                                &river_[board * kNumHolePairs]);
                 }
               });
}

template <typename Row, typename NextRow>
void HandStrengths::sum_next_street(int street, const std::vector<NextRow>& next, int num_workers,
                                    std::vector<Row>& rows) {
  const PairPermutations& permutations = PairPermutations::get();
  const HandIndexer& next_indexer = board_indexer(street + 1, deck_.num_ranks);
  rows.assign(num_boards(deck_, street) * kNumHolePairs, 0);
  const auto sum_board = [&](std::uint64_t board) {
    Row* const row = &rows[board * kNumHolePairs];
    for_each_next_board(deck_, street, Board(deck_, street, board), [&](const Card* next_board) {
      std::uint8_t canonical_suit[kNumSuits];
      const std::uint64_t index = next_indexer.index(next_board, canonical_suit);
      const NextRow* const next_row = &next[index * kNumHolePairs];
      const std::uint16_t* const pairs = permutations.pairs(canonical_suit);
      // A pair that shares a card with the next board has strength 0 there and adds nothing.
      for (int pair = 0; pair < kNumHolePairs; ++pair) row[pair] += next_row[pairs[pair]];
    });
  };
  parallel_for(num_boards(deck_, street), kBoardsPerPiece, num_workers,
               [&](std::uint64_t begin, std::uint64_t end) {
                 for (std::uint64_t board = begin; board < end; ++board) sum_board(board);
               });
}

std::uint64_t HandStrengths::strength(int street, const Card* hole_cards, const Card* board) const {
  check_computed(street);
  std::uint64_t index = 0;
  int pair = hole_pair_index(hole_cards[0], hole_cards[1]);
  if (street > 0) {
    std::uint8_t canonical_suit[kNumSuits];
    index = board_indexer(street, deck_.num_ranks).index(board, canonical_suit);
    pair = PairPermutations::get().pairs(canonical_suit)[pair];
  }
  return with_rows(street, [&](const auto& rows) -> std::uint64_t {
    return rows[index * kNumHolePairs + pair];
  });
}

HandStrengths::Spectrum HandStrengths::spectrum(int street) const {
  check_computed(street);
  Spectrum spectrum{.street = street, .strengths = {}, .num_deals = {}};
  const auto add = [&](std::uint64_t strength, std::uint64_t num_deals) {
    if (num_deals == 0) return;
    spectrum.strengths.push_back(strength);
    spectrum.num_deals.push_back(num_deals);
  };
  if (street == 0) {
    std::map<std::uint64_t, std::uint64_t> deals_of;
    for_each_live_pair(~deck_.cards(), [&](int pair, Card, Card) { ++deals_of[preflop_[pair]]; });
    for (const auto& [strength, num_deals] : deals_of) add(strength, num_deals);
    return spectrum;
  }
  std::vector<std::uint64_t> deals_of(max_strength(street) + 1);
  const HandIndexer& boards = board_indexer(street, deck_.num_ranks);
  InterruptTicker ticker(64);
  with_rows(street, [&](const auto& rows) {
    for (std::uint64_t board = 0; board < num_boards(deck_, street); ++board) {
      ticker.tick();
      const auto* const row = &rows[board * kNumHolePairs];
      const auto num_deals = static_cast<std::uint64_t>(boards.num_deals(board));
      for_each_live_pair(Board(deck_, street, board).dead,
                         [&](int pair, Card, Card) { deals_of[row[pair]] += num_deals; });
    }
  });
  for (std::uint64_t strength = 0; strength < deals_of.size(); ++strength) {
    add(strength, deals_of[strength]);
  }
  return spectrum;
}

template <typename Id>
void HandStrengths::write_ids(const Spectrum& spectrum, std::span<const std::uint32_t> buckets,
                              int num_workers, Id* ids) const {
  const int street = spectrum.street;
  check_computed(street);
  check_workers(num_workers);
  const BucketOfStrength<Id> bucket_of(spectrum.strengths, buckets);
  const HandIndexer& indexer = street_indexer(street, deck_.num_ranks);
  // Hands on different canonical boards have different indices: no two workers share an entry.
  const auto write_board = [&](std::uint64_t index, const auto* row) {
    const Board board(deck_, street, index);
    std::array<std::uint32_t, kNumHolePairs> hands;
    indexer.index_pairs(board.cards.data(), hands.data());
    for_each_live_pair(board.dead,
                       [&](int pair, Card, Card) { ids[hands[pair]] = bucket_of(row[pair]); });
  };
  with_rows(street, [&](const auto& rows) {
    parallel_for(num_boards(deck_, street), kBoardsPerPiece, num_workers,
                 [&](std::uint64_t begin, std::uint64_t end) {
                   for (std::uint64_t board = begin; board < end; ++board) {
                     write_board(board, &rows[board * kNumHolePairs]);
                   }
                 });
  });
}

template <typename Id>
HandStrengths::BucketSpread HandStrengths::bucket_spread(int street, const Id* ids,
                                                         std::uint32_t num_buckets,
                                                         std::span<const FlopShare> flops,
                                                         int num_workers) const {
  check_computed(street);
  check_workers(num_workers);
  const HandIndexer& indexer = street_indexer(street, deck_.num_ranks);
  const std::vector<WeightedBoard> boards = boards_of(deck_, street, flops);
  WorkerPool pool(num_buckets > kMaxSharedBuckets ? 1 : num_workers);
  std::vector<std::vector<Sums>> sums(pool.size());
  const auto add_board = [&](WeightedBoard weighted, const auto* row, std::vector<Sums>& of) {
    const Board board(deck_, street, weighted.index);
    std::uint64_t num_deals = weighted.weight;
    if (street > 0) num_deals *= board_indexer(street, deck_.num_ranks).num_deals(weighted.index);
    std::array<std::uint32_t, kNumHolePairs> hands;
    indexer.index_pairs(board.cards.data(), hands.data());
    for_each_live_pair(board.dead, [&](int pair, Card, Card) {
      const Id id = ids[hands[pair]];
      if (id >= num_buckets) {
        throw std::invalid_argument("ids: " + std::to_string(id) + ", must be below " +
                                    std::to_string(num_buckets));
      }
      of[id].add(row[pair], num_deals);
    });
  };
  const auto num_pieces =
      static_cast<std::uint32_t>((boards.size() + kBoardsPerPiece - 1) / kBoardsPerPiece);
  with_rows(street, [&](const auto& rows) {
    pool.run(num_pieces, [&](std::uint32_t piece, int worker) {
      if (worker == 0) check_interrupts();
      if (sums[worker].empty()) sums[worker].resize(num_buckets);
      const std::uint64_t begin = piece * kBoardsPerPiece;
      const std::uint64_t end = std::min<std::uint64_t>(begin + kBoardsPerPiece, boards.size());
      for (std::uint64_t i = begin; i < end; ++i) {
        add_board(boards[i], &rows[boards[i].index * std::uint64_t{kNumHolePairs}], sums[worker]);
      }
    });
  });
  BucketSpread spread;
  const auto highest = static_cast<double>(max_strength(street));
  for (std::uint32_t bucket = 0; bucket < num_buckets; ++bucket) {
    Sums all;
    for (const std::vector<Sums>& of : sums) {
      if (!of.empty()) all.add(of[bucket]);
    }
    spread.num_deals.push_back(all.num_deals);
    spread.deviations.push_back(all.num_deals > 0 ? all.deviation() / highest : 0);
  }
  return spread;
}

template void HandStrengths::write_ids(const Spectrum&, std::span<const std::uint32_t>, int,
                                       std::uint8_t*) const;
template void HandStrengths::write_ids(const Spectrum&, std::span<const std::uint32_t>, int,
                                       std::uint16_t*) const;
template void HandStrengths::write_ids(const Spectrum&, std::span<const std::uint32_t>, int,
                                       std::uint32_t*) const;

template HandStrengths::BucketSpread HandStrengths::bucket_spread(int, const std::uint8_t*,
                                                                  std::uint32_t,
                                                                  std::span<const FlopShare>,
                                                                  int) const;
template HandStrengths::BucketSpread HandStrengths::bucket_spread(int, const std::uint16_t*,
                                                                  std::uint32_t,
                                                                  std::span<const FlopShare>,
                                                                  int) const;
template HandStrengths::BucketSpread HandStrengths::bucket_spread(int, const std::uint32_t*,
                                                                  std::uint32_t,
                                                                  std::span<const FlopShare>,
                                                                  int) const;

}  // namespace holdem
