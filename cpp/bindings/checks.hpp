#pragma once

#include <stdexcept>
#include <string>

#include "cards/card.hpp"

namespace holdem {

// Throws std::invalid_argument unless it is the number of a street.
inline void check_street(int street) {
  if (street < 0 || street >= kNumStreets) {
    throw std::invalid_argument("street: " + std::to_string(street) + ", must be 0 to 3");
  }
}

}  // namespace holdem
