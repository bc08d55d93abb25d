#pragma once

#include <cstdint>

namespace holdem {

// Shares are features in 13 bits: differences of two then fit 16 bits with a sign, and squares of
// eight of them 32.
inline constexpr int kShareScale = (1 << 13) - 1;

// `part` / `whole` in 13 bits, halves rounded up; part <= whole. Exact while both are below 2^39:
// all numbers are integers that a double holds, and a quotient that is no integer is further from
// one than half a unit in its last place.
inline std::uint16_t scaled_share(double part, double whole) {
  return static_cast<std::uint16_t>(
      static_cast<std::int32_t>((2 * kShareScale * part + whole) / (2 * whole)));
}

// The same for any integers.
inline std::uint16_t scaled_large_share(std::uint64_t part, std::uint64_t whole) {
  const auto wide = static_cast<unsigned __int128>(whole);
  return static_cast<std::uint16_t>(
      (2 * kShareScale * static_cast<unsigned __int128>(part) + wide) / (2 * wide));
}

}  // namespace holdem
