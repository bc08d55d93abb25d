#include "cards/evaluator.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

namespace holdem {
namespace {

using evaluator::kCards;

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

// Both words of a HandSum, added at once.
using Words __attribute__((vector_size(16))) = std::uint64_t;

// HandSum of every byte. One that is not a card holds a bit that no card has, and no key.
constexpr std::uint64_t kNoCard = std::uint64_t{1} << kNumRanks;
constexpr std::array<HandSum, 256> make_byte_sums() {
  std::array<HandSum, 256> sums{};
  sums.fill({0, kNoCard});
  std::copy(kCards.sums.begin(), kCards.sums.end(), sums.begin());
  return sums;
}
constexpr std::array<HandSum, 256> kByteSums = make_byte_sums();

// Evaluates hands and tells whether all were seven different cards; if not, the strengths mean
// nothing.
bool evaluate_block(const Card* cards, std::size_t num_hands, HandStrength* strengths) {
  Words refused{};
  for (std::size_t hand = 0; hand < num_hands; ++hand, cards += kHandCards) {
    Words sum = std::bit_cast<Words>(kByteSums[cards[0]]), any = sum;
    for (int i = 1; i < kHandCards; ++i) {
      const auto card = std::bit_cast<Words>(kByteSums[cards[i]]);
      sum += card;
      any |= card;
    }
    // Bits add up to their union only if no two are equal.
    refused |= (sum ^ any) | (any & Words{0, kNoCard});
    strengths[hand] = evaluate({sum[0], sum[1]});
  }
  return refused[1] == 0;
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
        sums[size++] = kCards.sums[low] + kCards.sums[high];
      }
    }
  }
};

// Tallies the strengths of all seven-card hands that extend `held` by `missing` cards from `first`.
class StrengthCounter {
 public:
  void count(const HandSum& held, int first, int missing) {
    for (int card = first; card < kNumCards; ++card) {
      const HandSum sum = held + kCards.sums[card];
      if (missing > 3) {
        count(sum, card + 1, missing - 1);
      } else {
        count_pairs(sum, pairs_.num_above[card]);
      }
    }
  }

  std::uint64_t of(int strength) const { return counts_[strength]; }

 private:
  void count_pairs(const HandSum& board, std::size_t num_pairs) {
    for (std::size_t i = 0; i < num_pairs; ++i) {
      ++counts_[evaluate(board + pairs_.sums[i])];
    }
  }

  CardPairs pairs_;
  std::array<std::uint64_t, kNumHandStrengths + 1> counts_{};
};

// Number of strengths in each class.
constexpr std::array<int, kNumHandClasses> kClassSizes = {1277, 2860, 858, 858, 10,
                                                          1277, 156,  156, 10};

}  // namespace

void evaluate_hands(const Card* cards, std::size_t num_hands, HandStrength* strengths) {
  // Small enough that a refused block is found again in the cache.
  constexpr std::size_t kBlock = 512;
  for (std::size_t begin = 0; begin < num_hands; begin += kBlock) {
    const std::size_t size = std::min(kBlock, num_hands - begin);
    const Card* block = cards + kHandCards * begin;
    if (!evaluate_block(block, size, strengths + begin)) check_hands(block, size, begin);
  }
}

std::array<std::uint64_t, kNumHandClasses> count_hand_classes() {
  const auto counter = std::make_unique<StrengthCounter>();
  counter->count(HandSum{}, 0, kHandCards);
  std::array<std::uint64_t, kNumHandClasses> counts{};
  for (int strength = 1; strength <= kNumHandStrengths; ++strength) {
    counts[static_cast<std::size_t>(hand_class(strength))] += counter->of(strength);
  }
  return counts;
}

HandClass hand_class(int strength) {
  if (strength < 1 || strength > kNumHandStrengths) {
    throw std::invalid_argument("strength: " + std::to_string(strength) + " is not in 1..7462");
  }
  int index = 0;
  for (int last = kClassSizes[0]; strength > last; last += kClassSizes[index]) ++index;
  return static_cast<HandClass>(index);
}

std::string_view hand_class_name(HandClass hand_class) {
  static constexpr std::string_view kNames[kNumHandClasses] = {
      "high card", "pair",       "two pair",       "three of a kind", "straight",
      "flush",     "full house", "four of a kind", "straight flush"};
  return kNames[static_cast<std::size_t>(hand_class)];
}

}  // namespace holdem
