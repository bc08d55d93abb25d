#include "tree/hand_rows.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/vector_width.hpp"

namespace holdem {

void HandRows::assign(const PublicState& state, const HandRows* before) {
  number_hands(state);
  find_grids(state);
  from_before.weight = static_cast<float>(state.weight);
  from_before.hand_before.clear();
  from_before.not_held.clear();
  if (before == nullptr) return;
  std::vector<bool> held(before->num_hands());
  for (std::uint32_t h = 0; h < num_hands_; ++h) {
    const std::uint16_t was = before->hand_of_state_[state.hand_in_parent[hand_in_state_[h]]];
    from_before.hand_before.push_back(was);
    held[was] = true;
  }
  for (std::uint32_t h = 0; h < before->num_hands(); ++h) {
    if (!held[h]) from_before.not_held.push_back(static_cast<std::uint16_t>(h));
  }
}

void HandRows::number_hands(const PublicState& state) {
  num_hands_ = state.num_hands();
  // The hands of each row, one row after the other.
  std::vector<std::uint16_t> by_row(num_hands_);
  std::iota(by_row.begin(), by_row.end(), std::uint16_t{0});
  std::stable_sort(by_row.begin(), by_row.end(), [&](std::uint16_t a, std::uint16_t b) {
    return state.bucket[a] < state.bucket[b];
  });
  bucket_of_row.clear();
  rows.clear();
  for (std::uint32_t i = 0; i < num_hands_; ++i) {
    const std::uint32_t bucket = state.bucket[by_row[i]];
    if (bucket_of_row.empty() || bucket != bucket_of_row.back()) {
      rows.push_back({static_cast<std::uint16_t>(num_rows()), static_cast<std::uint16_t>(i), 0});
      bucket_of_row.push_back(bucket);
    }
    rows.back().end = static_cast<std::uint16_t>(i + 1);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.end - a.begin < b.end - b.begin; });
  hand_in_state_.resize(num_hands_);
  hand_of_state_.resize(num_hands_);
  row_of_hand_.resize(num_hands_);
  blockers.resize(num_hands_);
  num_blockers = 0;
  std::uint16_t next = 0;
  for (Row& row : rows) {
    const std::uint16_t first = next;
    for (std::uint32_t i = row.begin; i < row.end; ++i, ++next) {
      hand_in_state_[next] = by_row[i];
      hand_of_state_[by_row[i]] = next;
      row_of_hand_[next] = row.row;
      blockers[next] = state.blockers[by_row[i]];
      const std::uint8_t highest = std::max(blockers[next][0], blockers[next][1]);
      num_blockers = std::max(num_blockers, highest + 1u);
    }
    row.begin = first;
    row.end = next;
  }
}

void HandRows::find_grids(const PublicState& state) {
  // Blockers by fours: a grid is what two fours have in common.
  constexpr std::uint32_t kFours = kMaxBlockers / 4;
  constexpr std::size_t kWorthIt = 5;  // hands; fewer are quicker one by one
  const auto four_of = [&](std::uint16_t in_state) {
    const auto& of = state.blockers[in_state];
    const std::uint32_t low = std::min(of[0], of[1]) / 4;
    return low * kFours + std::max(of[0], of[1]) / 4;
  };
  strengths.clear();
  grids.clear();
  singles.clear();
  std::vector<std::uint16_t> equal;
  const bool last = !state.strength_begin.empty();
  const std::size_t num_strengths = last ? state.strength_begin.size() - 1 : 1;
  for (std::size_t s = 0; s < num_strengths; ++s) {
    equal.resize(last ? state.strength_begin[s + 1] - state.strength_begin[s] : num_hands_);
    std::iota(equal.begin(), equal.end(), last ? state.strength_begin[s] : std::uint16_t{0});
    std::stable_sort(equal.begin(), equal.end(),
                     [&](std::uint16_t a, std::uint16_t b) { return four_of(a) < four_of(b); });
    Strength strength{};
    strength.grid_begin = static_cast<std::uint16_t>(grids.size());
    strength.single_begin = static_cast<std::uint16_t>(singles.size());
    for (std::size_t begin = 0, end = 0; begin < equal.size(); begin = end) {
      const std::uint32_t four = four_of(equal[begin]);
      while (end < equal.size() && four_of(equal[end]) == four) ++end;
      const std::uint32_t low = four / kFours;
      const bool is_grid = low != four % kFours && end - begin >= kWorthIt;
      if (is_grid) {
        Grid& grid = grids.emplace_back();
        grid.first.fill(static_cast<std::uint16_t>(num_blockers));
        grid.second.fill(static_cast<std::uint16_t>(num_blockers));
        grid.hands.fill(static_cast<std::uint16_t>(num_hands_));
        grid.rows.fill(0);
      }
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint16_t hand = hand_of_state_[equal[i]];
        auto [a, b] = blockers[hand];
        if (a > b) std::swap(a, b);
        if (!is_grid) {
          singles.push_back({hand, row_of_hand_[hand], {a, b}});
          continue;
        }
        Grid& grid = grids.back();
        grid.first[a % 4] = a;
        grid.second[b % 4] = b;
        const std::size_t place = std::size_t{a % 4u} * 4 + b % 4u;
        grid.hands[place] = hand;
        grid.rows[place] = row_of_hand_[hand];
      }
    }
    strength.grid_end = static_cast<std::uint16_t>(grids.size());
    strength.single_end = static_cast<std::uint16_t>(singles.size());
    strengths.push_back(strength);
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

// Hands that are asked for before they are needed. Hardware that does so by itself stops at the end
// of each small page.
constexpr std::size_t kAhead = 16;

// The reach probabilities of a grid's hands, summed by blocker.
template <int W>
struct GridSums {
  FloatLanes<W> first[4];
  FloatLanes<W> second[4];

  HOLDEM_INLINE GridSums(const HandRows::Grid& grid, const FloatLanes<W>* hands,
                         const FloatLanes<W>* rows)
      : first{}, second{} {
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        const FloatLanes<W> reach = hands[grid.hands[4 * i + j]] * rows[grid.rows[4 * i + j]];
        first[i] += reach;
        second[j] += reach;
      }
    }
  }
  HOLDEM_INLINE FloatLanes<W> total() const {
    return (first[0] + first[1]) + (first[2] + first[3]);
  }
  HOLDEM_INLINE void add_to(const HandRows::Grid& grid, FloatLanes<W>* by) const {
    for (int i = 0; i < 4; ++i) {
      by[grid.first[i]] += first[i];
      by[grid.second[i]] += second[i];
    }
  }
};

// Adds the reach probabilities of some hands by blocker, and returns `before` plus their sum.
template <int W>
HOLDEM_INLINE FloatLanes<W> add_by_blocker(const HandRows& state, const HandRows::Strength& which,
                                           const FloatLanes<W>* hands, const FloatLanes<W>* rows,
                                           const FloatLanes<W>& before, FloatLanes<W>* by) {
  const HandRows::Grid* const grids = state.grids.data();
  const HandRows::Hand* const singles = state.singles.data();
  FloatLanes<W> total = before;
  for (std::uint32_t g = which.grid_begin; g < which.grid_end; ++g) {
    const GridSums<W> sums(grids[g], hands, rows);
    sums.add_to(grids[g], by);
    total += sums.total();
  }
  for (std::uint32_t h = which.single_begin; h < which.single_end; ++h) {
    const HandRows::Hand hand = singles[h];
    const FloatLanes<W> reach = hands[hand.hand] * rows[hand.row];
    by[hand.blockers[0]] += reach;
    by[hand.blockers[1]] += reach;
    total += reach;
  }
  return total;
}

// Sums reach probabilities by blocker, and returns the sum of all.
template <int W>
HOLDEM_INLINE FloatLanes<W> sum_by_blocker(const HandRows& state, const FloatLanes<W>* hands,
                                           const FloatLanes<W>* rows, FloatLanes<W>* by) {
  std::fill_n(by, state.num_blockers + 1, FloatLanes<W>{});
  const HandRows::Strength all{0, static_cast<std::uint16_t>(state.grids.size()), 0,
                               static_cast<std::uint16_t>(state.singles.size())};
  return add_by_blocker<W>(state, all, hands, rows, FloatLanes<W>{}, by);
}

// The same, and the wins of every hand: what is weaker and what is not stronger, added up. Less all
// there is, that is what it wins less what it loses.
template <int W>
HOLDEM_INLINE FloatLanes<W> count_wins(const HandRows& state, const FloatLanes<W>* hands,
                                       const FloatLanes<W>* rows, FloatLanes<W>* by,
                                       FloatLanes<W>* wins) {
  using Value = FloatLanes<W>;
  std::fill_n(by, state.num_blockers + 1, Value{});
  const HandRows::Grid* const grids = state.grids.data();
  const HandRows::Hand* const singles = state.singles.data();
  Value total{};
  for (const HandRows::Strength& strength : state.strengths) {
    const auto [grid, grid_end, single, single_end] = strength;
    if (grid_end - grid == 1 && single == single_end) {  // as it is mostly
      const HandRows::Grid& only = grids[grid];
      const GridSums<W> sums(only, hands, rows);
      const Value more = total + sums.total();
      const Value both = total + more;
      Value second[4];
      for (int j = 0; j < 4; ++j) {
        const Value weaker = by[only.second[j]];
        second[j] = weaker + (weaker + sums.second[j]);
        by[only.second[j]] = weaker + sums.second[j];
      }
      for (int i = 0; i < 4; ++i) {
        const Value weaker = by[only.first[i]];
        const Value first = both - (weaker + (weaker + sums.first[i]));
        by[only.first[i]] = weaker + sums.first[i];
        for (int j = 0; j < 4; ++j) wins[only.hands[4 * i + j]] = first - second[j];
      }
      total = more;
      continue;
    }
    for (std::uint32_t g = grid; g < grid_end; ++g) {
      for (int i = 0; i < 4; ++i) {
        const Value first = total - by[grids[g].first[i]];
        for (int j = 0; j < 4; ++j)
          wins[grids[g].hands[4 * i + j]] = first - by[grids[g].second[j]];
      }
    }
    for (std::uint32_t h = single; h < single_end; ++h) {
      wins[singles[h].hand] = total - by[singles[h].blockers[0]] - by[singles[h].blockers[1]];
    }
    total = add_by_blocker<W>(state, strength, hands, rows, total, by);
    for (std::uint32_t g = grid; g < grid_end; ++g) {
      for (int i = 0; i < 4; ++i) {
        const Value first = total - by[grids[g].first[i]];
        for (int j = 0; j < 4; ++j) {
          wins[grids[g].hands[4 * i + j]] += first - by[grids[g].second[j]];
        }
      }
    }
    for (std::uint32_t h = single; h < single_end; ++h) {
      wins[singles[h].hand] += total - by[singles[h].blockers[0]] - by[singles[h].blockers[1]];
    }
  }
  return total;
}

// Values of all hands: amount * wins + total - by_blocker of both blockers; after a fold the same
// hand of the other, which was taken off twice, is added again.
template <int W, bool kWins, bool kSelf>
HOLDEM_INLINE void add_values(const HandRows& state, const TerminalRoom<W>& room,
                              const FloatLanes<W>& total, const FloatLanes<W>* by,
                              const FloatLanes<W>& amount, const TerminalLanes<W>& fold,
                              const ValuesTo<W>& to) {
  using Value = FloatLanes<W>;
  const std::array<std::uint8_t, 2>* const blockers = state.blockers.data();
  const Value *const wins = room.wins, *const other_hands = room.other_hands;
  const Value *const own_rows = to.own_rows, *const fold_rows = fold.other_rows;
  Value *const by_row = to.by_row, *const by_hand = room.by_hand;
  const Value all = total, chips = amount, fold_chips = fold.amount;
  const bool is_first = to.is_first;
  for (const auto [r, begin, end] : state.rows) {
    const Value own = own_rows[r];
    const Value self = kSelf ? fold_chips * fold_rows[r] : Value{};
    Value sum{};
    for (std::uint32_t h = begin; h < end; ++h) {
      Value value = all - by[blockers[h][0]] - by[blockers[h][1]];
      if constexpr (kWins) value += chips * wins[h];
      if constexpr (kSelf) value += self * other_hands[h];
      sum += value;
      by_hand[h] += own * value;
    }
    by_row[r] = is_first ? sum : by_row[r] + sum;
  }
}

}  // namespace

template <int W>
HOLDEM_WIDEST_VECTORS void add_terminals(const HandRows& state, const TerminalRoom<W>& room,
                                         const TerminalLanes<W>& fold,
                                         const TerminalLanes<W>& showdown, const ValuesTo<W>& to) {
  using Value = FloatLanes<W>;
  const std::uint32_t num_blockers = state.num_blockers;
  Value* const of_fold = room.fold_by_blocker;
  Value* const of_showdown = room.showdown_by_blocker;
  Value total{};
  if (fold.other_rows) {
    total = fold.amount * sum_by_blocker<W>(state, room.other_hands, fold.other_rows, of_fold);
    for (std::uint32_t b = 0; b < num_blockers; ++b) of_fold[b] = fold.amount * of_fold[b];
    if (!showdown.other_rows) {
      return add_values<W, false, true>(state, room, total, of_fold, Value{}, fold, to);
    }
  }
  const Value all =
      count_wins<W>(state, room.other_hands, showdown.other_rows, of_showdown, room.wins);
  total += Value{} - showdown.amount * all;
  if (fold.other_rows) {
    for (std::uint32_t b = 0; b < num_blockers; ++b) {
      of_fold[b] += Value{} - showdown.amount * of_showdown[b];
    }
    return add_values<W, true, true>(state, room, total, of_fold, showdown.amount, fold, to);
  }
  for (std::uint32_t b = 0; b < num_blockers; ++b) {
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
  Value* const by = room.showdown_by_blocker;
  const Value *const wins = room.wins, *const other_hands = room.other_hands;
  const Value* const other_rows = showdown.other_rows;
  Value* const by_hand = room.by_hand;
  const Value all = count_wins<W>(state, other_hands, other_rows, by, room.wins);
  const Value fold_chips = fold.amount, chips = showdown.amount;
  for (const auto [r, begin, end] : state.rows) {
    const Value own_fold = fold_chips * fold_to.own_rows[r];
    const Value own_showdown = chips * showdown_to.own_rows[r];
    const Value own_difference = own_fold - own_showdown;
    const Value own_self = own_fold * other_rows[r];
    Value left{};
    Value won{};
    for (std::uint32_t h = begin; h < end; ++h) {
      const Value all_but = all - by[blockers[h][0]] - by[blockers[h][1]];
      left += all_but;
      won += wins[h];
      by_hand[h] += own_difference * all_but + own_showdown * wins[h] + own_self * other_hands[h];
    }
    fold_to.by_row[r] = fold_chips * (left + other_rows[r] * room.other_sums[r]);
    showdown_to.by_row[r] = chips * (won - left);
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void add_hand_values(const HandRows& state, const FloatLanes<W>* values,
                                           const ValuesTo<W>& to, FloatLanes<W>* by_hand) {
  for (const auto [r, begin, end] : state.rows) {
    const FloatLanes<W> own = to.own_rows[r];
    FloatLanes<W> sum{};
    for (std::uint32_t h = begin; h < end; ++h) {
      sum += values[h];
      by_hand[h] += own * values[h];
    }
    to.by_row[r] = to.is_first ? sum : to.by_row[r] + sum;
  }
}

template <int W>
HOLDEM_WIDEST_VECTORS void multiply_reach(const HandRows& state, const FloatLanes<W>* hands,
                                          const FloatLanes<W>* rows, FloatLanes<W>* to) {
  const auto least = FloatLanes<W>::all(kLeastReach);
  for (const auto [r, begin, end] : state.rows) {
    const FloatLanes<W> of_row = rows[r];
    for (std::uint32_t h = begin; h < end; ++h) to[h] = zero_below(hands[h] * of_row, least);
  }
}

namespace {

// What is read once was written long ago: all of it comes from far away, so it is asked for early.
template <int W, bool kStores>
HOLDEM_INLINE void enter(const HandRows& state, const FloatLanes<W>* from, FloatLanes<W>* to,
                         FloatLanes<W>* by_row) {
  const std::uint16_t* const before = state.from_before.hand_before.data();
  const std::uint32_t last = state.num_hands() - 1;
  for (const auto [r, begin, end] : state.rows) {
    FloatLanes<W> sum{};
    for (std::uint32_t h = begin; h < end; ++h) {
      __builtin_prefetch(from + before[std::min<std::size_t>(h + kAhead, last)]);
      const FloatLanes<W> reach = from[before[h]];
      if constexpr (kStores) to[h] = reach;
      sum += reach;
    }
    by_row[r] = sum;
  }
  if constexpr (kStores) to[last + 1] = FloatLanes<W>{};
}

}  // namespace

template <int W>
HOLDEM_WIDEST_VECTORS void enter_rows(const HandRows& state, const FloatLanes<W>* from,
                                      FloatLanes<W>* by_row) {
  enter<W, false>(state, from, nullptr, by_row);
}

template <int W>
HOLDEM_WIDEST_VECTORS void enter_hands(const HandRows& state, const FloatLanes<W>* from,
                                       FloatLanes<W>* to, FloatLanes<W>* by_row) {
  enter<W, true>(state, from, to, by_row);
}

template <int W>
HOLDEM_WIDEST_VECTORS void follow_hands(const HandMap& map, const FloatLanes<W>* from,
                                        FloatLanes<W>* to) {
  const std::size_t num_hands = map.hand_before.size();
  const std::uint16_t* const before = map.hand_before.data();
  for (std::size_t h = 0; h < num_hands; ++h) to[h] = from[before[h]];
  to[num_hands] = FloatLanes<W>{};
}

template <int W>
HOLDEM_WIDEST_VECTORS void leave_hands(const HandMap& map, const FloatLanes<W>* values,
                                       FloatLanes<W>* to) {
  const std::size_t num_hands = map.hand_before.size();
  const std::uint16_t* const before = map.hand_before.data();
  const auto weight = FloatLanes<W>::all(map.weight);
  for (const std::uint16_t hand : map.not_held) to[hand] = FloatLanes<W>{};
  for (std::size_t h = 0; h < num_hands; ++h) {
    __builtin_prefetch(to + before[std::min(h + kAhead, num_hands - 1)], 1);
    to[before[h]] = weight * values[h];
  }
}

#define HOLDEM_FOR_WIDTH(W)                                                                        \
  template void add_terminals<W>(const HandRows&, const TerminalRoom<W>&, const TerminalLanes<W>&, \
                                 const TerminalLanes<W>&, const ValuesTo<W>&);                     \
  template void add_own_terminals<W>(const HandRows&, const TerminalRoom<W>&,                      \
                                     const TerminalLanes<W>&, const ValuesTo<W>&,                  \
                                     const TerminalLanes<W>&, const ValuesTo<W>&);                 \
  template void add_hand_values<W>(const HandRows&, const FloatLanes<W>*, const ValuesTo<W>&,      \
                                   FloatLanes<W>*);                                                \
  template void multiply_reach<W>(const HandRows&, const FloatLanes<W>*, const FloatLanes<W>*,     \
                                  FloatLanes<W>*);                                                 \
  template void enter_rows<W>(const HandRows&, const FloatLanes<W>*, FloatLanes<W>*);              \
  template void enter_hands<W>(const HandRows&, const FloatLanes<W>*, FloatLanes<W>*,              \
                               FloatLanes<W>*);                                                    \
  template void follow_hands<W>(const HandMap&, const FloatLanes<W>*, FloatLanes<W>*);             \
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
