#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tree/hand_rows.hpp"

namespace holdem {

// What terminals are settled by: the hands of a street that can still be held in the public state
// where the terminal is settled, which may be that of a later street. Hands of one row that are
// equally strong there (of one row, before the last street) are a *part*, the hands of a part that
// have one blocker a *cell*. What the hands of a part are worth differs by their blockers alone,
// and they share those: sixteen hands of two ranks are eight cells.
class HandParts {
 public:
  // Makes the parts of a street. Reuses memory.
  // Args: rows: of the street. there: where terminals are settled. hand_of_state: [hand there], by
  //   its number in `rows`. weight: probability of `there`, given the street's state.
  void assign(const HandRows& rows, const PublicState& there,
              const std::vector<std::uint16_t>& hand_of_state, double weight);

  struct Part {
    std::uint16_t row;
    std::uint16_t num_hands;
    std::uint16_t begin;  // of its cells
    std::uint16_t end;
  };
  struct Hand {
    std::uint16_t hand;  // of the street
    std::uint16_t part;
    std::array<std::uint16_t, 2> cells;
  };
  float weight = 1;
  std::uint32_t num_rows = 0;
  std::uint32_t num_blockers = 0;  // those here are below it
  std::vector<Part> parts;
  std::vector<std::uint16_t> strength_begin;  // [strength], ascending, and the end: of its parts
  std::vector<std::uint8_t> cell_blocker;     // [cell]
  std::vector<float> cell_hands;              // [cell]: how many there are
  std::vector<Hand> hands;

 private:
  std::vector<std::array<std::uint16_t, 2>> equal_;  // hands of one strength: here and there
};

}  // namespace holdem
