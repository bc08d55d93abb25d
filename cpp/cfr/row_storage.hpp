#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/float_lanes.hpp"
#include "tree/compact_rows.hpp"

namespace holdem {

// How a sampler that walks lanes loads and stores the rows of a bucket: FloatRows as lane_rows has
// them, CompactRows as compact_lane_rows does. Everything is lane by lane and inlined, and all
// rounding follows from integers, so it is the same bits for any vectors.

// A word for each lane: multiplying by an odd number is a permutation of the words.
template <int W>
HOLDEM_INLINE typename FloatLanes<W>::Words lane_words(std::uint32_t word, int first_lane = 0) {
  typename FloatLanes<W>::Words odd;
  for (int lane = 0; lane < W; ++lane) {
    odd[lane] = 0x9E3779B1u + 2u * 0x2545F491u * static_cast<std::uint32_t>(first_lane + lane);
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
  template <int A, class Value>
  HOLDEM_INLINE static void load_shape(const float* row, Value* to) {
    load_regrets<A>(row, to);
  }
  template <int A, class Value>
  HOLDEM_INLINE static void load_regrets(const float* row, Value* to) {
    for (int a = 0; a < A; ++a) to[a] = reinterpret_cast<const Value*>(row)[a];
  }
  template <int A, class Value>
  HOLDEM_INLINE static void store_regrets(float* row, const Value* from, std::uint32_t) {
    for (int a = 0; a < A; ++a) reinterpret_cast<Value*>(row)[a] = from[a];
  }
  // Adds weight * strategy.
  template <int A, class Value>
  HOLDEM_INLINE static void add_sums(float*, float* row, const Value* strategy, const Value& weight,
                                     std::uint32_t word) {
    for (int a = 0; a < A; ++a) {
      Value& sum = reinterpret_cast<Value*>(row)[a];
      const Value added = weight * strategy[a];
      const Value before = sum;
      sum = before + (added + noise(before, action_word(word, a), 0));
    }
  }

 private:
  // Random within half a unit in the last place of each sum; see rounding_noise (cfr/strategy.hpp).
  template <int W>
  HOLDEM_INLINE static FloatLanes<W> noise(const FloatLanes<W, W>& sums, std::uint32_t word,
                                           int first_lane) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    const Bits exponent = reinterpret_cast<Bits>(sums.values) & 0x7f800000;
    const Vector binade = reinterpret_cast<Vector>(exponent);
    const Bits signed_words = reinterpret_cast<Bits>(lane_words<W>(word, first_lane));
    return {__builtin_convertvector(signed_words, Vector) * (binade * 0x1p-55f)};
  }
  template <int W, int N>
    requires(N < W)
  HOLDEM_INLINE static FloatLanes<W, N> noise(const FloatLanes<W, N>& sums, std::uint32_t word,
                                              int first_lane) {
    return {noise(sums.low, word, first_lane), noise(sums.high, word, first_lane + W / 2)};
  }
};

// Numbers are rounded at random, up as often as makes them right on average: what is added to a sum
// or a regret is soon less than half a unit, and rounded to nearest it would be lost. What is a
// number already stays as it is.
struct CompactRows {
  static constexpr std::size_t floats(int num_actions, int width) {
    return compact::bytes_of_lanes(static_cast<std::uint32_t>(num_actions),
                                   static_cast<std::uint32_t>(width)) /
           sizeof(float);
  }

  // Numbers are packed and unpacked in one vector, whatever those are that are computed with.

  template <int A, int W, int N>
  HOLDEM_INLINE static void load_shape(const float* row, FloatLanes<W, N>* to) {
    FloatLanes<W> lanes[A];
    for (int a = 0; a < A; ++a) {  // logarithms are of negative regrets, which all play 0
      const auto code = load<std::int16_t, W>(numbers(row, a * W));
      lanes[a].values = __builtin_convertvector(code, typename FloatLanes<W>::Vector);
    }
    copy<A>(lanes, to);
  }
  template <int A, int W, int N>
  HOLDEM_INLINE static void load_regrets(const float* row, FloatLanes<W, N>* to) {
    FloatLanes<W> lanes[A];
    load_regrets<W>(row, A, lanes);
    copy<A>(lanes, to);
  }
  template <int A, int W, int N>
  HOLDEM_INLINE static void store_regrets(float* row, const FloatLanes<W, N>* from,
                                          std::uint32_t word) {
    FloatLanes<W> lanes[A];
    copy<A>(from, lanes);
    store_regrets<W>(row, A, lanes, word);
  }
  template <int A, int W, int N>
  HOLDEM_INLINE static void add_sums(float* regrets, float* sums, const FloatLanes<W, N>* strategy,
                                     const FloatLanes<W, N>& weight, std::uint32_t word) {
    FloatLanes<W> kept[A];
    FloatLanes<W> added[A];
    FloatLanes<W, N> product[A];
    load_sums<W>(regrets, sums, A, kept);
    for (int a = 0; a < A; ++a) product[a] = weight * strategy[a];
    copy<A>(product, added);
    store_sums<W>(regrets, sums, A, kept, added, word);
  }

  // For rows of any number of actions.

  template <int W>
  HOLDEM_INLINE static void load_regrets(const float* row, int num_actions, FloatLanes<W>* to) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    const Vector unit = unit_of<W>(row, num_actions, compact::kRegretDigits);
    for (int a = 0; a < num_actions; ++a) {
      const Bits code = load<std::int16_t, W>(numbers(row, a * W));
      const Bits below = -compact::kLinear - code;
      const Vector magnitude =
          reinterpret_cast<Vector>((below << compact::kLogShift) + compact::kLinearBits);
      to[a].values = (below > 0 ? -magnitude : __builtin_convertvector(code, Vector)) * unit;
    }
  }

  // The exponent is the least at which no positive regret and no logarithm is too large.
  template <int W>
  HOLDEM_INLINE static void store_regrets(float* row, int num_actions, const FloatLanes<W>* from,
                                          std::uint32_t word) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    Bits positive{};
    Bits largest{};
    for (int a = 0; a < num_actions; ++a) {
      const Bits bits = reinterpret_cast<Bits>(from[a].values);
      const Bits magnitude = bits & 0x7fffffff;
      positive = bits > positive ? bits : positive;  // negative floats are negative integers
      largest = magnitude > largest ? magnitude : largest;
    }
    const Bits of_positive = (positive + compact::kRegretRoom) >> 23;
    const Bits of_largest = (largest >> 23) - compact::kLogOctaves + 1;
    const Vector units_in_one =
        store_exponents<W>(row, num_actions, of_positive > of_largest ? of_positive : of_largest,
                           compact::kRegretDigits);
    constexpr std::int32_t kLogMask = (1 << compact::kLogShift) - 1;
    for (int a = 0; a < num_actions; ++a) {
      const Vector units = from[a].values * units_in_one;
      const Bits random = words<W>(word * 0xC2B2AE3Du, a);
      Bits whole = floor<W>(units);
      whole += exceeds<W>(units - __builtin_convertvector(whole, Vector), random);
      const Bits magnitude = (reinterpret_cast<Bits>(units) & 0x7fffffff) + (random & kLogMask);
      const Bits below = (magnitude - compact::kLinearBits) >> compact::kLogShift;
      const Bits code =
          units < -static_cast<float>(compact::kLinear) ? -compact::kLinear - below : whole;
      store<std::int16_t, W>(numbers(row, a * W), code);
    }
  }

  template <int W>
  HOLDEM_INLINE static void load_sums(const float* regrets, const float* sums, int num_actions,
                                      FloatLanes<W>* to) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    unsigned char low[kMaxActions * W];
    const std::size_t half = std::size_t{W} / 2 * static_cast<std::size_t>(num_actions);
    std::memcpy(low, rests<W>(regrets, num_actions), half);
    std::memcpy(low + half, rests<W>(sums, num_actions), half);
    const Vector unit = unit_of<W>(sums, num_actions, compact::kSumDigits);
    for (int a = 0; a < num_actions; ++a) {
      const Bits number =
          (load<std::uint16_t, W>(numbers(sums, a * W)) << 8) | load<std::uint8_t, W>(low + a * W);
      to[a].values = __builtin_convertvector(number, Vector) * unit;
    }
  }

  // Stores kept + added. What is kept is a number of units at some exponent, and added to as such:
  // as a float, the sum would lose what is far below a unit.
  template <int W>
  HOLDEM_INLINE static void store_sums(float* regrets, float* sums, int num_actions,
                                       const FloatLanes<W>* kept, const FloatLanes<W>* added,
                                       std::uint32_t word) {
    using Bits = typename FloatLanes<W>::Bits;
    using Vector = typename FloatLanes<W>::Vector;
    Bits largest{};
    for (int a = 0; a < num_actions; ++a) {
      const Bits bits = reinterpret_cast<Bits>((kept[a] + added[a]).values);
      largest = bits > largest ? bits : largest;
    }
    const Vector units_in_one = store_exponents<W>(
        sums, num_actions, (largest + compact::kSumRoom) >> 23, compact::kSumDigits);
    unsigned char low[kMaxActions * W];
    for (int a = 0; a < num_actions; ++a) {
      const Vector units = kept[a].values * units_in_one;
      const Bits whole = floor<W>(units);
      const Vector rest =
          (units - __builtin_convertvector(whole, Vector)) + added[a].values * units_in_one;
      const Bits more = floor<W>(rest);
      const Bits number =
          whole + more +
          exceeds<W>(rest - __builtin_convertvector(more, Vector), words<W>(word, a));
      store<std::uint16_t, W>(numbers(sums, a * W), number >> 8);
      store<std::uint8_t, W>(low + a * W, number);
    }
    const std::size_t half = std::size_t{W} / 2 * static_cast<std::size_t>(num_actions);
    std::memcpy(rests<W>(regrets, num_actions), low, half);
    std::memcpy(rests<W>(sums, num_actions), low + half, half);
  }

 private:
  // Byte by byte: lanes in different vectors are different types, which may not alias.
  template <int A, class From, class To>
  HOLDEM_INLINE static void copy(const From* from, To* to) {
    static_assert(sizeof(From) == sizeof(To));
    std::memcpy(static_cast<void*>(to), from, A * sizeof(To));
  }

  // Places in a row: bytes of its 16-bit numbers, its exponents, and what is left of sums.
  HOLDEM_INLINE static const unsigned char* numbers(const float* row, int number) {
    return reinterpret_cast<const unsigned char*>(row) + 2 * number;
  }
  HOLDEM_INLINE static unsigned char* numbers(float* row, int number) {
    return reinterpret_cast<unsigned char*>(row) + 2 * number;
  }
  template <int W>
  HOLDEM_INLINE static auto* rests(auto* row, int num_actions) {
    return numbers(row, num_actions * W) + W;
  }

  template <class Number, int W>
  HOLDEM_INLINE static typename FloatLanes<W>::Bits load(const unsigned char* from) {
    typedef Number Numbers __attribute__((vector_size(W * sizeof(Number))));
    Numbers numbers;
    std::memcpy(&numbers, from, sizeof(numbers));
    return __builtin_convertvector(numbers, typename FloatLanes<W>::Bits);
  }
  template <class Number, int W>
  HOLDEM_INLINE static void store(unsigned char* to, const typename FloatLanes<W>::Bits& from) {
    typedef Number Numbers __attribute__((vector_size(W * sizeof(Number))));
    const Numbers numbers = __builtin_convertvector(from, Numbers);
    std::memcpy(to, &numbers, sizeof(numbers));
  }

  template <int W>
  HOLDEM_INLINE static typename FloatLanes<W>::Vector unit_of(const float* row, int num_actions,
                                                              std::int32_t digits) {
    const auto exponent = load<std::uint8_t, W>(numbers(row, num_actions * W));
    return reinterpret_cast<typename FloatLanes<W>::Vector>(
        (exponent + (compact::kLeastExponent + 1 - digits)) << 23);
  }
  // Args: exponents: of floats, in which the largest numbers have all their digits.
  // Returns: the inverse of the unit.
  template <int W>
  HOLDEM_INLINE static typename FloatLanes<W>::Vector store_exponents(
      float* row, int num_actions, const typename FloatLanes<W>::Bits& exponents,
      std::int32_t digits) {
    using Bits = typename FloatLanes<W>::Bits;
    Bits stored = exponents - compact::kLeastExponent;
    stored = stored > 0 ? stored : Bits{};
    store<std::uint8_t, W>(numbers(row, num_actions * W), stored);
    return reinterpret_cast<typename FloatLanes<W>::Vector>(
        (253 + digits - compact::kLeastExponent - stored) << 23);
  }

  template <int W>
  HOLDEM_INLINE static typename FloatLanes<W>::Bits floor(
      const typename FloatLanes<W>::Vector& value) {
    using Bits = typename FloatLanes<W>::Bits;
    const Bits whole = __builtin_convertvector(value, Bits);
    // All bits of true are -1.
    return whole + (__builtin_convertvector(whole, typename FloatLanes<W>::Vector) > value);
  }
  // Positive words of 23 bits.
  template <int W>
  HOLDEM_INLINE static typename FloatLanes<W>::Bits words(std::uint32_t word, int action) {
    return reinterpret_cast<typename FloatLanes<W>::Bits>(
        lane_words<W>(action_word(word, action)) >> 9);
  }
  // 1 with the probability `fraction`, else 0.
  template <int W>
  HOLDEM_INLINE static typename FloatLanes<W>::Bits exceeds(
      const typename FloatLanes<W>::Vector& fraction, const typename FloatLanes<W>::Bits& random) {
    using Vector = typename FloatLanes<W>::Vector;
    // Odd multiples of 2^-24, below 1.
    const Vector threshold = __builtin_convertvector(random, Vector) * 0x1p-23f + 0x1p-24f;
    return -(fraction > threshold);
  }
};

}  // namespace holdem
