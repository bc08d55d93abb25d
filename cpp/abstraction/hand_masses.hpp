#pragma once

#include <cstdint>
#include <span>

#include "abstraction/street_boards.hpp"
#include "cards/deck.hpp"

namespace holdem {

// Writes how many deals of hole cards and board the index of each hand stands for: out [number of
// hands] by street_indexer(). With a choice of flops, what they weigh: the probability that the
// index is dealt, times a number that all hands of the street share, and 0 where no chosen flop
// leads to it.
void hand_masses(const Deck& deck, int street, std::span<const FlopShare> flops, int num_workers,
                 std::uint32_t* out);

}  // namespace holdem
