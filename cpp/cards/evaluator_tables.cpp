// The tables of the evaluator, worked out from the rules of poker.

#include <algorithm>
#include <numeric>
#include <vector>

#include "cards/evaluator.hpp"

namespace holdem {
namespace evaluator {
namespace {

// A set of ranks is a 13-bit mask. Comparing two masks of equally many ranks as numbers compares
// them by highest rank, then next highest, and so on: exactly how kickers are compared.

constexpr std::uint32_t top_ranks(std::uint32_t ranks, int count) {
  while (std::popcount(ranks) > count) ranks &= ranks - 1;
  return ranks;
}

// Highest card of the best straight as a one-bit mask, or 0. The ace also plays below the deuce.
constexpr std::uint32_t straight(std::uint32_t ranks) {
  const std::uint32_t with_low_ace = ranks << 1 | ranks >> (kNumRanks - 1);
  const std::uint32_t runs =
      with_low_ace & with_low_ace << 1 & with_low_ace << 2 & with_low_ace << 3 & with_low_ace << 4;
  return top_ranks(runs, 1) >> 1;
}

// A number that orders five-card hands: class first, then the ranks that make it, then kickers.
constexpr std::uint32_t score(HandClass hand_class, std::uint32_t made, std::uint32_t kickers) {
  return static_cast<std::uint32_t>(hand_class) << (2 * kNumRanks) | made << kNumRanks | kickers;
}

// Score of the best five cards of one suit, of which there are at least five.
std::uint32_t flush_score(std::uint32_t ranks) {
  if (const auto high = straight(ranks)) return score(HandClass::kStraightFlush, high, 0);
  return score(HandClass::kFlush, top_ranks(ranks, 5), 0);
}

// A collection of ranks, at most four of each.
struct Ranks {
  std::uint32_t key = 0;                                   // sum of the rank keys
  std::array<std::uint32_t, kNumSuits + 1> at_least = {};  // [n]: ranks held n times or more
};

// Score of the best five cards when no five are of one suit.
std::uint32_t ranks_score(const Ranks& held) {
  const std::uint32_t ranks = held.at_least[1];
  if (held.at_least[4] != 0) {
    const auto quads = top_ranks(held.at_least[4], 1);
    return score(HandClass::kFourOfAKind, quads, top_ranks(ranks & ~quads, 1));
  }
  const auto trips = top_ranks(held.at_least[3], 1);
  const auto pairs = top_ranks(held.at_least[2] & ~trips, 2);
  if (trips != 0 && pairs != 0) return score(HandClass::kFullHouse, trips, top_ranks(pairs, 1));
  if (const auto high = straight(ranks)) return score(HandClass::kStraight, high, 0);
  if (trips != 0) return score(HandClass::kThreeOfAKind, trips, top_ranks(ranks & ~trips, 2));
  const int num_pairs = std::popcount(pairs);
  constexpr HandClass kByPairs[] = {HandClass::kHighCard, HandClass::kPair, HandClass::kTwoPair};
  return score(kByPairs[num_pairs], pairs, top_ranks(ranks & ~pairs, 5 - 2 * num_pairs));
}

// Calls visit(ranks) for every way to add `num_cards` cards of `rank` or higher to `held`.
template <typename Visit>
void for_each_ranks(int num_cards, Ranks held, int rank, const Visit& visit) {
  if (num_cards == 0) return visit(held);
  if (rank == kNumRanks) return;
  for_each_ranks(num_cards, held, rank + 1, visit);
  for (int n = 1; n <= std::min(num_cards, kNumSuits); ++n) {
    held.key += kRankKeys[rank];
    held.at_least[n] |= 1u << rank;
    for_each_ranks(num_cards - n, held, rank + 1, visit);
  }
}

// Scores of all kinds of five-card hands, ascending.
std::vector<std::uint32_t> five_card_scores() {
  std::vector<std::uint32_t> scores;
  for_each_ranks(5, Ranks{}, 0, [&](const Ranks& r) { scores.push_back(ranks_score(r)); });
  for (std::uint32_t ranks = 0; ranks < 1u << kNumRanks; ++ranks) {
    if (std::popcount(ranks) == 5) scores.push_back(flush_score(ranks));
  }
  std::sort(scores.begin(), scores.end());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  return scores;
}

HandStrength strength_of(std::uint32_t score, const std::vector<std::uint32_t>& scores) {
  const auto at = std::lower_bound(scores.begin(), scores.end(), score);
  return static_cast<HandStrength>(at - scores.begin() + 1);
}

struct Entry {
  std::uint32_t key;
  HandStrength strength;
};

// Finds where rows of a sparse table can overlap in one dense array.
// Source: Tarjan & Yao 1979 (row displacement, densest row first).
// Differs: the search for a row's place starts where the last row of the same length was put, and
// not at the beginning: a hundred times faster, for a quarter more space.
class RowPacker {
 public:
  // Leaves room for the longest row behind the last slot, so that no lookup leaves the array, not
  // even that of a sum which no seven different cards have.
  RowPacker() : used_((kNumSlots - (kHandCards * kRankKeys.back() >> kRowBits)) / 64) {}

  // Takes the first place at or after that of the last row as long, and returns it.
  std::uint16_t place(const Entry* begin, const Entry* end) {
    if (end - begin != row_length_) {
      row_length_ = end - begin;
      word_ = 0;
    }
    for (;; ++word_) {
      std::uint64_t taken = 0;  // bit i: place 64 * word_ + i collides
      for (auto entry = begin; entry != end && ~taken != 0; ++entry) taken |= used_from(*entry);
      if (~taken == 0) continue;
      const std::size_t start = 64 * word_ + static_cast<std::size_t>(std::countr_one(taken));
      for (auto entry = begin; entry != end; ++entry) {
        const std::size_t at = start + (entry->key >> kRowBits);
        used_.at(at / 64) |= std::uint64_t{1} << (at % 64);
      }
      return static_cast<std::uint16_t>(start);
    }
  }

 private:
  // 64 flags: is this entry's slot used when its row is placed at 64 * word_ + 0, 1, ..., 63?
  std::uint64_t used_from(const Entry& entry) const {
    const std::size_t first = 64 * word_ + (entry.key >> kRowBits);
    const std::size_t shift = first % 64;
    return used_.at(first / 64) >> shift | used_.at(first / 64 + 1) << 1 << (63 - shift);
  }

  std::vector<std::uint64_t> used_;
  std::ptrdiff_t row_length_ = 0;
  std::size_t word_ = 0;
};

void fill_rank_tables(const std::vector<std::uint32_t>& scores, Tables& tables) {
  std::vector<std::vector<Entry>> rows(kNumRows);
  for_each_ranks(kHandCards, Ranks{}, 0, [&](const Ranks& ranks) {
    rows[ranks.key % kNumRows].push_back({ranks.key, strength_of(ranks_score(ranks), scores)});
  });
  std::vector<std::uint32_t> order(kNumRows);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return rows[a].size() > rows[b].size(); });
  RowPacker packer;
  for (const std::uint32_t row : order) {
    const auto& entries = rows[row];
    if (entries.empty()) break;
    tables.row_start[row] = packer.place(entries.data(), entries.data() + entries.size());
    for (const Entry& entry : entries) {
      tables.strength.at(tables.row_start[row] + (entry.key >> kRowBits)) = entry.strength;
    }
  }
}

Tables make_tables() {
  Tables tables{};
  const std::vector<std::uint32_t> scores = five_card_scores();
  fill_rank_tables(scores, tables);
  for (std::uint32_t ranks = 0; ranks < 1u << kNumRanks; ++ranks) {
    if (std::popcount(ranks) < 5) continue;
    tables.flush_strength[ranks] = strength_of(flush_score(ranks), scores);
  }
  return tables;
}

}  // namespace

const Tables kTables = make_tables();

}  // namespace evaluator
}  // namespace holdem
