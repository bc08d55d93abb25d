#include "cfr/lane_regrets.hpp"

#include <algorithm>

#include "base/widest_lanes.hpp"
#include "cfr/row_storage.hpp"
#include "game/game.hpp"
#include "tree/hand_lanes.hpp"

namespace holdem {
namespace {

// Does `what` with A, the number of actions that there are, known to the compiler. No lambda: what
// is not inlined is not compiled for the vectors of the function that calls it. So it is with Rows.
static_assert(kMaxActions == 8);
#define HOLDEM_CASE(n, what) \
  case n: {                  \
    constexpr int A = n;     \
    what;                    \
    break;                   \
  }
#define HOLDEM_WITH_NUM_ACTIONS(num_actions, what) \
  switch (num_actions) {                           \
    HOLDEM_CASE(1, what)                           \
    HOLDEM_CASE(2, what)                           \
    HOLDEM_CASE(3, what)                           \
    HOLDEM_CASE(4, what)                           \
    HOLDEM_CASE(5, what)                           \
    HOLDEM_CASE(6, what)                           \
    HOLDEM_CASE(7, what)                           \
    HOLDEM_CASE(8, what)                           \
  }
#define HOLDEM_WITH_ROWS(rows, what)                \
  if (rows.is_compact) {                            \
    using Rows = CompactRows;                       \
    HOLDEM_WITH_NUM_ACTIONS(rows.num_actions, what) \
  } else {                                          \
    using Rows = FloatRows;                         \
    HOLDEM_WITH_NUM_ACTIONS(rows.num_actions, what) \
  }

// Rows that are asked for before they are needed: they were last used an iteration ago, and
// hardware that asks by itself stops at the end of each small page.
constexpr std::uint32_t kAhead = 8;
template <class Rows, int W, int A>
HOLDEM_INLINE void ask_for(const float* table, std::uint32_t bucket) {
  constexpr std::size_t kFloatsPerLine = 16;
  constexpr std::size_t kFloats = Rows::floats(A, W);
  for (std::size_t i = 0; i < kFloats; i += kFloatsPerLine) {
    __builtin_prefetch(table + bucket * kFloats + i, 1);
  }
}

template <class Rows, int A, int W, int N>
HOLDEM_INLINE unsigned match(const LaneRows& rows, const float* regrets,
                             const FloatLanes<W, N>* reach, FloatLanes<W, N>* strategy,
                             FloatLanes<W, N>* child_reach) {
  using Value = FloatLanes<W, N>;
  const std::uint32_t num_rows = rows.num_rows;
  const std::uint32_t* const buckets = rows.bucket_of_row;
  const Value zero{};
  const auto one = Value::all(1);
  const auto least = Value::all(kLeastReach);
  const auto uniform = Value::all(1.0f / static_cast<float>(A));
  Value reached[A] = {};
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    ask_for<Rows, W, A>(regrets, buckets[std::min(r + kAhead, num_rows - 1)]);
    Value positive[A];
    Rows::template load_shape<A>(regrets + buckets[r] * Rows::floats(A, W), positive);
    Value total{};
    for (int a = 0; a < A; ++a) {
      positive[a] = larger(positive[a], zero);
      total += positive[a];
    }
    // Where nothing is positive, all products are 0.
    const Value scale = one / where_positive(total, total, one);
    const Value rest = where_positive(total, zero, uniform);
    for (int a = 0; a < A; ++a) {
      const Value probability = zero_below(positive[a] * scale + rest, least);
      const Value after = zero_below(reach[r] * probability, least);
      if (strategy) strategy[std::size_t{r} * A + a] = probability;
      child_reach[std::size_t{static_cast<unsigned>(a)} * num_rows + r] = after;
      reached[a] = larger(reached[a], after);
    }
  }
  unsigned actions = 0;
  for (int a = 0; a < A; ++a) {
    actions |= static_cast<unsigned>(reached[a].largest() > 0) << a;
  }
  return actions;
}

template <class Rows, int A, int W, int N>
HOLDEM_INLINE void update(const LaneRows& rows, const TableStep& step, float* regrets,
                          float* strategy_sums, const FloatLanes<W, N>* strategy,
                          const FloatLanes<W, N>* own_hands, const FloatLanes<W, N>* own_rows,
                          const FloatLanes<W, N>* values, bool is_first, FloatLanes<W, N>* by_row) {
  using Value = FloatLanes<W, N>;
  const std::uint32_t num_rows = rows.num_rows;
  const std::uint32_t* const buckets = rows.bucket_of_row;
  const auto regret_weight = Value::all(step.regret_weight);
  const auto floor = Value::all(step.regret_floor);
  const auto strategy_weight = Value::all(step.strategy_weight);
  std::uint32_t word = step.random;
  for (std::uint32_t r = 0; r < num_rows; ++r) {
    const std::size_t place = buckets[r] * Rows::floats(A, W);
    ask_for<Rows, W, A>(regrets, buckets[std::min(r + kAhead, num_rows - 1)]);
    ask_for<Rows, W, A>(strategy_sums, buckets[std::min(r + kAhead, num_rows - 1)]);
    const Value* const sigma = strategy + std::size_t{r} * A;
    Value of_action[A];
    Value expected{};
    for (int a = 0; a < A; ++a) {
      of_action[a] = values[std::size_t{static_cast<unsigned>(a)} * num_rows + r];
      expected += sigma[a] * of_action[a];
    }
    by_row[r] = is_first ? expected : by_row[r] + expected;
    Value regret[A];
    Rows::template load_regrets<A>(regrets + place, regret);
    for (int a = 0; a < A; ++a) {
      regret[a] = larger(regret[a] + regret_weight * (of_action[a] - expected), floor);
    }
    word += 0x9E3779B9u;
    Rows::template store_regrets<A>(regrets + place, regret, word);
    Rows::template add_sums<A>(regrets + place, strategy_sums + place, sigma,
                               strategy_weight * (own_hands[r] * own_rows[r]), word);
  }
}

template <class Rows, int A, int W, int N>
HOLDEM_INLINE void average(const LaneRows& rows, const TableStep& step, float* regrets,
                           float* strategy_sums, const FloatLanes<W, N>* strategy,
                           const FloatLanes<W, N>* own_hands, const FloatLanes<W, N>* own_rows) {
  const auto strategy_weight = FloatLanes<W, N>::all(step.strategy_weight);
  std::uint32_t word = step.random;
  for (std::uint32_t r = 0; r < rows.num_rows; ++r) {
    word += 0x9E3779B9u;
    const std::size_t place = rows.bucket_of_row[r] * Rows::floats(A, W);
    Rows::template add_sums<A>(regrets + place, strategy_sums + place,
                               strategy + std::size_t{r} * A,
                               strategy_weight * (own_hands[r] * own_rows[r]), word);
  }
}

struct MatchRows {
  template <class Value>
  HOLDEM_INLINE static unsigned run(const LaneRows& rows, const float* regrets, const Value* reach,
                                    Value* strategy, Value* child_reach) {
    unsigned actions = 0;
    HOLDEM_WITH_ROWS(rows, (actions = match<Rows, A>(rows, regrets, reach, strategy, child_reach)))
    return actions;
  }
};
struct UpdateRows {
  template <class Value>
  HOLDEM_INLINE static void run(const LaneRows& rows, const TableStep& step, float* regrets,
                                float* strategy_sums, const Value* strategy, const Value* own_hands,
                                const Value* own_rows, const Value* values, bool is_first,
                                Value* by_row) {
    HOLDEM_WITH_ROWS(rows, (update<Rows, A>(rows, step, regrets, strategy_sums, strategy, own_hands,
                                            own_rows, values, is_first, by_row)))
  }
};
struct AverageRows {
  template <class Value>
  HOLDEM_INLINE static void run(const LaneRows& rows, const TableStep& step, float* regrets,
                                float* strategy_sums, const Value* strategy, const Value* own_hands,
                                const Value* own_rows) {
    HOLDEM_WITH_ROWS(
        rows, (average<Rows, A>(rows, step, regrets, strategy_sums, strategy, own_hands, own_rows)))
  }
};

}  // namespace

template <int W>
unsigned match_rows(const LaneRows& rows, const float* regrets, const FloatLanes<W>* reach,
                    FloatLanes<W>* strategy, FloatLanes<W>* child_reach) {
  return run_widest<MatchRows>(rows, regrets, reach, strategy, child_reach);
}
template <int W>
void update_rows(const LaneRows& rows, const TableStep& step, float* regrets, float* strategy_sums,
                 const FloatLanes<W>* strategy, const FloatLanes<W>* own_hands,
                 const FloatLanes<W>* own_rows, const FloatLanes<W>* values, bool is_first,
                 FloatLanes<W>* by_row) {
  run_widest<UpdateRows>(rows, step, regrets, strategy_sums, strategy, own_hands, own_rows, values,
                         is_first, by_row);
}
template <int W>
void average_rows(const LaneRows& rows, const TableStep& step, float* regrets, float* strategy_sums,
                  const FloatLanes<W>* strategy, const FloatLanes<W>* own_hands,
                  const FloatLanes<W>* own_rows) {
  run_widest<AverageRows>(rows, step, regrets, strategy_sums, strategy, own_hands, own_rows);
}

#define HOLDEM_FOR_WIDTH(W)                                                                      \
  template unsigned match_rows<W>(const LaneRows&, const float*, const FloatLanes<W>*,           \
                                  FloatLanes<W>*, FloatLanes<W>*);                               \
  template void update_rows<W>(const LaneRows&, const TableStep&, float*, float*,                \
                               const FloatLanes<W>*, const FloatLanes<W>*, const FloatLanes<W>*, \
                               const FloatLanes<W>*, bool, FloatLanes<W>*);                      \
  template void average_rows<W>(const LaneRows&, const TableStep&, float*, float*,               \
                                const FloatLanes<W>*, const FloatLanes<W>*, const FloatLanes<W>*);
HOLDEM_FOR_WIDTH(4) HOLDEM_FOR_WIDTH(8) HOLDEM_FOR_WIDTH(16)
#undef HOLDEM_FOR_WIDTH

}  // namespace holdem
