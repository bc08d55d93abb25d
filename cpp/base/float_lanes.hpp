#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/lanes.hpp"

namespace holdem {

// The most floats that are computed with side by side: two cache lines' worth would not fit the
// registers, half of one leaves half of the widest ones empty.
inline constexpr std::uint32_t kMaxFloatLanes = 16;

// W floats side by side, for the same reasons and by the same rules as Lanes, in vectors of at most
// N: what is wider than a CPU's registers is kept in several, as compilers would pass a wider
// vector through memory. In memory all of them are W floats.
template <int W, int N = W>
struct alignas(W * sizeof(float)) FloatLanes {
  using Half = FloatLanes<W / 2, (N < W / 2 ? N : W / 2)>;
  Half low;
  Half high;

  HOLDEM_INLINE static FloatLanes all(float value) { return {Half::all(value), Half::all(value)}; }

  HOLDEM_INLINE friend FloatLanes operator+(const FloatLanes& a, const FloatLanes& b) {
    return {a.low + b.low, a.high + b.high};
  }
  HOLDEM_INLINE friend FloatLanes operator-(const FloatLanes& a, const FloatLanes& b) {
    return {a.low - b.low, a.high - b.high};
  }
  HOLDEM_INLINE friend FloatLanes operator*(const FloatLanes& a, const FloatLanes& b) {
    return {a.low * b.low, a.high * b.high};
  }
  HOLDEM_INLINE friend FloatLanes operator/(const FloatLanes& a, const FloatLanes& b) {
    return {a.low / b.low, a.high / b.high};
  }
  HOLDEM_INLINE void operator+=(const FloatLanes& other) {
    low += other.low;
    high += other.high;
  }
  HOLDEM_INLINE void operator-=(const FloatLanes& other) {
    low -= other.low;
    high -= other.high;
  }
  HOLDEM_INLINE friend FloatLanes larger(const FloatLanes& a, const FloatLanes& b) {
    return {larger(a.low, b.low), larger(a.high, b.high)};
  }
  HOLDEM_INLINE friend FloatLanes zero_below(const FloatLanes& value, const FloatLanes& least) {
    return {zero_below(value.low, least.low), zero_below(value.high, least.high)};
  }
  HOLDEM_INLINE friend FloatLanes where_positive(const FloatLanes& test, const FloatLanes& then,
                                                 const FloatLanes& otherwise) {
    return {where_positive(test.low, then.low, otherwise.low),
            where_positive(test.high, then.high, otherwise.high)};
  }
  HOLDEM_INLINE float largest() const { return std::max(low.largest(), high.largest()); }
};

template <int W>
struct alignas(W * sizeof(float)) FloatLanes<W, W> {
  typedef float Vector __attribute__((vector_size(W * sizeof(float)), may_alias));
  typedef std::int32_t Bits __attribute__((vector_size(W * sizeof(float)), may_alias));
  typedef std::uint32_t Words __attribute__((vector_size(W * sizeof(float)), may_alias));
  Vector values;

  HOLDEM_INLINE static FloatLanes all(float value) { return {Vector{} + value}; }

  HOLDEM_INLINE friend FloatLanes operator+(const FloatLanes& a, const FloatLanes& b) {
    return {a.values + b.values};
  }
  HOLDEM_INLINE friend FloatLanes operator-(const FloatLanes& a, const FloatLanes& b) {
    return {a.values - b.values};
  }
  HOLDEM_INLINE friend FloatLanes operator*(const FloatLanes& a, const FloatLanes& b) {
    return {a.values * b.values};
  }
  HOLDEM_INLINE friend FloatLanes operator/(const FloatLanes& a, const FloatLanes& b) {
    return {a.values / b.values};
  }
  HOLDEM_INLINE void operator+=(const FloatLanes& other) { values += other.values; }
  HOLDEM_INLINE void operator-=(const FloatLanes& other) { values -= other.values; }
  HOLDEM_INLINE friend FloatLanes larger(const FloatLanes& a, const FloatLanes& b) {
    return {a.values > b.values ? a.values : b.values};
  }
  // Lane by lane: `value` where it is at least `least`, else 0.
  HOLDEM_INLINE friend FloatLanes zero_below(const FloatLanes& value, const FloatLanes& least) {
    return {value.values >= least.values ? value.values : Vector{}};
  }
  // Lane by lane: `then` where `test` is positive.
  HOLDEM_INLINE friend FloatLanes where_positive(const FloatLanes& test, const FloatLanes& then,
                                                 const FloatLanes& otherwise) {
    return {test.values > Vector{} ? then.values : otherwise.values};
  }
  HOLDEM_INLINE float largest() const {
    float lanes[W];
    std::memcpy(lanes, &values, sizeof(lanes));
    return *std::max_element(lanes, lanes + W);
  }
};

// The same lanes in vectors of at most N floats: pointers to them and structures of them.
template <int W, int N>
using InVectors = FloatLanes<W, (N < W ? N : W)>;

template <int N, class T>
HOLDEM_INLINE const T& in_vectors(const T& other) {
  return other;
}
template <int N, int W>
HOLDEM_INLINE InVectors<W, N>* in_vectors(FloatLanes<W>* const& lanes) {
  return reinterpret_cast<InVectors<W, N>*>(lanes);
}
template <int N, int W>
HOLDEM_INLINE const InVectors<W, N>* in_vectors(const FloatLanes<W>* const& lanes) {
  return reinterpret_cast<const InVectors<W, N>*>(lanes);
}
template <int N, template <class> class Structure, int W>
HOLDEM_INLINE const Structure<InVectors<W, N>>& in_vectors(
    const Structure<FloatLanes<W>>& of_lanes) {
  return reinterpret_cast<const Structure<InVectors<W, N>>&>(of_lanes);
}

}  // namespace holdem
