#pragma once

#include <cstring>

namespace holdem {

// Eight doubles that are computed with side by side. Lanes never mix, so a lane holds the same bits
// whatever is in the others and whatever vectors the CPU has.
//
// Everything is inlined, and lanes are handed to functions by reference: how a register is passed
// by value depends on the vectors that a function was compiled for.
inline constexpr int kLanes = 8;

#define HOLDEM_INLINE [[gnu::always_inline]] inline

struct alignas(kLanes * sizeof(double)) Lanes {
  using Vector = double __attribute__((vector_size(kLanes * sizeof(double)), may_alias));
  Vector values{};

  HOLDEM_INLINE static Lanes all(double value) {
    return {Vector{value, value, value, value, value, value, value, value}};
  }
  // Args: from: eight doubles.
  HOLDEM_INLINE static Lanes of(const double* from) {
    Lanes lanes;
    std::memcpy(&lanes.values, from, sizeof(lanes.values));
    return lanes;
  }
  // Args: from: eight floats.
  HOLDEM_INLINE static Lanes of_floats(const float* from) {
    using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
    Floats floats;
    std::memcpy(&floats, from, sizeof(floats));
    return {__builtin_convertvector(floats, Vector)};
  }

  HOLDEM_INLINE double operator[](int lane) const { return values[lane]; }
  HOLDEM_INLINE void set(int lane, double value) { values[lane] = value; }

  HOLDEM_INLINE friend Lanes operator+(const Lanes& a, const Lanes& b) {
    return {a.values + b.values};
  }
  HOLDEM_INLINE friend Lanes operator-(const Lanes& a, const Lanes& b) {
    return {a.values - b.values};
  }
  HOLDEM_INLINE friend Lanes operator*(const Lanes& a, const Lanes& b) {
    return {a.values * b.values};
  }
  HOLDEM_INLINE friend Lanes operator-(const Lanes& a) { return {-a.values}; }
  HOLDEM_INLINE void operator+=(const Lanes& other) { values += other.values; }
  HOLDEM_INLINE friend Lanes larger(const Lanes& a, const Lanes& b) {
    return {a.values > b.values ? a.values : b.values};
  }
};

}  // namespace holdem
