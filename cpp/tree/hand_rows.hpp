#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "game/public_game.hpp"

namespace holdem {

// How hands of one public state become those of another that follows it.
struct HandMap {
  std::vector<std::uint16_t> hand_before;  // [hand]: what it was
  std::vector<std::uint16_t> not_held;     // hands that cannot be held any more
  float weight = 1;  // of the state, given the one before (PublicState::weight)
};

// The hands of a public state by the *rows* they are in: one for each bucket that occurs, in
// ascending order. Strategies know rows alone, so within a street a player's reach probability is
// that of the hand where the street began times one of the row. Walks that keep to this touch every
// hand at terminals and at the ends of a street only; decisions cost as many rows as there are.
//
// Hands are numbered row by row, in any state; rows of equally many hands follow one another, so
// that loops over the hands of a row seldom surprise the CPU.
class HandRows {
 public:
  // Makes the rows of a state. Reuses memory.
  // Args: before: of the state before; null at the root.
  void assign(const PublicState& state, const HandRows* before);

  std::uint32_t num_hands() const { return num_hands_; }
  std::uint32_t num_rows() const { return static_cast<std::uint32_t>(bucket_of_row.size()); }

  struct Row {
    std::uint16_t row;
    std::uint16_t begin;  // of its hands
    std::uint16_t end;
  };
  std::vector<std::uint32_t> bucket_of_row;  // ascending
  std::vector<Row> rows;                     // in the order of their hands
  std::vector<std::uint16_t> row_of_hand;    // [hand]
  std::vector<std::uint16_t> hand_of_state;  // [hand of the PublicState]
  HandMap from_before;                       // from the state before

 private:
  void number_hands(const PublicState& state);

  std::uint32_t num_hands_ = 0;
  std::vector<std::uint16_t> hand_in_state_;  // [hand]
};

}  // namespace holdem
