#pragma once

#include <cstdint>

#include "base/float_lanes.hpp"
#include "tree/hand_parts.hpp"
#include "tree/hand_rows.hpp"

namespace holdem {

// What is done with the hands of a public state for a group of equal subtrees at once, one in a
// lane. Lanes never mix.

// Reach probabilities below this count as 0. They would change no result that anybody can see, and
// products of them would become denormal numbers, which are slow, and slow or zero depending on how
// a CPU is set.
inline constexpr float kLeastReach = 1e-12f;

// Where values of one player's hands go.
template <class Value>
struct ValuesTo {
  const Value* own_rows;  // [row]: the player's reach probability since the street began
  Value* by_row;          // [row]: values of its hands, added to, unless
  bool is_first;          // nothing has been written there
};

// What a terminal is worth: `amount` chips for the stronger hand, or, after a fold, for the player.
// Chips are negative for a player who folded.
template <class Value>
struct TerminalLanes {
  Value amount{};
  const Value* other_rows = nullptr;  // [row]: the other's reach since the street began;
                                      // null: there is no such terminal
};

// What all terminals of a group have in common, and what they come to: parts and cells instead of
// hands. The value of a hand is what is said for its part, less what is said for its two cells.
template <class Value>
struct TerminalRoom {
  // The other's reach probabilities where the street began, added up.
  Value* part_reach;  // [part]
  Value* cell_reach;  // [cell]
  // The player's values times own_rows, added to.
  Value* part_values;  // [part]
  Value* cell_values;  // [cell]
  Value* self_values;  // [part]: after folds, a hand's share of what the same hand reaches
  // Working memory.
  Value* by_blocker;    // [blocker]
  Value* from_weakest;  // likewise
};

// Adds up the reach probabilities of hands for terminals, which come to nothing so far.
template <int W>
void enter_terminals(const HandParts& hands, const FloatLanes<W>* other_hands,
                     const TerminalRoom<FloatLanes<W>>& room);
// Adds the values of a fold, of a showdown, or of both, which are the other player's answers to a
// bet or stand alone.
template <int W>
void add_terminals(const HandParts& hands, const TerminalRoom<FloatLanes<W>>& room,
                   const TerminalLanes<FloatLanes<W>>& fold,
                   const TerminalLanes<FloatLanes<W>>& showdown, const ValuesTo<FloatLanes<W>>& to);
// The same for the player's own answers to a bet: the other's reach probabilities are the same, and
// nothing has been written to either.
template <int W>
void add_own_terminals(const HandParts& hands, const TerminalRoom<FloatLanes<W>>& room,
                       const TerminalLanes<FloatLanes<W>>& fold,
                       const ValuesTo<FloatLanes<W>>& fold_to,
                       const TerminalLanes<FloatLanes<W>>& showdown,
                       const ValuesTo<FloatLanes<W>>& showdown_to);
// values [hand] += what all terminals came to
template <int W>
void leave_terminals(const HandParts& hands, const TerminalRoom<FloatLanes<W>>& room,
                     const FloatLanes<W>* other_hands, FloatLanes<W>* values);
// Adds values [hand] that were found on the next street.
template <int W>
void add_hand_values(const HandRows& state, const FloatLanes<W>* values,
                     const ValuesTo<FloatLanes<W>>& to, FloatLanes<W>* by_hand);
// to [hand] = hands [hand] * rows [row], reach probabilities
template <int W>
void multiply_reach(const HandRows& state, const FloatLanes<W>* hands, const FloatLanes<W>* rows,
                    FloatLanes<W>* to);
// by_row [row] = the sum of from [hand of the state before] over its hands
template <int W>
void enter_rows(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* by_row);
// The same, and to [hand] = from [hand of the state before].
template <int W>
void enter_hands(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* to,
                 FloatLanes<W>* by_row);
// to [hand of the state before] = weight * values [hand], 0 for hands that cannot be held here
template <int W>
void leave_hands(const HandMap& map, const FloatLanes<W>* values, FloatLanes<W>* to);

// Copies `count` neighbouring lanes of every hand from vectors of one width to those of another.
void copy_lanes(std::uint32_t num_hands, std::uint32_t count, const float* from,
                std::uint32_t from_width, float* to, std::uint32_t to_width);

}  // namespace holdem
