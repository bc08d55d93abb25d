#include "cards/evaluator.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace holdem {
namespace evaluator {
namespace {

constexpr int kHandCards = 7;

// --- The rules of poker
// --------------------------------------------------------------------------- A set of ranks is a
// 13-bit mask. Comparing two masks of equally many ranks as numbers compares them by highest rank,
// then next highest, and so on: exactly how kickers are compared.

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

// How many cards of each rank are held.
using RankCounts = std::array<std::uint8_t, kNumRanks>;

// Score of the best five cards when no five are of one suit.
std::uint32_t ranks_score(const RankCounts& counts) {
  std::array<std::uint32_t, kNumSuits + 1> at_least{};  // [n]: ranks held n times or more
  for (int rank = 0; rank < kNumRanks; ++rank) {
    for (int n = 1; n <= counts[rank]; ++n) at_least[n] |= 1u << rank;
  }
  const std::uint32_t ranks = at_least[1];
  if (at_least[4] != 0) {
    const auto quads = top_ranks(at_least[4], 1);
    return score(HandClass::kFourOfAKind, quads, top_ranks(ranks & ~quads, 1));
  }
  const auto trips = top_ranks(at_least[3], 1);
  const auto pairs = top_ranks(at_least[2] & ~trips, 2);
  if (trips != 0 && pairs != 0) return score(HandClass::kFullHouse, trips, top_ranks(pairs, 1));
  if (const auto high = straight(ranks)) return score(HandClass::kStraight, high, 0);
  if (trips != 0) return score(HandClass::kThreeOfAKind, trips, top_ranks(ranks & ~trips, 2));
  const int num_pairs = std::popcount(pairs);
  constexpr HandClass kByPairs[] = {HandClass::kHighCard, HandClass::kPair, HandClass::kTwoPair};
  return score(kByPairs[num_pairs], pairs, top_ranks(ranks & ~pairs, 5 - 2 * num_pairs));
}

// Calls visit(counts) for every way to hold `num_cards` ranks, at most four of each.
template <typename Visit>
void for_each_ranks(int num_cards, RankCounts& counts, int rank, const Visit& visit) {
  if (rank == kNumRanks) {
    if (num_cards == 0) visit(counts);
    return;
  }
  for (int n = 0; n <= std::min(num_cards, kNumSuits); ++n) {
    counts[rank] = static_cast<std::uint8_t>(n);
    for_each_ranks(num_cards - n, counts, rank + 1, visit);
  }
}

// Scores of all kinds of five-card hands, ascending: position + 1 is the strength.
std::vector<std::uint32_t> five_card_scores() {
  std::vector<std::uint32_t> scores;
  RankCounts counts{};
  for_each_ranks(5, counts, 0, [&](const RankCounts& c) { scores.push_back(ranks_score(c)); });
  for (std::uint32_t ranks = 0; ranks < 1u << kNumRanks; ++ranks) {
    if (std::popcount(ranks) == 5) scores.push_back(flush_score(ranks));
  }
  std::sort(scores.begin(), scores.end());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  return scores;
}

// --- The tables
// -----------------------------------------------------------------------------------

struct Entry {
  std::uint32_t key;
  HandStrength strength;
};

// Finds where rows of a sparse table can overlap in one dense array.
// Source: Tarjan & Yao 1979 (row displacement, densest row first).
// Differs: the search for a row's place starts where the last row of the same length was put, and
// not at the beginning: a hundred times faster, for a fifth more space.
class RowPacker {
 public:
  RowPacker() : used_((1 << 16) / 64 + 64) {}

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
  RankCounts counts{};
  for_each_ranks(kHandCards, counts, 0, [&](const RankCounts& c) {
    const std::uint32_t key = std::inner_product(c.begin(), c.end(), kRankKeys.begin(), 0u);
    const auto at = std::lower_bound(scores.begin(), scores.end(), ranks_score(c));
    rows[key % kNumRows].push_back({key, static_cast<HandStrength>(at - scores.begin() + 1)});
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
    const auto at = std::lower_bound(scores.begin(), scores.end(), flush_score(ranks));
    tables.flush_strength[ranks] = static_cast<HandStrength>(at - scores.begin() + 1);
  }
  return tables;
}

}  // namespace

const Tables kTables = make_tables();

}  // namespace evaluator

namespace {

using evaluator::kCardSums;
using evaluator::kHandCards;

// Throws for the first hand that holds a card above 51 or a card twice.
void check_hands(const Card* cards, std::size_t num_hands, std::size_t first_index) {
  for (std::size_t hand = 0; hand < num_hands; ++hand, cards += kHandCards) {
    for (int i = 0; i < kHandCards; ++i) {
      const bool repeated = std::find(cards, cards + i, cards[i]) != cards + i;
      if (cards[i] < kNumCards && !repeated) continue;
      throw std::invalid_argument("cards[" + std::to_string(first_index + hand) + "]: card " +
                                  std::to_string(cards[i]) +
                                  (repeated ? " is held twice" : " is not in 0..51"));
    }
  }
}

// Evaluates hands and tells whether no card is held twice; if one is, the strengths mean nothing.
bool evaluate_block(const Card* cards, std::size_t num_hands, HandStrength* strengths) {
  std::uint64_t repeated = 0;
  for (std::size_t hand = 0; hand < num_hands; ++hand, cards += kHandCards) {
    HandSum sum = kCardSums[cards[0]], any = sum;
    for (int i = 1; i < kHandCards; ++i) {
      const HandSum& card = kCardSums[cards[i]];
      sum = sum + card;
      any = any | card;
    }
    repeated |= sum.cards ^ any.cards;  // bits add up to their union only where no two are equal
    strengths[hand] = evaluate(sum);
  }
  return repeated == 0;
}

// All pairs of cards, by descending lower card: the pairs above any card come first.
struct CardPairs {
  std::array<HandSum, kNumCards*(kNumCards - 1) / 2> sums;
  std::array<std::size_t, kNumCards> num_above;  // pairs of which both cards are above this one

  CardPairs() {
    std::size_t size = 0;
    for (int low = kNumCards - 1; low >= 0; --low) {
      num_above[low] = size;
      for (int high = low + 1; high < kNumCards; ++high) {
        sums[size++] = kCardSums[low] + kCardSums[high];
      }
    }
  }
};

// Tallies the strengths of all seven-card hands that extend `held` by `missing` cards from `first`.
class StrengthCounter {
 public:
  void count(const HandSum& held, int first, int missing) {
    for (int card = first; card < kNumCards; ++card) {
      const HandSum sum = held + kCardSums[card];
      if (missing > 3) {
        count(sum, card + 1, missing - 1);
      } else {
        count_pairs(sum, pairs_.num_above[card]);
      }
    }
  }

  std::uint64_t of(HandStrength strength) const {
    return std::uint64_t{counts_[0][strength]} + counts_[1][strength];
  }

 private:
  void count_pairs(const HandSum& board, std::size_t num_pairs) {
    for (std::size_t i = 0; i < num_pairs; ++i) {
      ++counts_[i % kLanes][evaluate(board + pairs_.sums[i])];
    }
  }

  // Neighbours often have equal strength: two tallies take turns so as not to wait for each other.
  static constexpr std::size_t kLanes = 2;
  CardPairs pairs_;
  std::array<std::array<std::uint32_t, kNumHandStrengths + 1>, kLanes> counts_{};
};

// Number of strengths in each class.
constexpr std::array<int, kNumHandClasses> kClassSizes = {1277, 2860, 858, 858, 10,
                                                          1277, 156,  156, 10};

}  // namespace

void evaluate_hands(const Card* cards, std::size_t num_hands, HandStrength* strengths) {
  constexpr std::size_t kBlock = 512;  // stays in the first-level cache between check and use
  for (std::size_t begin = 0; begin < num_hands; begin += kBlock) {
    const std::size_t size = std::min(kBlock, num_hands - begin);
    const Card* block = cards + kHandCards * begin;
    Card highest = 0;
    for (std::size_t i = 0; i < kHandCards * size; ++i) highest = std::max(highest, block[i]);
    const bool valid = highest < kNumCards && evaluate_block(block, size, strengths + begin);
    if (!valid) check_hands(block, size, begin);
  }
}

std::array<std::uint64_t, kNumHandClasses> count_hand_classes() {
  const auto counter = std::make_unique<StrengthCounter>();
  counter->count(HandSum{}, 0, kHandCards);
  std::array<std::uint64_t, kNumHandClasses> counts{};
  for (int strength = 1; strength <= kNumHandStrengths; ++strength) {
    const auto s = static_cast<HandStrength>(strength);
    counts[static_cast<std::size_t>(hand_class(s))] += counter->of(s);
  }
  return counts;
}

HandClass hand_class(HandStrength strength) {
  if (strength < 1 || strength > kNumHandStrengths) {
    throw std::invalid_argument("strength: " + std::to_string(strength) + " is not in 1..7462");
  }
  int index = 0;
  for (int last = kClassSizes[0]; strength > last; last += kClassSizes[index]) ++index;
  return static_cast<HandClass>(index);
}

std::string_view hand_class_name(HandClass hand_class) {
  constexpr std::string_view kNames[kNumHandClasses] = {
      "high card", "pair",       "two pair",       "three of a kind", "straight",
      "flush",     "full house", "four of a kind", "straight flush"};
  return kNames[static_cast<std::size_t>(hand_class)];
}

}  // namespace holdem
