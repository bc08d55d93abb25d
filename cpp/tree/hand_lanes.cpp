#include "tree/hand_lanes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/widest_lanes.hpp"

namespace holdem {

// Vectors may alias anything, so a loop keeps what it needs from memory in variables.

namespace {

// Hands that are asked for before they are needed. Hardware that does so by itself stops at the end
// of each small page.
constexpr std::size_t kAhead = 16;

// What the other's hands count for a hand: all of them, less those that have one of its blockers.
template <class Value>
struct Counted {
  Value all;
  Value* by;  // [blocker]

  HOLDEM_INLINE Counted(const HandParts& state, Value* by_blocker) : all{}, by(by_blocker) {
    std::fill_n(by, state.num_blockers, Value{});
  }
};

// The parts of a state, and what the terminals of a group know of them.
template <class Value>
struct Parts {
  const HandParts::Part* parts;
  const std::uint16_t* strength_begin;
  const std::uint8_t* blockers;
  const float* cell_hands;
  const Value* part_reach;
  const Value* cell_reach;
  Value* part_values;
  Value* cell_values;
  Value* self_values;
  std::uint32_t num_parts;
  std::uint32_t num_strengths;

  HOLDEM_INLINE Parts(const HandParts& state, const TerminalRoom<Value>& room)
      : parts(state.parts.data()),
        strength_begin(state.strength_begin.data()),
        blockers(state.cell_blocker.data()),
        cell_hands(state.cell_hands.data()),
        part_reach(room.part_reach),
        cell_reach(room.cell_reach),
        part_values(room.part_values),
        cell_values(room.cell_values),
        self_values(room.self_values),
        num_parts(static_cast<std::uint32_t>(state.parts.size())),
        num_strengths(static_cast<std::uint32_t>(state.strength_begin.size() - 1)) {}

  // Counts the hands of a part, each of them so much.
  HOLDEM_INLINE void count(std::uint32_t p, const Value& each, Counted<Value>& counted) const {
    const auto [row, num_hands, begin, end] = parts[p];
    for (std::uint32_t c = begin; c < end; ++c) counted.by[blockers[c]] += each * cell_reach[c];
    counted.all += each * part_reach[p];
  }

  // Values the hands of a part; if `each`, counts them before and once more after.
  // Returns: the sum of the values.
  template <bool kCounts>
  HOLDEM_INLINE Value value(std::uint32_t p, const Value& own, const Value& each,
                            Counted<Value>& counted) const {
    const auto [row, num_hands, begin, end] = parts[p];
    Value blocked{};
    for (std::uint32_t c = begin; c < end; ++c) {
      Value& by = counted.by[blockers[c]];
      Value less = by;
      if constexpr (kCounts) {
        const Value more = each * cell_reach[c];
        less += more;
        by = less + more;
      }
      blocked += Value::all(cell_hands[c]) * less;
      cell_values[c] += own * less;
    }
    Value all = counted.all;
    if constexpr (kCounts) {
      const Value more = each * part_reach[p];
      all += more;
      counted.all = all + more;
    }
    part_values[p] += own * all;
    return Value::all(num_hands) * all - blocked;
  }

  // The same after a fold and at a showdown, by the same hands of the other: what the fold counts
  // does not change.
  struct Both {
    Value left;
    Value won;
  };
  template <bool kCounts>
  HOLDEM_INLINE Both value_both(std::uint32_t p, const Value& own_fold, const Value& own_showdown,
                                const Value& each, const Counted<Value>& left,
                                Counted<Value>& won) const {
    const auto [row, num_hands, begin, end] = parts[p];
    Both blocked{};
    for (std::uint32_t c = begin; c < end; ++c) {
      Value& by = won.by[blockers[c]];
      const Value fold = left.by[blockers[c]];
      Value showdown = by;
      if constexpr (kCounts) {
        const Value more = each * cell_reach[c];
        showdown += more;
        by = showdown + more;
      }
      const Value hands = Value::all(cell_hands[c]);
      blocked.left += hands * fold;
      blocked.won += hands * showdown;
      cell_values[c] += own_fold * fold + own_showdown * showdown;
    }
    Value all = won.all;
    if constexpr (kCounts) {
      const Value more = each * part_reach[p];
      all += more;
      won.all = all + more;
    }
    part_values[p] += own_fold * left.all + own_showdown * all;
    const Value hands = Value::all(num_hands);
    return {hands * left.all - blocked.left, hands * all - blocked.won};
  }
};

// After a fold a hand of the other counts the same for all that share no blocker with it. At a
// showdown it counts as much for stronger hands, the opposite for weaker ones: so hands are visited
// from the weakest to the strongest, where all the other's count against them at first and each is
// counted once before its own strength is valued and once after.
template <class Value, bool kFolds, bool kShows>
HOLDEM_INLINE void add_answers(const HandParts& state, const TerminalRoom<Value>& room,
                               const TerminalLanes<Value>& fold,
                               const TerminalLanes<Value>& showdown, const ValuesTo<Value>& to) {
  const Parts<Value> of(state, room);
  const Value *const fold_rows = fold.other_rows, *const showdown_rows = showdown.other_rows;
  const Value fold_chips = fold.amount, chips = showdown.amount;
  const Value* const own_rows = to.own_rows;
  Value* const by_row = to.by_row;
  Counted<Value> counted(state, room.by_blocker);
  for (std::uint32_t p = 0; p < of.num_parts; ++p) {
    const std::uint32_t row = of.parts[p].row;
    Value each{};
    if constexpr (kFolds) each = fold_chips * fold_rows[row];
    if constexpr (kShows) each -= chips * showdown_rows[row];
    of.count(p, each, counted);
  }
  if (to.is_first) std::fill_n(by_row, state.num_rows, Value{});
  for (std::uint32_t s = 0; s < of.num_strengths; ++s) {
    const std::uint32_t begin = of.strength_begin[s], end = of.strength_begin[s + 1];
    const bool alone = end - begin == 1;  // as it is mostly
    if (kShows && !alone) {
      for (std::uint32_t p = begin; p < end; ++p) {
        of.count(p, chips * showdown_rows[of.parts[p].row], counted);
      }
    }
    for (std::uint32_t p = begin; p < end; ++p) {
      const std::uint32_t row = of.parts[p].row;
      const Value own = own_rows[row];
      Value sum;
      if (kShows && alone) {
        sum = of.template value<true>(p, own, chips * showdown_rows[row], counted);
      } else {
        sum = of.template value<false>(p, own, own, counted);
      }
      if constexpr (kFolds) {
        const Value self = fold_chips * fold_rows[row];
        sum += self * of.part_reach[p];
        of.self_values[p] += own * self;
      }
      by_row[row] += sum;
    }
    if (kShows && !alone) {
      for (std::uint32_t p = begin; p < end; ++p) {
        of.count(p, chips * showdown_rows[of.parts[p].row], counted);
      }
    }
  }
}

struct EnterTerminals {
  template <class Value>
  HOLDEM_INLINE static void run(const HandParts& state, const Value* other_hands,
                                const TerminalRoom<Value>& room) {
    const std::size_t num_parts = state.parts.size();
    const std::size_t num_cells = state.cell_blocker.size();
    Value *const of_part = room.part_reach, *const of_cell = room.cell_reach;
    std::fill_n(of_part, num_parts, Value{});
    std::fill_n(of_cell, num_cells, Value{});
    std::fill_n(room.part_values, num_parts, Value{});
    std::fill_n(room.cell_values, num_cells, Value{});
    std::fill_n(room.self_values, num_parts, Value{});
    for (const auto& [hand, part, cells] : state.hands) {
      const Value reach = other_hands[hand];
      of_part[part] += reach;
      of_cell[cells[0]] += reach;
      of_cell[cells[1]] += reach;
    }
  }
};

struct AddTerminals {
  template <class Value>
  HOLDEM_INLINE static void run(const HandParts& state, const TerminalRoom<Value>& room,
                                const TerminalLanes<Value>& fold,
                                const TerminalLanes<Value>& showdown, const ValuesTo<Value>& to) {
    if (!showdown.other_rows)
      return add_answers<Value, true, false>(state, room, fold, showdown, to);
    if (!fold.other_rows) return add_answers<Value, false, true>(state, room, fold, showdown, to);
    add_answers<Value, true, true>(state, room, fold, showdown, to);
  }
};

struct AddOwnTerminals {
  template <class Value>
  HOLDEM_INLINE static void run(const HandParts& state, const TerminalRoom<Value>& room,
                                const TerminalLanes<Value>& fold, const ValuesTo<Value>& fold_to,
                                const TerminalLanes<Value>& showdown,
                                const ValuesTo<Value>& showdown_to) {
    const Parts<Value> of(state, room);
    const Value* const other_rows = showdown.other_rows;
    const Value fold_chips = fold.amount, chips = showdown.amount;
    const Value *const fold_rows = fold_to.own_rows, *const showdown_rows = showdown_to.own_rows;
    Value *const fold_by_row = fold_to.by_row, *const showdown_by_row = showdown_to.by_row;
    Counted<Value> left(state, room.by_blocker);
    for (std::uint32_t p = 0; p < of.num_parts; ++p) of.count(p, other_rows[of.parts[p].row], left);
    Counted<Value> won(state, room.from_weakest);
    for (std::uint32_t b = 0; b < state.num_blockers; ++b) won.by[b] -= left.by[b];
    won.all -= left.all;
    std::fill_n(fold_by_row, state.num_rows, Value{});
    std::fill_n(showdown_by_row, state.num_rows, Value{});
    for (std::uint32_t s = 0; s < of.num_strengths; ++s) {
      const std::uint32_t begin = of.strength_begin[s], end = of.strength_begin[s + 1];
      const bool alone = end - begin == 1;
      if (!alone) {
        for (std::uint32_t p = begin; p < end; ++p) of.count(p, other_rows[of.parts[p].row], won);
      }
      for (std::uint32_t p = begin; p < end; ++p) {
        const std::uint32_t row = of.parts[p].row;
        const Value each = other_rows[row];
        const Value own_fold = fold_chips * fold_rows[row];
        const Value own_showdown = chips * showdown_rows[row];
        const auto sums =
            alone ? of.template value_both<true>(p, own_fold, own_showdown, each, left, won)
                  : of.template value_both<false>(p, own_fold, own_showdown, each, left, won);
        of.self_values[p] += own_fold * each;
        fold_by_row[row] += fold_chips * (sums.left + each * of.part_reach[p]);
        showdown_by_row[row] += chips * sums.won;
      }
      if (!alone) {
        for (std::uint32_t p = begin; p < end; ++p) of.count(p, other_rows[of.parts[p].row], won);
      }
    }
  }
};

struct LeaveTerminals {
  template <class Value>
  HOLDEM_INLINE static void run(const HandParts& state, const TerminalRoom<Value>& room,
                                const Value* other_hands, Value* values) {
    const Value *const of_part = room.part_values, *const of_cell = room.cell_values;
    const Value* const of_self = room.self_values;
    for (const auto& [hand, part, cells] : state.hands) {
      values[hand] +=
          of_part[part] - of_cell[cells[0]] - of_cell[cells[1]] + of_self[part] * other_hands[hand];
    }
  }
};

struct AddHandValues {
  template <class Value>
  HOLDEM_INLINE static void run(const HandRows& state, const Value* values,
                                const ValuesTo<Value>& to, Value* by_hand) {
    for (const auto [r, begin, end] : state.rows) {
      const Value own = to.own_rows[r];
      Value sum{};
      for (std::uint32_t h = begin; h < end; ++h) {
        sum += values[h];
        by_hand[h] += own * values[h];
      }
      to.by_row[r] = to.is_first ? sum : to.by_row[r] + sum;
    }
  }
};

struct MultiplyReach {
  template <class Value>
  HOLDEM_INLINE static void run(const HandRows& state, const Value* hands, const Value* rows,
                                Value* to) {
    const auto least = Value::all(kLeastReach);
    for (const auto [r, begin, end] : state.rows) {
      const Value of_row = rows[r];
      for (std::uint32_t h = begin; h < end; ++h) to[h] = zero_below(hands[h] * of_row, least);
    }
  }
};

// What is read once was written long ago: all of it comes from far away, so it is asked for early.
template <class Value, bool kStores>
HOLDEM_INLINE void enter(const HandRows& state, const Value* from, Value* to, Value* by_row) {
  const std::uint16_t* const before = state.from_before.hand_before.data();
  const std::uint32_t last = state.num_hands() - 1;
  for (const auto [r, begin, end] : state.rows) {
    Value sum{};
    for (std::uint32_t h = begin; h < end; ++h) {
      __builtin_prefetch(from + before[std::min<std::size_t>(h + kAhead, last)]);
      const Value reach = from[before[h]];
      if constexpr (kStores) to[h] = reach;
      sum += reach;
    }
    by_row[r] = sum;
  }
}

struct EnterRows {
  template <class Value>
  HOLDEM_INLINE static void run(const HandRows& state, const Value* from, Value* by_row) {
    enter<Value, false>(state, from, nullptr, by_row);
  }
};

struct EnterHands {
  template <class Value>
  HOLDEM_INLINE static void run(const HandRows& state, const Value* from, Value* to,
                                Value* by_row) {
    enter<Value, true>(state, from, to, by_row);
  }
};

struct LeaveHands {
  template <class Value>
  HOLDEM_INLINE static void run(const HandMap& map, const Value* values, Value* to) {
    const std::size_t num_hands = map.hand_before.size();
    const std::uint16_t* const before = map.hand_before.data();
    const auto weight = Value::all(map.weight);
    for (const std::uint16_t hand : map.not_held) to[hand] = Value{};
    for (std::size_t h = 0; h < num_hands; ++h) {
      __builtin_prefetch(to + before[std::min(h + kAhead, num_hands - 1)], 1);
      to[before[h]] = weight * values[h];
    }
  }
};

}  // namespace

template <int W>
void enter_terminals(const HandParts& state, const FloatLanes<W>* other_hands,
                     const TerminalRoom<FloatLanes<W>>& room) {
  run_widest<EnterTerminals>(state, other_hands, room);
}

template <int W>
void add_terminals(const HandParts& state, const TerminalRoom<FloatLanes<W>>& room,
                   const TerminalLanes<FloatLanes<W>>& fold,
                   const TerminalLanes<FloatLanes<W>>& showdown,
                   const ValuesTo<FloatLanes<W>>& to) {
  run_widest<AddTerminals>(state, room, fold, showdown, to);
}

template <int W>
void add_own_terminals(const HandParts& state, const TerminalRoom<FloatLanes<W>>& room,
                       const TerminalLanes<FloatLanes<W>>& fold,
                       const ValuesTo<FloatLanes<W>>& fold_to,
                       const TerminalLanes<FloatLanes<W>>& showdown,
                       const ValuesTo<FloatLanes<W>>& showdown_to) {
  run_widest<AddOwnTerminals>(state, room, fold, fold_to, showdown, showdown_to);
}

template <int W>
void leave_terminals(const HandParts& state, const TerminalRoom<FloatLanes<W>>& room,
                     const FloatLanes<W>* other_hands, FloatLanes<W>* values) {
  run_widest<LeaveTerminals>(state, room, other_hands, values);
}

template <int W>
void add_hand_values(const HandRows& state, const FloatLanes<W>* values,
                     const ValuesTo<FloatLanes<W>>& to, FloatLanes<W>* by_hand) {
  run_widest<AddHandValues>(state, values, to, by_hand);
}

template <int W>
void multiply_reach(const HandRows& state, const FloatLanes<W>* hands, const FloatLanes<W>* rows,
                    FloatLanes<W>* to) {
  run_widest<MultiplyReach>(state, hands, rows, to);
}

template <int W>
void enter_rows(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* by_row) {
  run_widest<EnterRows>(state, from, by_row);
}

template <int W>
void enter_hands(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* to,
                 FloatLanes<W>* by_row) {
  run_widest<EnterHands>(state, from, to, by_row);
}

template <int W>
void leave_hands(const HandMap& map, const FloatLanes<W>* values, FloatLanes<W>* to) {
  run_widest<LeaveHands>(map, values, to);
}

#define HOLDEM_FOR_WIDTH(W)                                                                      \
  template void enter_terminals<W>(const HandParts&, const FloatLanes<W>*,                       \
                                   const TerminalRoom<FloatLanes<W>>&);                          \
  template void leave_terminals<W>(const HandParts&, const TerminalRoom<FloatLanes<W>>&,         \
                                   const FloatLanes<W>*, FloatLanes<W>*);                        \
  template void add_terminals<W>(                                                                \
      const HandParts&, const TerminalRoom<FloatLanes<W>>&, const TerminalLanes<FloatLanes<W>>&, \
      const TerminalLanes<FloatLanes<W>>&, const ValuesTo<FloatLanes<W>>&);                      \
  template void add_own_terminals<W>(                                                            \
      const HandParts&, const TerminalRoom<FloatLanes<W>>&, const TerminalLanes<FloatLanes<W>>&, \
      const ValuesTo<FloatLanes<W>>&, const TerminalLanes<FloatLanes<W>>&,                       \
      const ValuesTo<FloatLanes<W>>&);                                                           \
  template void add_hand_values<W>(const HandRows&, const FloatLanes<W>*,                        \
                                   const ValuesTo<FloatLanes<W>>&, FloatLanes<W>*);              \
  template void multiply_reach<W>(const HandRows&, const FloatLanes<W>*, const FloatLanes<W>*,   \
                                  FloatLanes<W>*);                                               \
  template void enter_rows<W>(const HandRows&, const FloatLanes<W>*, FloatLanes<W>*);            \
  template void enter_hands<W>(const HandRows&, const FloatLanes<W>*, FloatLanes<W>*,            \
                               FloatLanes<W>*);                                                  \
  template void leave_hands<W>(const HandMap&, const FloatLanes<W>*, FloatLanes<W>*);
HOLDEM_FOR_WIDTH(4)
HOLDEM_FOR_WIDTH(8)
HOLDEM_FOR_WIDTH(16)
#undef HOLDEM_FOR_WIDTH

namespace {

template <std::size_t kCount>
void copy_exactly(std::uint32_t num_hands, const float* from, std::uint32_t from_width, float* to,
                  std::uint32_t to_width) {
  for (std::uint32_t h = 0; h < num_hands; ++h) {
    __builtin_prefetch(from + kAhead * from_width);
    __builtin_prefetch(to + kAhead * to_width, 1);
    std::memcpy(to, from, kCount * sizeof(float));
    from += from_width;
    to += to_width;
  }
}

}  // namespace

void copy_lanes(std::uint32_t num_hands, std::uint32_t count, const float* from,
                std::uint32_t from_width, float* to, std::uint32_t to_width) {
  static constexpr auto kCopies = []<std::size_t... kCount>(std::index_sequence<kCount...>) {
    return std::array{&copy_exactly<kCount>...};
  }(std::make_index_sequence<kMaxFloatLanes + 1>());
  kCopies[count](num_hands, from, from_width, to, to_width);
}

}  // namespace holdem
