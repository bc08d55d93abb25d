#pragma once

#include <cstdint>
#include <span>

#include "abstraction/hand_strengths.hpp"
#include "abstraction/street_boards.hpp"

namespace holdem {

// What the boards to come make of every hand's equity: features for clustering hands, one row a
// hand by street_indexer(). Equity is that of the river against a uniform hand; the boards to come
// are all that can follow, each as likely as any other, exactly and in integers. So the bytes
// depend neither on the number of workers nor on the machine.
//
// With a choice of flops only hands on boards that it leads to are written, and preflop hands have
// the boards of those flops before them, by weight.
//
// All throw std::invalid_argument unless the strengths of the river have been computed.

inline constexpr int kEquityBins = 64;
inline constexpr int kNumMoments = 2;

// The cumulative histogram of a hand's equity in 64 bins of equal width, an equity of 1 in the
// last: entry j is the share of boards where it falls into bins 0..j, in 255ths. L1 distance
// between rows is then the earth mover's distance between histograms, by 255 and the width of a
// bin.
//
// Args:
//   street: 0 to 2.
//   out: [number of hands, 64].
void equity_histograms(const HandStrengths& strengths, int street, int num_workers,
                       std::span<const FlopShare> flops, std::uint8_t* out);

// The expectations of a hand's equity and of its square, in 13 bits.
//
// Args:
//   out: [number of hands, 2].
void equity_moments(const HandStrengths& strengths, int street, int num_workers,
                    std::span<const FlopShare> flops, std::uint16_t* out);

}  // namespace holdem
