#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cards/card.hpp"
#include "cards/deck.hpp"

namespace holdem {

struct RankSetTables;

// Numbers deals of cards up to a relabelling of the suits, 0 .. size() - 1 without gaps.
//
// A deal comes in rounds: {2, 3} is two hole cards and then a flop. Two deals get the same index
// exactly when some permutation of the suits turns each round of one into the same round of the
// other; the order of the cards within a round does not matter.
//
// How: the cards of one suit, round by round, are one number (the product of colexicographic ranks
// of rank sets). The counts of cards per suit and round are the *shape* of the deal; suits with
// equal counts are interchangeable, so their numbers form a multiset, which has a rank of its own.
// The index is the first index of the shape plus a mixed-radix number of these multiset ranks.
// The first round is the lowest digit of a suit's number, so that the hands on one board lie close
// together in a table.
//
// Source: Waugh 2013, "A Fast and Optimal Hand Isomorphism Algorithm".
// Differs: the later rounds are ranked first, and shapes are found by a dense number of the
// compositions of each round instead of a tree walk; the numbering is therefore our own.
class HandIndexer {
 public:
  static constexpr int kMaxRounds = 4;
  static constexpr int kMaxCards = 7;

  // Args: num_ranks: of the deck (cards/deck.hpp) that all cards come from.
  // Throws std::invalid_argument unless 1..4 rounds of at least one card have 1..7 cards together,
  // and the deck 2..13 ranks.
  explicit HandIndexer(std::span<const int> cards_per_round, int num_ranks = kNumRanks);

  // How many deals are different.
  std::uint64_t size() const { return size_; }
  int num_cards() const { return num_cards_; }
  const Deck& deck() const { return deck_; }
  std::span<const int> cards_per_round() const { return {cards_in_round_.data(), num_rounds_}; }

  // Index of a deal: num_cards() different cards of the deck, first round first. Cards are not
  // checked.
  std::uint64_t index(const Card* cards) const;

  // The same, and for each suit the suit it has in the representative that unindex() gives: mapping
  // the cards by `canonical_suit` turns the deal into that representative, round by round.
  std::uint64_t index(const Card* cards, std::uint8_t canonical_suit[kNumSuits]) const;

  // Fills the index of every pair of hole cards on a board, [1326] by hole_pair_index(); pairs that
  // cannot be held on it keep what they had. The indexer is one of a street, {2} or {2, n}. Some
  // twenty times as fast as index() for each pair.
  void index_pairs(const Card* board, std::uint32_t* indices) const;

  // Writes the representative of an index, num_cards() cards. Throws std::invalid_argument if the
  // index is not below size().
  void unindex(std::uint64_t index, Card* cards) const;

  // How many deals, as sets per round, an index stands for: 1, 4, 6, 12 or 24.
  int num_deals(std::uint64_t index) const;

 private:
  // Cards of one suit per round, three bits each, the first round in the low bits.
  using SuitCounts = std::uint32_t;

  // A suit as part of a deal: its counts and its number among the suits with these counts.
  struct Suit {
    SuitCounts counts;
    std::uint64_t number;
  };

  // One way of spreading the cards of each round over the four suits. `weight` is the place value
  // of a canonical suit's group and `place` how many of the group precede the suit; `pair_weight`
  // is the weight where one does, else 0. A suit without cards weighs nothing.
  struct Shape {
    std::uint64_t offset;  // first index of the canonical shape
    std::array<std::uint64_t, kNumSuits> weight;
    std::array<std::uint64_t, kNumSuits> pair_weight;
    std::array<std::uint8_t, kNumSuits> place;
    std::array<std::uint8_t, kNumSuits> group;  // by real suit: rank of its group of equal counts
    bool only_pairs;                            // no group of more than two suits that have cards
  };

  // A shape with its suits in descending order of their counts.
  struct CanonicalShape {
    std::uint64_t offset;
    std::array<SuitCounts, kNumSuits> counts;
  };

  void build_shapes();
  Shape add_canonical(const std::array<SuitCounts, kNumSuits>& counts);
  std::uint64_t suit_size(SuitCounts counts) const;
  std::array<Suit, kNumSuits> decode(std::uint64_t index) const;
  std::array<std::uint64_t, kNumSuits> sorted_suits(const Card* cards, const Shape*& shape) const;
  static std::uint64_t shape_index(const Shape& shape,
                                   const std::array<std::uint64_t, kNumSuits>& sorted);
  void write_suit(const Suit& suit, int suit_id, std::array<Card*, kMaxRounds>& next_card) const;

  const RankSetTables& tables_;
  Deck deck_;
  // [ranks of the deck that are used][n]: sets of n ranks out of those that are left.
  const std::array<std::uint32_t, kMaxCards + 1>* choose_;
  std::uint64_t size_ = 0;
  int num_cards_ = 0;
  std::size_t num_rounds_ = 0;
  std::array<int, kMaxRounds> cards_in_round_{};
  std::array<std::size_t, kMaxRounds> num_compositions_{};
  std::vector<Shape> shapes_;              // by dense number of the compositions of all rounds
  std::vector<CanonicalShape> canonical_;  // by ascending offset
};

// The indexer of a street, preflop {2}, flop {2, 3}, turn {2, 4}, river {2, 5}: the board is a set,
// so the order in which turn and river came is forgotten. Built on first use, as are those below.
const HandIndexer& street_indexer(int street, int num_ranks = kNumRanks);

// The same for boards alone, flop {3}, turn {4}, river {5}.
const HandIndexer& board_indexer(int street, int num_ranks = kNumRanks);

// The same with turn and river in the order they came, {2}, {2, 3}, {2, 3, 1}, {2, 3, 1, 1}: an
// index tells those of the streets before, so a player who knows it forgets nothing.
const HandIndexer& sequence_indexer(int street, int num_ranks = kNumRanks);

}  // namespace holdem
