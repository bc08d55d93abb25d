#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "abstraction/street_boards.hpp"

namespace holdem {

// A choice of flops as Python gives it; needs nanobind/stl/array.h, pair.h and vector.h.
using FlopsIn = std::vector<std::pair<std::array<Card, 3>, std::uint32_t>>;

inline std::vector<FlopShare> shares_of(const FlopsIn& flops) {
  std::vector<FlopShare> shares;
  for (const auto& [cards, weight] : flops) shares.push_back({cards, weight});
  return shares;
}

}  // namespace holdem
