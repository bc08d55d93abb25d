#pragma once

#include <cstdint>
#include <vector>

#include "game/random_stream.hpp"

namespace holdem {

// Cuts 0 .. n - 1 into m strata of equal size, up to one, and draws a position of each.
// Returns: m positions, ascending. Throws std::invalid_argument unless m is 1 to n.
std::vector<std::uint64_t> stratified_sample(std::uint64_t n, std::uint64_t m,
                                             RandomStream& random);

}  // namespace holdem
