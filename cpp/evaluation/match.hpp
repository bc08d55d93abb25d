#pragma once

#include <cstdint>

#include "evaluation/policy.hpp"

namespace holdem {

// What a number of deals came to, in chips a hand of the player who is measured.
struct MatchTally {
  std::uint64_t num_deals = 0;
  double mean = 0;
  double squared_deviations = 0;  // sum over deals of (result - mean)^2

  // Counts the result of one more deal.
  // Source: Welford 1962, for mean and squared deviations in one pass.
  void add(double result) {
    const double deviation = result - mean;
    ++num_deals;
    mean += deviation / static_cast<double>(num_deals);
    squared_deviations += deviation * (result - mean);
  }
};

struct MatchOptions {
  std::uint32_t seed = 0;
  int hands_per_seat = 1;  // times a deal is played in each seating, with fresh choices of actions
};

// Plays the deals [first_deal, first_deal + num_deals) of a seed, duplicate: the two policies play
// the same cards in both seatings, and the result of the deal is the mean over all its hands. So
// most of the luck of the cards cancels, and with it the advantage of a seat. Both seatings choose
// actions by the same random numbers: where the policies agree, the hands mirror each other, and a
// policy draws against itself exactly.
//
// The policies may see the cards in different buckets, but must bet in the same tree.
// A deal depends on nothing but seed and number, so any split of the deals plays the same ones.
//
// Throws std::invalid_argument for a game that is not for two players, or different betting trees.
MatchTally play_match(const TabularPolicy& first, const TabularPolicy& second,
                      const MatchOptions& options, std::uint64_t first_deal,
                      std::uint64_t num_deals);

}  // namespace holdem
