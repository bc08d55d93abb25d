#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/float_lanes.hpp"
#include "tree/compact_rows.hpp"

namespace holdem {

// How a sampler that walks lanes loads and stores the rows of a bucket: FloatRows as lane_rows has
// them, CompactRows as compact_lane_rows does. Everything is lane by lane and inlined, and all
// rounding follows from integers, so it is the same bits for any vectors.

// A word for each lane: multiplying by an odd number is a permutation of the words.
template <int W>
HOLDEM_INLINE typename FloatLanes<W>::Words lane_words(std::uint32_t word) {
  typename FloatLanes<W>::Words odd;
  for (int lane = 0; lane < W; ++lane) {
    odd[lane] = 0x9E3779B1u + 2u * 0x2545F491u * static_cast<std::uint32_t>(lane);
  }
  return odd * word;
}
// That of an action, of the word of a row.
HOLDEM_INLINE std::uint32_t action_word(std::uint32_t word, int action) {
  return word * (2u * static_cast<std::uint32_t>(action) + 1u);
}

struct FloatRows {
  static constexpr std::size_t floats(int num_actions, int width) {
    return static_cast<std::size_t>(num_actions * width);
  }

  // Regrets of a row up to a factor.
  template <int W, int A>
  HOLDEM_INLINE static void load_shape(const float* row, FloatLanes<W>* to) {
    load_regrets<W, A>(row, to);
  }
  template <int W, int A>
  HOLDEM_INLINE static void load_regrets(const float* row, FloatLanes<W>* to) {
    for (int a = 0; a < A; ++a) to[a] = load<W>(row + a * W);
  }
  template <int W, int A>
  HOLDEM_INLINE static void store_regrets(float* row, const FloatLanes<W>* from, std::uint32_t) {
    for (int a = 0; a < A; ++a) store<W>(row + a * W, from[a]);
  }
  // Adds weight * strategy.
  template <int W, int A>
  HOLDEM_INLINE static void add_sums(float* row, const FloatLanes<W>* strategy,
                                     const FloatLanes<W>& weight, std::uint32_t word) {
    for (int a = 0; a < A; ++a) {
      const FloatLanes<W> sum = load<W>(row + a * W);
      const FloatLanes<W> added = weight * strategy[a];
      store<W>(row + a * W, sum + (added + noise<W>(sum, action_word(word, a))));
    }
  }

 private:
  template <int W>
  HOLDEM_INLINE static FloatLanes<W> load(const float* from) {
    return *reinterpret_cast<const FloatLanes<W>*>(from);
  }
  template <int W>
  HOLDEM_INLINE static void store(float* to, const FloatLanes<W>& value) {
    *reinterpret_cast<FloatLanes<W>*>(to) = value;
  }
  // Random within half a unit in the last place of each sum; see rounding_noise (cfr/strategy.hpp).
  template <int W>
  HOLDEM_INLINE static FloatLanes<W> noise(const FloatLanes<W>& sums, std::uint32_t word) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    const Bits exponent = reinterpret_cast<Bits>(sums.values) & 0x7f800000;
    const Vector binade = reinterpret_cast<Vector>(exponent);
    const Bits signed_words = reinterpret_cast<Bits>(lane_words<W>(word));
    return {__builtin_convertvector(signed_words, Vector) * (binade * 0x1p-55f)};
  }
};

// A number is rounded at random, up as often as makes it right on average: what is added to a sum,
// or to a regret, is soon less than half a unit, and rounded to nearest it would be lost. Whole
// numbers stay as they are.
struct CompactRows {
  static constexpr std::size_t floats(int num_actions, int width) {
    return static_cast<std::size_t>((2 * num_actions + 1) * width) / sizeof(float);
  }

  template <int W, int A>
  HOLDEM_INLINE static void load_shape(const float* row, FloatLanes<W>* to) {
    load_numbers<compact::Regret, W>(row, A, to);
  }
  template <int W, int A>
  HOLDEM_INLINE static void load_regrets(const float* row, FloatLanes<W>* to) {
    decode<compact::Regret, W>(row, A, to);
  }
  template <int W, int A>
  HOLDEM_INLINE static void store_regrets(float* row, const FloatLanes<W>* from,
                                          std::uint32_t word) {
    const FloatLanes<W> nothing[A] = {};
    encode<compact::Regret, W>(row, A, from, nothing, word * 0xC2B2AE3Du);
  }
  template <int W, int A>
  HOLDEM_INLINE static void add_sums(float* row, const FloatLanes<W>* strategy,
                                     const FloatLanes<W>& weight, std::uint32_t word) {
    FloatLanes<W> kept[A];
    FloatLanes<W> added[A];
    decode<compact::Sum, W>(row, A, kept);
    for (int a = 0; a < A; ++a) added[a] = weight * strategy[a];
    encode<compact::Sum, W>(row, A, kept, added, word);
  }

  template <class Format, int W>
  HOLDEM_INLINE static void decode(const float* row, int num_actions, FloatLanes<W>* to) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    load_numbers<Format, W>(row, num_actions, to);
    Exponents<W> exponents;
    std::memcpy(&exponents, exponents_of<W>(row, num_actions), sizeof(exponents));
    const Bits exponent =
        __builtin_convertvector(exponents, Bits) + (compact::kLeastExponent - (Format::digits - 1));
    const Vector unit = reinterpret_cast<Vector>(exponent << 23);
    for (int a = 0; a < num_actions; ++a) to[a].values *= unit;
  }

  // Stores kept + added. What is kept is a number of units at some exponent, and added to as such:
  // as a float, the sum would lose what is far below a unit.
  template <class Format, int W>
  HOLDEM_INLINE static void encode(float* row, int num_actions, const FloatLanes<W>* kept,
                                   const FloatLanes<W>* added, std::uint32_t word) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    Bits largest{};
    for (int a = 0; a < num_actions; ++a) {
      const Bits magnitude = reinterpret_cast<Bits>((kept[a] + added[a]).values) & 0x7fffffff;
      largest = magnitude > largest ? magnitude : largest;
    }
    Bits exponent = ((largest + Format::room) >> 23) - compact::kLeastExponent;
    exponent = exponent > 0 ? exponent : Bits{};
    const Exponents<W> exponents = __builtin_convertvector(exponent, Exponents<W>);
    std::memcpy(exponents_of<W>(row, num_actions), &exponents, sizeof(exponents));
    const Vector units_in_one = reinterpret_cast<Vector>(
        (254 + (Format::digits - 1) - compact::kLeastExponent - exponent) << 23);
    for (int a = 0; a < num_actions; ++a) {
      const Vector units = kept[a].values * units_in_one;
      Bits whole = __builtin_convertvector(units, Bits);
      whole += __builtin_convertvector(whole, Vector) > units;  // all bits of true are -1
      const Vector rest =
          (units - __builtin_convertvector(whole, Vector)) + added[a].values * units_in_one;
      const Bits more = __builtin_convertvector(rest, Bits);
      const Vector fraction = rest - __builtin_convertvector(more, Vector);
      // Odd multiples of 2^-24, below 1.
      const Bits random = reinterpret_cast<Bits>(lane_words<W>(action_word(word, a)) >> 9);
      const Vector threshold = __builtin_convertvector(random, Vector) * 0x1p-23f + 0x1p-24f;
      const Numbers<Format, W> numbers =
          __builtin_convertvector(whole + more - (fraction > threshold), Numbers<Format, W>);
      std::memcpy(numbers_of<Format, W>(row, a), &numbers, sizeof(numbers));
    }
  }

 private:
  template <class Format, int W>
  using Numbers __attribute__((vector_size(W * sizeof(typename Format::Number)))) =
      typename Format::Number;
  template <int W>
  using Exponents __attribute__((vector_size(W))) = std::uint8_t;

  template <class Format, int W>
  HOLDEM_INLINE static auto numbers_of(auto* row, int action) {
    using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(row)>>,
                                    const unsigned char, unsigned char>;
    return reinterpret_cast<Byte*>(row) + sizeof(typename Format::Number) * (action * W);
  }
  template <int W>
  HOLDEM_INLINE static auto exponents_of(auto* row, int num_actions) {
    return numbers_of<compact::Regret, W>(row, num_actions);
  }
  template <class Format, int W>
  HOLDEM_INLINE static void load_numbers(const float* row, int num_actions, FloatLanes<W>* to) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    for (int a = 0; a < num_actions; ++a) {
      Numbers<Format, W> numbers;
      std::memcpy(&numbers, numbers_of<Format, W>(row, a), sizeof(numbers));
      to[a].values = __builtin_convertvector(__builtin_convertvector(numbers, Bits), Vector);
    }
  }
};

}  // namespace holdem
