#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/lanes.hpp"
#include "game/pots.hpp"
#include "game/public_game.hpp"

namespace holdem {

// What terminals are worth to every hand of a player, by the reach probabilities of the others, for
// the public state alone: not weighted by the probability of the state.
//
// A value is one number, or one of several subtrees in a lane: all share the state's hands, so
// every number of the plain algorithm becomes a vector, and nothing has to be gathered or permuted.

// The sums of reach probabilities by blocker: by[blocker]. Every hand is in two of them. The total
// is kept apart, in a variable: vectors may alias anything, so what is in memory is stored each
// time.
template <class Value>
HOLDEM_INLINE void block(const std::array<std::uint8_t, 2>& blockers, const Value& reach,
                         Value* by) {
  by[blockers[0]] += reach;
  by[blockers[1]] += reach;
}

// The sum over hands that share no blocker with a hand that is not among them.
template <class Value>
HOLDEM_INLINE Value unblocked(const Value& total, const std::array<std::uint8_t, 2>& blockers,
                              const Value* by) {
  return total - by[blockers[0]] - by[blockers[1]];
}

// What is done with a value where there are values already.
enum class Combine { write, add, larger };

template <Combine kCombine, class Value>
HOLDEM_INLINE void combine(const Value& value, Value& into) {
  if constexpr (kCombine == Combine::write) into = value;
  if constexpr (kCombine == Combine::add) into += value;
  if constexpr (kCombine == Combine::larger) into = larger(into, value);
}

// Two players, one of whom has folded.
//
// Args: amount: chips won, negative for the one who folded. reach, values: [hand]. by: room for a
//   value of each of `num_blockers` blockers, overwritten.
template <Combine kCombine, class Value>
HOLDEM_INLINE void fold_values_of(const PublicState& state, const Value* reach, const Value& amount,
                                  int num_blockers, Value* by, Value* values) {
  const std::uint32_t num_hands = state.num_hands();
  const auto* blockers = state.blockers.data();
  std::fill_n(by, num_blockers, Value{});
  Value total{};
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    total += reach[h];
    block(blockers[h], reach[h], by);
  }
  // The hand itself was taken off twice.
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    combine<kCombine>(amount * (unblocked(total, blockers[h], by) + reach[h]), values[h]);
  }
}

// Two players, on the last street.
//
// Args: amount: chips that the stronger hand wins. wins: room for [hand], overwritten, as is `by`.
template <Combine kCombine, class Value>
HOLDEM_INLINE void showdown_values_of(const PublicState& state, const Value* reach,
                                      const Value& amount, int num_blockers, Value* by, Value* wins,
                                      Value* values) {
  const auto* blockers = state.blockers.data();
  const std::uint16_t* begin = state.strength_begin.data();
  const std::size_t num_strengths = state.strength_begin.size() - 1;
  const std::uint32_t num_hands = state.num_hands();
  std::fill_n(by, num_blockers, Value{});
  Value total{};
  // What is weaker, and what is not stronger: their sum less all there is are wins less losses.
  for (std::size_t s = 0; s < num_strengths; ++s) {
    const std::uint32_t first = begin[s];
    const std::uint32_t end = begin[s + 1];
    for (std::uint32_t h = first; h < end; ++h) wins[h] = unblocked(total, blockers[h], by);
    for (std::uint32_t h = first; h < end; ++h) {
      total += reach[h];
      block(blockers[h], reach[h], by);
    }
    for (std::uint32_t h = first; h < end; ++h) wins[h] += unblocked(total, blockers[h], by);
  }
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    combine<kCombine>(amount * (wins[h] - unblocked(total, blockers[h], by)), values[h]);
  }
}

// Working memory of terminals.
struct TerminalScratch {
  explicit TerminalScratch(int num_blockers) : by(static_cast<std::size_t>(num_blockers)) {}
  std::vector<Lanes> by;    // [blocker]
  std::vector<Lanes> wins;  // [hand]
};

// The same for lanes, compiled for the widest vectors of the CPU.
void fold_values(const PublicState& state, const Lanes* reach, const Lanes& amount, Combine how,
                 TerminalScratch& scratch, Lanes* values);
void showdown_values(const PublicState& state, const Lanes* reach, const Lanes& amount, Combine how,
                     TerminalScratch& scratch, Lanes* values);

// Any number of players, by going through all hands of all others: for games with few hands.
//
// Args: reach: of each player; the entry of `player` is not read. lane: the only one that is read
// and
//   written. On a fold, strengths do not count.
void many_player_values(const PublicState& state, int player, int num_players,
                        const ChipsPerPlayer& contributions, unsigned folded,
                        std::span<const Lanes* const> reach, int lane, Lanes* values);

}  // namespace holdem
