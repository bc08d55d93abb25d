#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/float_lanes.hpp"
#include "game/public_game.hpp"

namespace holdem {

// How hands of one public state become those of another that follows it.
struct HandMap {
  std::vector<std::uint16_t> hand_before;  // [hand]: what it was
  std::vector<std::uint16_t> not_held;     // hands that cannot be held any more
  float weight = 1;  // of the state, given the one before (PublicState::weight)

  // The way through this map and another that begins where it ends. Reuses memory.
  void assign(const HandMap& first, const HandMap& second);
};

// The hands of a public state by the *rows* they are in: one for each bucket that occurs, in
// ascending order. Strategies know rows alone, so within a street a player's reach probability is
// that of the hand where the street began times one of the row. Walks that keep to this touch every
// hand at terminals and at the ends of a street only; decisions cost as many rows as there are.
//
// Hands are numbered row by row, in any state.
class HandRows {
 public:
  // Makes the rows of a state. Reuses memory.
  // Args: before: of the state before; null at the root.
  void assign(const PublicState& state, const HandRows* before);

  std::uint32_t num_hands() const { return static_cast<std::uint32_t>(blockers.size()); }
  std::uint32_t num_rows() const { return static_cast<std::uint32_t>(bucket_of_row.size()); }

  struct RankedHand {
    std::uint16_t hand;
    std::uint16_t row;
    std::array<std::uint8_t, 2> blockers;
  };
  std::vector<std::uint32_t> bucket_of_row;           // ascending
  std::vector<std::uint16_t> row_begin;               // [row + 1]: its first hand
  std::vector<std::array<std::uint8_t, 2>> blockers;  // [hand]
  // Last street: hands by ascending strength, and where in that order each strength begins.
  std::vector<RankedHand> by_strength;
  std::vector<std::uint16_t> strength_begin;
  HandMap from_before;  // from the state before

 private:
  std::vector<std::uint16_t> hand_in_state_;  // [hand]
  std::vector<std::uint16_t> hand_of_state_;  // its inverse
};

// What is done for a group of equal subtrees at once, one in a lane. Lanes never mix.

// Reach probabilities below this count as 0. They would change no result that anybody can see, and
// products of them would become denormal numbers, which are slow, and slow or zero depending on how
// a CPU is set.
inline constexpr float kLeastReach = 1e-12f;

// Where values of one player's hands go: both are added to.
template <int W>
struct ValuesTo {
  const FloatLanes<W>* own_rows;  // [row]: the player's reach probability since the street began
  FloatLanes<W>* by_row;          // [row]: values of its hands
};

// What a terminal is worth: `amount` chips for the stronger hand, or, after a fold, for the player.
// Chips are negative for a player who folded.
template <int W>
struct TerminalLanes {
  FloatLanes<W> amount{};
  const FloatLanes<W>* other_rows = nullptr;  // [row]: the other's reach since the street began;
                                              // null: there is no such terminal
};

// What all terminals of a group have in common, and working memory for them.
template <int W>
struct TerminalRoom {
  const FloatLanes<W>* other_hands;  // [hand]: the other's reach probability where it began
  const FloatLanes<W>* other_sums;   // [row]: its sum over the row's hands
  int num_blockers;
  FloatLanes<W>* fold_by_blocker;      // [blocker]
  FloatLanes<W>* showdown_by_blocker;  // [blocker]
  FloatLanes<W>* wins;                 // [hand]
  FloatLanes<W>* by_hand;              // [hand]: the player's values times own_rows, added to
};

// Adds the values of a fold, of a showdown, or of both, which are the other player's answers to a
// bet or stand alone.
template <int W>
void add_terminals(const HandRows& state, const TerminalRoom<W>& room, const TerminalLanes<W>& fold,
                   const TerminalLanes<W>& showdown, const ValuesTo<W>& to);
// The same for the player's own answers to a bet: the other's reach probabilities are the same.
template <int W>
void add_own_terminals(const HandRows& state, const TerminalRoom<W>& room,
                       const TerminalLanes<W>& fold, const ValuesTo<W>& fold_to,
                       const TerminalLanes<W>& showdown, const ValuesTo<W>& showdown_to);
// Adds values [hand] that were found on the next street.
template <int W>
void add_hand_values(const HandRows& state, const FloatLanes<W>* values, const ValuesTo<W>& to,
                     FloatLanes<W>* by_hand);
// to [hand] = hands [hand] * rows [row], reach probabilities
template <int W>
void multiply_reach(const HandRows& state, const FloatLanes<W>* hands, const FloatLanes<W>* rows,
                    FloatLanes<W>* to);
// to [hand] = from [hand of the state before]
template <int W>
void enter_hands(const HandMap& map, const FloatLanes<W>* from, FloatLanes<W>* to);
// by_row [row] = the sum over its hands
template <int W>
void sum_rows(const HandRows& state, const FloatLanes<W>* hands, FloatLanes<W>* by_row);
// to [hand of the state before] = weight * values [hand], 0 for hands that cannot be held here
template <int W>
void leave_hands(const HandMap& map, const FloatLanes<W>* values, FloatLanes<W>* to);

// Copies `count` neighbouring lanes of every hand from vectors of one width to those of another.
void copy_lanes(std::uint32_t num_hands, std::uint32_t count, const float* from,
                std::uint32_t from_width, float* to, std::uint32_t to_width);

}  // namespace holdem
