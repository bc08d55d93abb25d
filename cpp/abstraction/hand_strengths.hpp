#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "abstraction/street_boards.hpp"
#include "cards/card.hpp"
#include "cards/deck.hpp"
#include "cards/hole_pairs.hpp"

namespace holdem {

// Strength of every hand on every board against a uniform hand: exact equity on the river, its
// expectation over the cards to come before.
//
// Strengths are exact integers, so that neither the order of summation nor the number of workers
// can change them. River: 2 * wins + ties of 990. A street before sums the strengths on all boards
// of the next one: turn over 46 cards, flop over 47 turns (every pair of cards to come twice),
// preflop over 19,600 flops. Equal sums of one street are equal equities. (Numbers of the full
// deck; a smaller one has fewer hands and boards.)
//
// One row of strengths per board up to a relabelling of suits, by hole pair: the next street's rows
// are then read in order, and one sort serves all 1,081 hands of a river board. About 0.45 GB.
class HandStrengths {
 public:
  // Throws std::invalid_argument for a deck too small for a board and two hands.
  explicit HandStrengths(const Deck& deck = {});

  const Deck& deck() const { return deck_; }

  // Computes a street. River first, then turn, flop and preflop: each needs the next one.
  // Throws std::invalid_argument otherwise, or for less than one worker.
  void compute(int street, int num_workers);

  // Strength of hole cards on a board (any suits); the street must have been computed.
  std::uint64_t strength(int street, const Card* hole_cards, const Card* board) const;

  // The river strengths of all boards up to a relabelling of suits, [num boards, 1326] by
  // hole_pair_index(), 0 for pairs that cannot be held. Throws std::invalid_argument unless the
  // river has been computed.
  std::span<const std::uint16_t> river_rows() const;

  // The different strengths of a street, ascending, and how many deals of hole cards and board have
  // each.
  struct Spectrum {
    int street;
    std::vector<std::uint64_t> strengths;
    std::vector<std::uint64_t> num_deals;
  };
  Spectrum spectrum(int street) const;

  // Writes the bucket id of every hand of the spectrum's street: buckets[i] for strengths[i]. `ids`
  // has the size of the street's hand index.
  template <typename Id>
  void write_ids(const Spectrum& spectrum, std::span<const std::uint32_t> buckets, int num_workers,
                 Id* ids) const;

  // How far the hands in each bucket of a street differ.
  struct BucketSpread {
    // Of hole cards and board; with a choice of flops, what their boards weigh (see boards_of).
    std::vector<std::uint64_t> num_deals;
    std::vector<double> deviations;  // standard deviation of the equities, 0 to 1
  };
  // `ids` is by the street's hand index, each below `num_buckets`. With a choice of flops it is
  // about the hands on boards that these lead to; preflop about all.
  // Throws std::invalid_argument for an id that is not, and as boards_of.
  template <typename Id>
  BucketSpread bucket_spread(int street, const Id* ids, std::uint32_t num_buckets,
                             std::span<const FlopShare> flops, int num_workers) const;

 private:
  template <typename Row, typename NextRow>
  void sum_next_street(int street, const std::vector<NextRow>& next, int num_workers,
                       std::vector<Row>& rows);
  void compute_river(int num_workers);
  void check_computed(int street) const;
  // Highest strength that a hand of a street could have.
  std::uint64_t max_strength(int street) const;
  template <typename Body>
  decltype(auto) with_rows(int street, Body&& body) const;

  Deck deck_;
  // [num canonical boards, 1326]
  std::vector<std::uint64_t> preflop_;
  std::vector<std::uint32_t> flop_;
  std::vector<std::uint32_t> turn_;
  std::vector<std::uint16_t> river_;
};

}  // namespace holdem
