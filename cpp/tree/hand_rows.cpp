#include "tree/hand_rows.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/vector_width.hpp"

namespace holdem {

void HandRows::assign(const PublicState& state, const HandRows* before) {
  const std::uint32_t num_hands = state.num_hands();
  hand_in_state_.resize(num_hands);
  std::iota(hand_in_state_.begin(), hand_in_state_.end(), std::uint16_t{0});
  std::stable_sort(hand_in_state_.begin(), hand_in_state_.end(),
                   [&](std::uint16_t a, std::uint16_t b) {
                     return state.bucket[a] < state.bucket[b];
                   });
  hand_of_state_.resize(num_hands);
  blockers.resize(num_hands);
  bucket_of_row.clear();
  row_begin.clear();
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    const std::uint16_t in_state = hand_in_state_[h];
    hand_of_state_[in_state] = static_cast<std::uint16_t>(h);
    blockers[h] = state.blockers[in_state];
    if (bucket_of_row.empty() || state.bucket[in_state] != bucket_of_row.back()) {
      bucket_of_row.push_back(state.bucket[in_state]);
      row_begin.push_back(static_cast<std::uint16_t>(h));
    }
  }
  row_begin.push_back(static_cast<std::uint16_t>(num_hands));

  strength_begin = state.strength_begin;
  by_strength.clear();
  if (!strength_begin.empty()) {
    by_strength.resize(num_hands);
    for (std::uint32_t r = 0; r < num_rows(); ++r) {
      for (std::uint32_t h = row_begin[r]; h < row_begin[r + 1]; ++h) {
        by_strength[hand_in_state_[h]] = {static_cast<std::uint16_t>(h),
                                          static_cast<std::uint16_t>(r), blockers[h]};
      }
    }
  }

  from_before.weight = static_cast<float>(state.weight);
  from_before.hand_before.clear();
  from_before.not_held.clear();
  if (before == nullptr) return;
  std::vector<bool> held(before->num_hands());
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    const std::uint16_t was = before->hand_of_state_[state.hand_in_parent[hand_in_state_[h]]];
    from_before.hand_before.push_back(was);
    held[was] = true;
  }
  for (std::uint32_t h = 0; h < before->num_hands(); ++h) {
    if (!held[h]) from_before.not_held.push_back(static_cast<std::uint16_t>(h));
  }
}

void HandMap::assign(const HandMap& first, const HandMap& second) {
  weight = first.weight * second.weight;
  hand_before.clear();
  for (const std::uint16_t hand : second.hand_before) {
    hand_before.push_back(first.hand_before[hand]);
  }
  not_held = first.not_held;
  for (const std::uint16_t hand : second.not_held) not_held.push_back(first.hand_before[hand]);
}

// Vectors may alias anything, so a loop keeps what it needs from memory in variables.

namespace {

// Sums reach probabilities by blocker, and returns the sum of all.
template <int W>
HOLDEM_INLINE FloatLanes<W> sum_by_blocker(const HandRows& state, const FloatLanes<W>* hands,
                                           const FloatLanes<W>* rows, int num_blockers,
                                           FloatLanes<W>* by) {
  const std::array<std::uint8_t, 2>* const blockers = state.blockers.data();
  const std::uint16_t* const begin = state.row_begin.data();
  const std::uint32_t num_rows = state.num_rows();
  std::fill_n(by, num_blockers, FloatLanes<W>{});
  FloatLanes<W> total{};
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    const FloatLanes<W> of_row = rows[r];
    const std::uint32_t end = begin[r + 1];
    for (std::uint32_t h = begin[r]; h < end; ++h) {
      const FloatLanes<W> reach = hands[h] * of_row;
      total += reach;
      by[blockers[h][0]] += reach;
      by[blockers[h][1]] += reach;
    }
  }
  return total;
}

// The same, and the wins of every hand: what is weaker and what is not stronger, added up. Less all
// there is, that is what it wins less what it loses.
template <int W>
HOLDEM_INLINE FloatLanes<W> count_wins(const HandRows& state, const FloatLanes<W>* hands,
                                       const FloatLanes<W>* rows, int num_blockers,
                                       FloatLanes<W>* by, FloatLanes<W>* wins) {
  const HandRows::RankedHand* const ranked = state.by_strength.data();
  const std::uint16_t* const begin = state.strength_begin.data();
  const std::size_t num_strengths = state.strength_begin.size() - 1;
  std::fill_n(by, num_blockers, FloatLanes<W>{});
  FloatLanes<W> total{};
  for (std::size_t s = 0; s < num_strengths; ++s) {
    const std::uint32_t first = begin[s];
    const std::uint32_t end = begin[s + 1];
    for (std::uint32_t i = first; i < end; ++i) {
      const HandRows::RankedHand hand = ranked[i];
      wins[hand.hand] = total - by[hand.blockers[0]] - by[hand.blockers[1]];
    }
    for (std::uint32_t i = first; i < end; ++i) {
      const HandRows::RankedHand hand = ranked[i];
      const FloatLanes<W> reach = hands[hand.hand] * rows[hand.row];
      total += reach;
      by[hand.blockers[0]] += reach;
      by[hand.blockers[1]] += reach;
    }
    for (std::uint32_t i = first; i < end; ++i) {
      const HandRows::RankedHand hand = ranked[i];
      wins[hand.hand] += total - by[hand.blockers[0]] - by[hand.blockers[1]];
    }
  }
  return total;
}

// Values of all hands: amount * wins + total - by_blocker of both blockers, the hand itself apart:
// `own` [row] is what a chance of the same hand for the other takes off twice.
template <int W, bool kWins, bool kSelf>
HOLDEM_INLINE void add_values(const HandRows& state, const TerminalRoom<W>& room,
                              const FloatLanes<W>& total, const FloatLanes<W>* by,
                              const FloatLanes<W>& amount, const TerminalLanes<W>& fold,
                              const ValuesTo<W>& to) {
  using Value = FloatLanes<W>;
  const std::array<std::uint8_t, 2>* const blockers = state.blockers.data();
  const std::uint16_t* const begin = state.row_begin.data();
  const std::uint32_t num_rows = state.num_rows();
  const Value *const wins = room.wins, *const other_hands = room.other_hands;
  const Value *const own_rows = to.own_rows, *const fold_rows = fold.other_rows;
  Value *const by_row = to.by_row, *const by_hand = room.by_hand;
  const Value all = total, chips = amount, fold_chips = fold.amount;
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    const Value own = own_rows[r];
    const Value self = kSelf ? fold_chips * fold_rows[r] : Value{};
    Value sum{};
    const std::uint32_t end = begin[r + 1];
    for (std::uint32_t h = begin[r]; h < end; ++h) {
      Value value = all - by[blockers[h][0]] - by[blockers[h][1]];
      if constexpr (kWins) value += chips * wins[h];
      if constexpr (kSelf) value += self * other_hands[h];
      sum += value;
      by_hand[h] += own * value;
    }
    by_row[r] += sum;
  }
}

}  // namespace

template <int W>
HOLDEM_WIDEST_VECTORS void add_terminals(const HandRows& state, const TerminalRoom<W>& room,
                                         const TerminalLanes<W>& fold,
                                         const TerminalLanes<W>& showdown,
                                         const ValuesTo<W>& to) {
  using Value = FloatLanes<W>;
  const int num_blockers = room.num_blockers;
  Value* const of_fold = room.fold_by_blocker;
  Value* const of_showdown = room.showdown_by_blocker;
  Value total{};
  if (fold.other_rows) {
    total = fold.amount * sum_by_blocker<W>(state, room.other_hands, fold.other_rows, num_blockers,
                                            of_fold);
    for (int b = 0; b < num_blockers; ++b) of_fold[b] = fold.amount * of_fold[b];
    if (!showdown.other_rows) {
      return add_values<W, false, true>(state, room, total, of_fold, Value{}, fold, to);
    }
  }
  const Value all = count_wins<W>(state, room.other_hands, showdown.other_rows, num_blockers,
                                  of_showdown, room.wins);
  total += Value{} - showdown.amount * all;
  if (fold.other_rows) {
    for (int b = 0; b < num_blockers; ++b) {
      of_fold[b] += Value{} - showdown.amount * of_showdown[b];
    }
    return add_values<W, true, true>(state, room, total, of_fold, showdown.amount, fold, to);
  }
  for (int b = 0; b < num_blockers; ++b) {
    of_showdown[b] = Value{} - showdown.amount * of_showdown[b];
  }
  add_values<W, true, false>(state, room, total, of_showdown, showdown.amount, fold, to);
}

template <int W>
HOLDEM_WIDEST_VECTORS void add_own_terminals(const HandRows& state, const TerminalRoom<W>& room,
                                             const TerminalLanes<W>& fold,
                                             const ValuesTo<W>& fold_to,
                                             const TerminalLanes<W>& showdown,
                                             const ValuesTo<W>& showdown_to) {
  using Value = FloatLanes<W>;
  const std::array<std::uint8_t, 2>* const blockers = state.blockers.data();
  const std::uint16_t* const begin = state.row_begin.data();
  const std::uint32_t num_rows = state.num_rows();
  Value* const by = room.showdown_by_blocker;
  const Value *const wins = room.wins, *const other_hands = room.other_hands;
  const Value* const other_rows = showdown.other_rows;
  Value* const by_hand = room.by_hand;
  const Value all =
      count_wins<W>(state, other_hands, other_rows, room.num_blockers, by, room.wins);
  const Value fold_chips = fold.amount, chips = showdown.amount;
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    const Value own_fold = fold_chips * fold_to.own_rows[r];
    const Value own_showdown = chips * showdown_to.own_rows[r];
    const Value own_difference = own_fold - own_showdown;
    const Value own_self = own_fold * other_rows[r];
    Value left{};
    Value won{};
    const std::uint32_t end = begin[r + 1];
    for (std::uint32_t h = begin[r]; h < end; ++h) {
      const Value all_but = all - by[blockers[h][0]] - by[blockers[h][1]];
      left += all_but;
      won += wins[h];
      by_hand[h] +=
          own_difference * all_but + own_showdown * wins[h] + own_self * other_hands[h];
    }
    fold_to.by_row[r] += fold_chips * (left + other_rows[r] * room.other_sums[r]);
    showdown_to.by_row[r] += chips * (won - left);
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void add_hand_values(const HandRows& state, const FloatLanes<W>* values,
                                           const ValuesTo<W>& to, FloatLanes<W>* by_hand) {
  const std::uint16_t* const begin = state.row_begin.data();
  const std::uint32_t num_rows = state.num_rows();
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    const FloatLanes<W> own = to.own_rows[r];
    FloatLanes<W> sum{};
    const std::uint32_t end = begin[r + 1];
    for (std::uint32_t h = begin[r]; h < end; ++h) {
      sum += values[h];
      by_hand[h] += own * values[h];
    }
    to.by_row[r] += sum;
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void multiply_reach(const HandRows& state, const FloatLanes<W>* hands,
                                          const FloatLanes<W>* rows, FloatLanes<W>* to) {
  const std::uint16_t* const begin = state.row_begin.data();
  const std::uint32_t num_rows = state.num_rows();
  const auto least = FloatLanes<W>::all(kLeastReach);
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    const FloatLanes<W> of_row = rows[r];
    const std::uint32_t end = begin[r + 1];
    for (std::uint32_t h = begin[r]; h < end; ++h) to[h] = zero_below(hands[h] * of_row, least);
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void enter_hands(const HandMap& map, const FloatLanes<W>* from,
                                       FloatLanes<W>* to) {
  const std::size_t num_hands = map.hand_before.size();
  const std::uint16_t* const before = map.hand_before.data();
  for (std::size_t h = 0; h < num_hands; ++h) to[h] = from[before[h]];
}

template <int W>
HOLDEM_WIDEST_VECTORS void sum_rows(const HandRows& state, const FloatLanes<W>* hands,
                                    FloatLanes<W>* by_row) {
  const std::uint16_t* const begin = state.row_begin.data();
  const std::uint32_t num_rows = state.num_rows();
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    FloatLanes<W> sum{};
    const std::uint32_t end = begin[r + 1];
    for (std::uint32_t h = begin[r]; h < end; ++h) sum += hands[h];
    by_row[r] = sum;
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void leave_hands(const HandMap& map, const FloatLanes<W>* values,
                                       FloatLanes<W>* to) {
  const std::size_t num_hands = map.hand_before.size();
  const std::uint16_t* const before = map.hand_before.data();
  const auto weight = FloatLanes<W>::all(map.weight);
  for (const std::uint16_t hand : map.not_held) to[hand] = FloatLanes<W>{};
  for (std::size_t h = 0; h < num_hands; ++h) to[before[h]] = weight * values[h];
}

#define HOLDEM_FOR_WIDTH(W)                                                                       \
  template void add_terminals<W>(const HandRows&, const TerminalRoom<W>&,                         \
                                 const TerminalLanes<W>&, const TerminalLanes<W>&,                \
                                 const ValuesTo<W>&);                                             \
  template void add_own_terminals<W>(const HandRows&, const TerminalRoom<W>&,                     \
                                     const TerminalLanes<W>&, const ValuesTo<W>&,                 \
                                     const TerminalLanes<W>&, const ValuesTo<W>&);                \
  template void add_hand_values<W>(const HandRows&, const FloatLanes<W>*, const ValuesTo<W>&,     \
                                   FloatLanes<W>*);                                               \
  template void multiply_reach<W>(const HandRows&, const FloatLanes<W>*, const FloatLanes<W>*,    \
                                  FloatLanes<W>*);                                                \
  template void enter_hands<W>(const HandMap&, const FloatLanes<W>*, FloatLanes<W>*);            \
  template void sum_rows<W>(const HandRows&, const FloatLanes<W>*, FloatLanes<W>*);               \
  template void leave_hands<W>(const HandMap&, const FloatLanes<W>*, FloatLanes<W>*);
HOLDEM_FOR_WIDTH(4)
HOLDEM_FOR_WIDTH(8)
HOLDEM_FOR_WIDTH(16)
#undef HOLDEM_FOR_WIDTH

namespace {

template <std::uint32_t kCount>
void copy_exactly(std::uint32_t num_hands, const float* from, std::uint32_t from_width, float* to,
                  std::uint32_t to_width) {
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    std::memcpy(to, from, kCount * sizeof(float));
    from += from_width;
    to += to_width;
  }
}

}  // namespace

void copy_lanes(std::uint32_t num_hands, std::uint32_t count, const float* from,
                std::uint32_t from_width, float* to, std::uint32_t to_width) {
  const auto copy = [&]<std::uint32_t kCount>() {
    copy_exactly<kCount>(num_hands, from, from_width, to, to_width);
    from += kCount;
    to += kCount;
    count -= kCount;
  };
  if (count >= 16) copy.template operator()<16>();
  if (count >= 8) copy.template operator()<8>();
  if (count >= 4) copy.template operator()<4>();
  if (count >= 2) copy.template operator()<2>();
  if (count >= 1) copy.template operator()<1>();
}

}  // namespace holdem
