#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "game/game.hpp"

namespace holdem {

// Rows of up to eight floats as two four-lane vectors. Four lanes exist on every x86-64 and arm64
// machine, and most decisions have no more actions than that.
using Float4 = float __attribute__((vector_size(16)));
using Int4 = std::int32_t __attribute__((vector_size(16)));
using Uint4 = std::uint32_t __attribute__((vector_size(16)));

inline Float4 load4(const float* from) {
  Float4 value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}
inline void store4(float* to, Float4 value) { std::memcpy(to, &value, sizeof(value)); }
inline Float4 splat(float value) { return Float4{value, value, value, value}; }
inline Uint4 splat_word(std::uint32_t word) { return Uint4{word, word, word, word}; }
inline float sum_lanes(Float4 value) { return (value[0] + value[1]) + (value[2] + value[3]); }

// Lanes that belong to a row of n actions: all ones below n. `high` is for actions 4 to 7.
inline constexpr std::int32_t kLaneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                0,  0,  0,  0,  0,  0,  0,  0};
inline Int4 lanes_below(int n, int first) {
  Int4 mask;
  std::memcpy(&mask, kLaneMasks + 8 - n + first, sizeof(mask));
  return mask;
}
// Lanes whose bits are set, of bits 0 to 3.
inline constexpr std::int32_t kLanesOfBits[16][4] = {
    {0, 0, 0, 0},   {-1, 0, 0, 0},   {0, -1, 0, 0},   {-1, -1, 0, 0},
    {0, 0, -1, 0},  {-1, 0, -1, 0},  {0, -1, -1, 0},  {-1, -1, -1, 0},
    {0, 0, 0, -1},  {-1, 0, 0, -1},  {0, -1, 0, -1},  {-1, -1, 0, -1},
    {0, 0, -1, -1}, {-1, 0, -1, -1}, {0, -1, -1, -1}, {-1, -1, -1, -1}};
inline Int4 lanes_of(unsigned bits) {
  Int4 mask;
  std::memcpy(&mask, kLanesOfBits[bits], sizeof(mask));
  return mask;
}
inline Float4 select(Int4 mask, Float4 yes, Float4 no) {
  return reinterpret_cast<Float4>((mask & reinterpret_cast<Int4>(yes)) |
                                  (~mask & reinterpret_cast<Int4>(no)));
}
inline Float4 positive_part(Float4 value, Int4 mask) {
  return reinterpret_cast<Float4>((value > splat(0)) & mask & reinterpret_cast<Int4>(value));
}

// Probabilities over the actions of one infoset. Lanes beyond its actions mean nothing.
struct Strategy {
  Float4 low{};
  Float4 high{};

  // Args: from: eight floats; those beyond the row's actions are never used.
  static Strategy load(const float* from) { return {load4(from), load4(from + 4)}; }
  void store(float* to, int num_actions) const {
    store4(to, low);
    if (num_actions > 4) store4(to + 4, high);
  }
};

// Proportional to the positive part of a row, uniform where nothing is positive. With regrets this
// is regret matching, with strategy sums it is the average strategy.
//
// Source: Hart and Mas-Colell 2000; Zinkevich et al. 2007, equation 8.
inline Strategy match_positive(const float* row, int num_actions) {
  const Int4 low_lanes = lanes_below(num_actions, 0);
  const Float4 low = positive_part(load4(row), low_lanes);
  if (num_actions <= 4) [[likely]] {
    const float total = sum_lanes(low);
    const Int4 any = splat(total) > splat(0);
    const Float4 uniform = reinterpret_cast<Float4>(
        low_lanes & reinterpret_cast<Int4>(splat(1.0f / static_cast<float>(num_actions))));
    return {select(any, low / select(any, splat(total), splat(1)), uniform), Float4{}};
  }
  const Int4 high_lanes = lanes_below(num_actions, 4);
  const Float4 high = positive_part(load4(row + 4), high_lanes);
  const float total = sum_lanes(low) + sum_lanes(high);
  if (total > 0) return {low / splat(total), high / splat(total)};
  const Float4 uniform = splat(1.0f / static_cast<float>(num_actions));
  return {uniform, reinterpret_cast<Float4>(high_lanes & reinterpret_cast<Int4>(uniform))};
}

// Random within half a unit in the last place of each sum. Adding it before the rounding to
// nearest rounds up or down with the odds that make the result right on average.
inline Float4 rounding_noise(Float4 sums, Int4 random) {
  const Int4 exponent_bits = {0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000};
  const Float4 binade = reinterpret_cast<Float4>(reinterpret_cast<Int4>(sums) & exponent_bits);
  return __builtin_convertvector(random, Float4) * (splat(0x1p-55f) * binade);
}

// Four words for rounding the sums of a row's actions `first` to `first` + 3 (0 or 4). Multiplying
// by an odd number is a permutation of the words: each lane is as uniform as `random`.
inline Int4 rounding_words(std::uint32_t random, int first) {
  const Uint4 low = splat_word(random) * Uint4{0x9E3779B1u, 0x85EBCA77u, 0xC2B2AE3Du, 0x27D4EB2Fu};
  return reinterpret_cast<Int4>(first == 0 ? low : low * splat_word(0x165667B1u));
}

// sums + added, rounded at random.
//
// A strategy sum only grows, so after n visits an addition is about 1/n of it. Rounded to nearest,
// additions lose their low bits the same way every time, and below 2^-24 they vanish: Leduc's
// exploitability rose again after 10^6 iterations. Rounded at random, nothing is lost on average.
inline Float4 sums_with(Float4 sums, Float4 added, Int4 random) {
  return sums + (added + rounding_noise(sums, random));
}

// row += weight * strategy, rounded at random, leaving every other float of the table as it is, bit
// for bit.
//
// Args: random: a uniform word that decided neither the row nor the strategy.
inline void add_strategy(float* row, const Strategy& strategy, float weight, int num_actions,
                         std::uint32_t random) {
  const auto add = [=](float* to, Float4 sigma, int first) {
    const Float4 sums = load4(to);
    const Float4 after = sums_with(sums, splat(weight) * sigma, rounding_words(random, first));
    store4(to, select(lanes_below(num_actions, first), after, sums));
  };
  add(row, strategy.low, 0);
  if (num_actions > 4) add(row + 4, strategy.high, 4);
}

// Regrets, of which none is below the floor.
inline Float4 floored(Float4 regrets, float floor) {
  return select(regrets < splat(floor), splat(floor), regrets);
}

// The action at which the cumulative probability passes `unit`, a uniform draw from [0, 1). Never
// one of probability zero, whatever rounding does to the sum.
inline int sample_action(const float* probabilities, int num_actions, float unit) {
  int action = 0;
  float cumulative = 0;
  for (int i = 0; i + 1 < num_actions; ++i) {
    cumulative += probabilities[i];
    action += unit >= cumulative;
  }
  while (probabilities[action] == 0) --action;
  return action;
}

}  // namespace holdem
