#include "tree/hand_vectors.hpp"

#include "base/vector_width.hpp"

namespace holdem {

HOLDEM_WIDEST_VECTORS
void multiply_by_strategy(std::uint32_t num_hands, const StrategyRows& strategy,
                          std::uint32_t action, const Lanes* reach, Lanes* to) {
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    to[h] = reach[h] * Lanes::of_floats(strategy.at(h, action));
  }
}

HOLDEM_WIDEST_VECTORS
void add_by_strategy(std::uint32_t num_hands, const StrategyRows& strategy, std::uint32_t action,
                     const Lanes* values, Lanes* to) {
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    to[h] += values[h] * Lanes::of_floats(strategy.at(h, action));
  }
}

HOLDEM_WIDEST_VECTORS
void add(std::uint32_t num_hands, const Lanes* values, Lanes* to) {
  for (std::uint32_t h = 0; h < num_hands; ++h) to[h] += values[h];
}

HOLDEM_WIDEST_VECTORS
void take_larger(std::uint32_t num_hands, const Lanes* values, Lanes* to) {
  for (std::uint32_t h = 0; h < num_hands; ++h) to[h] = larger(to[h], values[h]);
}

}  // namespace holdem
