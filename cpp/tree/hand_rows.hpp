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
// Hands are numbered row by row, in any state; rows of equally many hands follow one another, so
// that loops over the hands of a row seldom surprise the CPU. After the last hand comes a place
// that stands for no hand, which nobody ever reaches.
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
  struct Hand {
    std::uint16_t hand;
    std::uint16_t row;
    std::array<std::uint8_t, 2> blockers;
  };
  // Hands whose blockers are those of four with those of other four, as are those of two ranks:
  // what is summed by blocker is summed in registers first. A place without a hand is num_hands(),
  // a blocker that is not there is num_blockers.
  struct Grid {
    std::array<std::uint16_t, 4> first;
    std::array<std::uint16_t, 4> second;
    std::array<std::uint16_t, 16> hands;
    std::array<std::uint16_t, 16> rows;
  };
  // Hands of one strength; before the last street, all.
  struct Strength {
    std::uint16_t grid_begin;
    std::uint16_t grid_end;
    std::uint16_t single_begin;
    std::uint16_t single_end;
  };
  std::uint32_t num_blockers = 0;                     // those here are below it
  std::vector<std::uint32_t> bucket_of_row;           // ascending
  std::vector<Row> rows;                              // in the order of their hands
  std::vector<std::array<std::uint8_t, 2>> blockers;  // [hand]
  std::vector<Strength> strengths;                    // ascending
  std::vector<Grid> grids;
  std::vector<Hand> singles;  // hands in no grid
  HandMap from_before;        // from the state before

 private:
  void number_hands(const PublicState& state);
  void find_grids(const PublicState& state);

  std::uint32_t num_hands_ = 0;
  std::vector<std::uint16_t> hand_in_state_;  // [hand]
  std::vector<std::uint16_t> hand_of_state_;  // its inverse
  std::vector<std::uint16_t> row_of_hand_;
};

// What is done for a group of equal subtrees at once, one in a lane. Lanes never mix.

// Reach probabilities below this count as 0. They would change no result that anybody can see, and
// products of them would become denormal numbers, which are slow, and slow or zero depending on how
// a CPU is set.
inline constexpr float kLeastReach = 1e-12f;

// Where values of one player's hands go.
template <int W>
struct ValuesTo {
  const FloatLanes<W>* own_rows;  // [row]: the player's reach probability since the street began
  FloatLanes<W>* by_row;          // [row]: values of its hands, added to, unless
  bool is_first;                  // nothing has been written there
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
  const FloatLanes<W>* other_hands;    // [hand + 1]: the other's reach probability where it began
  const FloatLanes<W>* other_sums;     // [row]: its sum over the row's hands
  FloatLanes<W>* fold_by_blocker;      // [blocker + 1]
  FloatLanes<W>* showdown_by_blocker;  // likewise
  FloatLanes<W>* wins;                 // [hand + 1]
  FloatLanes<W>* by_hand;              // [hand]: the player's values times own_rows, added to
};

// Adds the values of a fold, of a showdown, or of both, which are the other player's answers to a
// bet or stand alone.
template <int W>
void add_terminals(const HandRows& state, const TerminalRoom<W>& room, const TerminalLanes<W>& fold,
                   const TerminalLanes<W>& showdown, const ValuesTo<W>& to);
// The same for the player's own answers to a bet: the other's reach probabilities are the same, and
// nothing has been written to either.
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
// by_row [row] = the sum of from [hand of the state before] over its hands
template <int W>
void enter_rows(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* by_row);
// The same, and to [hand] = from [hand of the state before], 0 in the place after the last hand.
template <int W>
void enter_hands(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* to,
                 FloatLanes<W>* by_row);
// to [hand] = from [hand of the state before], 0 in the place after the last hand
template <int W>
void follow_hands(const HandMap& map, const FloatLanes<W>* from, FloatLanes<W>* to);
// to [hand of the state before] = weight * values [hand], 0 for hands that cannot be held here
template <int W>
void leave_hands(const HandMap& map, const FloatLanes<W>* values, FloatLanes<W>* to);

// Copies `count` neighbouring lanes of every hand from vectors of one width to those of another.
void copy_lanes(std::uint32_t num_hands, std::uint32_t count, const float* from,
                std::uint32_t from_width, float* to, std::uint32_t to_width);

}  // namespace holdem
