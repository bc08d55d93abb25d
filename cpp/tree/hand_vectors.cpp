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
void gather(std::uint32_t num_hands, const std::uint16_t* place, const Lanes* from, Lanes* to) {
  for (std::uint32_t h = 0; h < num_hands; ++h) to[h] = from[place[h]];
}

HOLDEM_WIDEST_VECTORS
void scatter_add(std::uint32_t num_hands, const std::uint16_t* place, double weight,
                 const Lanes* values, Lanes* to) {
  const Lanes weights = Lanes::all(weight);
  for (std::uint32_t h = 0; h < num_hands; ++h) to[place[h]] += weights * values[h];
}

HOLDEM_WIDEST_VECTORS
void combine_values(std::uint32_t num_hands, Combine how, const Lanes* values, Lanes* to) {
  switch (how) {
    case Combine::write:
      for (std::uint32_t h = 0; h < num_hands; ++h) to[h] = values[h];
      return;
    case Combine::add:
      for (std::uint32_t h = 0; h < num_hands; ++h) to[h] += values[h];
      return;
    case Combine::larger:
      for (std::uint32_t h = 0; h < num_hands; ++h) to[h] = larger(to[h], values[h]);
      return;
  }
}

}  // namespace holdem
