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

// Reach probabilities of a vector of hands, added up by what they block. Sums are twice in it.
template <class Value>
class Blocked {
 public:
  explicit Blocked(int num_blockers) : by_(static_cast<std::size_t>(num_blockers)) {}

  void clear() {
    std::fill(by_.begin(), by_.end(), Value{});
    total_ = Value{};
  }
  HOLDEM_INLINE void add(const std::array<std::uint8_t, 2>& blockers, const Value& reach) {
    by_[blockers[0]] += reach;
    by_[blockers[1]] += reach;
  }
  HOLDEM_INLINE void add_to_total(const Value& reach) { total_ += reach; }
  // The sum over all hands: each is in two of the sums.
  void add_up_total() {
    Value twice{};
    for (const Value& value : by_) twice += value;
    total_ = twice * all_half();
  }
  // The sum over hands that share no blocker with a hand that is not among them.
  HOLDEM_INLINE Value without(const std::array<std::uint8_t, 2>& blockers) const {
    return total_ - by_[blockers[0]] - by_[blockers[1]];
  }

 private:
  static Value all_half() {
    if constexpr (std::is_same_v<Value, Lanes>) {
      return Lanes::all(0.5);
    } else {
      return Value(0.5);
    }
  }
  std::vector<Value> by_;
  Value total_{};
};

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
// Args: amount: chips won, negative for the one who folded. reach, values: [hand].
template <Combine kCombine, class Value>
HOLDEM_INLINE void fold_values_of(const PublicState& state, const Value* reach, const Value& amount,
                                  Blocked<Value>& blocked, Value* values) {
  const std::uint32_t num_hands = state.num_hands();
  const auto* blockers = state.blockers.data();
  blocked.clear();
  for (std::uint32_t h = 0; h < num_hands; ++h) blocked.add(blockers[h], reach[h]);
  blocked.add_up_total();
  // The hand itself was taken off twice.
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    combine<kCombine>(amount * (blocked.without(blockers[h]) + reach[h]), values[h]);
  }
}

// Two players, on the last street.
//
// Args: amount: chips that the stronger hand wins. wins: room for [hand], overwritten.
template <Combine kCombine, class Value>
HOLDEM_INLINE void showdown_values_of(const PublicState& state, const Value* reach,
                                      const Value& amount, Blocked<Value>& blocked, Value* wins,
                                      Value* values) {
  const auto* blockers = state.blockers.data();
  const auto& begin = state.strength_begin;
  blocked.clear();
  // What is weaker, and what is not stronger: their sum less all there is are wins less losses.
  for (std::size_t s = 0; s + 1 < begin.size(); ++s) {
    for (std::uint32_t h = begin[s]; h < begin[s + 1]; ++h) wins[h] = blocked.without(blockers[h]);
    for (std::uint32_t h = begin[s]; h < begin[s + 1]; ++h) {
      blocked.add(blockers[h], reach[h]);
      blocked.add_to_total(reach[h]);
    }
    for (std::uint32_t h = begin[s]; h < begin[s + 1]; ++h) wins[h] += blocked.without(blockers[h]);
  }
  for (std::uint32_t h = 0; h < state.num_hands(); ++h) {
    combine<kCombine>(amount * (wins[h] - blocked.without(blockers[h])), values[h]);
  }
}

// Working memory of terminals on states of up to so many hands.
struct TerminalScratch {
  explicit TerminalScratch(int num_blockers) : blocked(num_blockers) {}
  Blocked<Lanes> blocked;
  std::vector<Lanes> wins;
};

// The same for lanes, compiled for the widest vectors of the CPU.
void fold_values(const PublicState& state, const Lanes* reach, const Lanes& amount, Combine combine,
                 TerminalScratch& scratch, Lanes* values);
void showdown_values(const PublicState& state, const Lanes* reach, const Lanes& amount,
                     Combine combine, TerminalScratch& scratch, Lanes* values);

// Any number of players, by going through all hands of all others: for games with few hands.
//
// Args: reach: of each player; the entry of `player` is not read. lane: the only one that is read
// and
//   written. On a fold, strengths do not count.
void many_player_values(const PublicState& state, int player, int num_players,
                        const ChipsPerPlayer& contributions, unsigned folded,
                        std::span<const Lanes* const> reach, int lane, Lanes* values);

}  // namespace holdem
