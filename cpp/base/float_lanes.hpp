#pragma once

#include <cstdint>

#include "base/lanes.hpp"

namespace holdem {

// The most floats that are computed with side by side: two cache lines' worth would not fit the
// registers, half of one leaves half of the widest ones empty.
inline constexpr std::uint32_t kMaxFloatLanes = 16;

// W floats side by side, for the same reasons and by the same rules as Lanes.
template <int W>
struct alignas(W * sizeof(float)) FloatLanes {
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
};

}  // namespace holdem
