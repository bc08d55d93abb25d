#pragma once

#include <cstddef>
#include <span>

#include "game/rules.hpp"

// Bets of any size, understood by somebody who knows only a few: which of the sizes that are known
// a bet is taken for. Sizes are fractions of the pot, so that nothing changes when all chips of a
// hand are multiplied by the same number.
namespace holdem {

// What a raise adds to a call, as a fraction of the pot as it stands after calling: the number that
// BetSizeKind::pot_fraction asks for.
double pot_fraction(const BettingState& state, Chips raise_to);

// How often a bet is taken for the smaller of the two sizes around it: from 1 at the smaller size
// down to 0 at the larger one, linear in s / (1 + s), the share of hands that a bet of s pots has
// to make fold to be worth its chips without a hand.
//
// Args: smaller <= bet <= larger, smaller < larger, all at least 0.
// Source: Ganzfried and Sandholm 2013, "Action Translation in Extensive-Form Games with Large
// Action Spaces", the pseudo-harmonic mapping.
double probability_of_smaller(double smaller, double larger, double bet);

// The sizes that one bet is taken for, by number.
struct Translation {
  std::size_t smaller = 0;
  std::size_t larger = 0;  // equal for a bet that is one of the sizes, or beyond all
  double probability_of_smaller = 1;
};

// Args: sizes: ascending and different, at least one.
Translation translate(std::span<const double> sizes, double bet);

}  // namespace holdem
