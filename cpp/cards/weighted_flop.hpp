#pragma once

#include <array>

#include "cards/card.hpp"

namespace holdem {

// A flop of a game that is played on chosen flops only. It stands for all its relabellings of
// suits, which are equally likely; the weights of a game's flops sum to 1.
struct WeightedFlop {
  std::array<Card, 3> cards{};
  double weight = 0;
};

}  // namespace holdem
