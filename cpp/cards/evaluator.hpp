#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cards/card.hpp"

namespace holdem {

// Strength of the best five cards of a hand, dense over the 7,462 kinds of five-card hands:
// 1 = seven high (7-5-4-3-2), 7462 = royal flush. Higher wins, equal ties.
using HandStrength = std::uint16_t;
inline constexpr int kNumHandStrengths = 7462;
inline constexpr int kHandCards = 7;

enum class HandClass : std::uint8_t {
  kHighCard,
  kPair,
  kTwoPair,
  kThreeOfAKind,
  kStraight,
  kFlush,
  kFullHouse,
  kFourOfAKind,
  kStraightFlush,
};
inline constexpr int kNumHandClasses = 9;

// A set of cards in the form the evaluator needs. Sets without a card in common are joined by +, so
// a fixed board is summed once and each hand on it costs one addition.
struct alignas(16) HandSum {
  // Bits 0..31: sum of the cards' rank keys. Byte 4 + s: number of cards of suit s.
  std::uint64_t key = 0;
  // Bit 16 * suit + rank of each card.
  std::uint64_t cards = 0;

  constexpr HandSum operator+(const HandSum& other) const {
    return {key + other.key, cards + other.cards};
  }
  constexpr void add(Card card);
};

namespace evaluator {

// Keys under which any two different collections of seven ranks, at most four of each, have
// different sums. Each is the smallest number that keeps this so, given the ones before it.
inline constexpr std::array<std::uint32_t, kNumRanks> kRankKeys = {
    0, 1, 5, 22, 98, 453, 2031, 8698, 22854, 83661, 262349, 636345, 1479181};

// A sum of rank keys is looked up as strength[row_start[sum % 2^kRowBits] + sum / 2^kRowBits]; the
// rows overlap without colliding.
inline constexpr int kRowBits = 13;
inline constexpr std::uint32_t kNumRows = 1u << kRowBits;
inline constexpr std::uint32_t kNumSlots = 1u << 16;

// Non-zero if five cards or more are of one suit: 123 + 5 reaches the top bit of the suit's byte.
constexpr std::uint64_t flush_bits(std::uint64_t key) {
  return (key + 0x7b7b7b7b'00000000) & 0x80808080'00000000;
}

struct Tables {
  std::array<std::uint16_t, kNumRows> row_start;
  std::array<HandStrength, kNumSlots> strength;
  std::array<HandStrength, 1 << kNumRanks> flush_strength;  // by the ranks held in the suit
};

// Filled when the program starts (about 6 ms): not to be used by other static initialisers.
extern const Tables kTables;

constexpr HandSum sum_of(Card card) {
  return {kRankKeys[rank_of(card)] + (std::uint64_t{1} << (32 + 8 * suit_of(card))),
          std::uint64_t{1} << (16 * suit_of(card) + rank_of(card))};
}

// Keys also on their own: a hand read from memory needs them alone, unless it is a flush.
struct CardTables {
  std::array<HandSum, kNumCards> sums;
  std::array<std::uint64_t, kNumCards> keys;

  constexpr CardTables() : sums{}, keys{} {
    for (Card card = 0; card < kNumCards; ++card) {
      sums[card] = sum_of(card);
      keys[card] = sums[card].key;
    }
  }
};
alignas(64) inline constexpr CardTables kCards;

}  // namespace evaluator

constexpr void HandSum::add(Card card) { *this = *this + evaluator::kCards.sums[card]; }

// Strength of the best five of exactly seven different cards.
inline HandStrength evaluate(const HandSum& seven_cards) {
  using namespace evaluator;
  const std::uint64_t flush = flush_bits(seven_cards.key);
  if (flush != 0) [[unlikely]] {
    // Five of one suit in seven cards leave no room for four of a kind or a full house.
    const int suit = (std::countr_zero(flush) - 32) / 8;
    return kTables.flush_strength[(seven_cards.cards >> (16 * suit)) % (1 << kNumRanks)];
  }
  const auto ranks = static_cast<std::uint32_t>(seven_cards.key);
  return kTables.strength[kTables.row_start[ranks % kNumRows] + (ranks >> kRowBits)];
}

// The same for seven different cards in memory.
inline HandStrength evaluate7(const Card* cards) {
  using namespace evaluator;
  HandSum sum;
  for (int i = 0; i < kHandCards; ++i) sum.key += kCards.keys[cards[i]];
  if (flush_bits(sum.key) != 0) [[unlikely]] {
    for (int i = 0; i < kHandCards; ++i) sum.cards += kCards.sums[cards[i]].cards;
  }
  return evaluate(sum);
}

// Evaluates `num_hands` hands of seven cards laid one after the other. Throws
// std::invalid_argument, naming the hand, for a card above 51 or a card held twice.
void evaluate_hands(const Card* cards, std::size_t num_hands, HandStrength* strengths);

// Number of the 133,784,560 seven-card hands in each HandClass.
std::array<std::uint64_t, kNumHandClasses> count_hand_classes();

// Class of a strength and its English name. Throws std::invalid_argument outside 1..7462.
HandClass hand_class(int strength);
std::string_view hand_class_name(HandClass hand_class);

}  // namespace holdem
