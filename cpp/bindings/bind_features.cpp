#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "abstraction/equity_features.hpp"
#include "abstraction/hand_masses.hpp"
#include "abstraction/hand_strengths.hpp"
#include "bindings/bindings.hpp"
#include "bindings/checks.hpp"
#include "bindings/flops.hpp"
#include "cards/hand_index.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

// What a function writes into; dtype and shape are checked by rows_of().
using Out = nb::ndarray<nb::c_contig, nb::device::cpu>;

template <typename Array>
std::string shape_of(const Array& array) {
  std::string shape;
  for (std::size_t i = 0; i < array.ndim(); ++i) {
    shape += (i == 0 ? "" : ", ") + std::to_string(array.shape(i));
  }
  return "[" + shape + "]";
}

// Returns the memory of an array of one row a hand of the street; columns 0: numbers, not rows.
template <typename T>
T* rows_of(const Out& out, int street, int num_ranks, std::size_t columns) {
  check_street(street);
  if (out.dtype() != nb::dtype<T>()) {
    throw std::invalid_argument("out: the dtype must be uint" + std::to_string(8 * sizeof(T)));
  }
  const std::uint64_t num_hands = street_indexer(street, num_ranks).size();
  const bool shaped = out.ndim() == (columns == 0 ? 1 : 2) && out.shape(0) == num_hands &&
                      (columns == 0 || out.shape(1) == columns);
  if (!shaped) {
    throw std::invalid_argument("out: the shape is " + shape_of(out) + ", must be [" +
                                std::to_string(num_hands) +
                                (columns == 0 ? "" : ", " + std::to_string(columns)) + "]");
  }
  return static_cast<T*>(out.data());
}

void write_histograms(const HandStrengths& strengths, int street, int num_workers, const Out& out,
                      const FlopsIn& flops) {
  auto* const rows = rows_of<std::uint8_t>(out, street, strengths.deck().num_ranks, kEquityBins);
  const nb::gil_scoped_release release;
  equity_histograms(strengths, street, num_workers, shares_of(flops), rows);
}

void write_moments(const HandStrengths& strengths, int street, int num_workers, const Out& out,
                   const FlopsIn& flops) {
  auto* const rows = rows_of<std::uint16_t>(out, street, strengths.deck().num_ranks, kNumMoments);
  const nb::gil_scoped_release release;
  equity_moments(strengths, street, num_workers, shares_of(flops), rows);
}

void write_masses(int num_ranks, int street, const FlopsIn& flops, int num_workers,
                  const Out& out) {
  auto* const masses = rows_of<std::uint32_t>(out, street, num_ranks, 0);
  const nb::gil_scoped_release release;
  hand_masses(Deck{num_ranks}, street, shares_of(flops), num_workers, masses);
}

}  // namespace

void bind_features(nb::module_& module) {
  module.attr("EQUITY_BINS") = kEquityBins;
  module.def("equity_histograms", &write_histograms, "strengths"_a, "street"_a, "num_workers"_a,
             nb::arg("out").noconvert(), "flops"_a = FlopsIn{},
             R"(Writes the cumulative histogram of each hand's river equity over all boards to come.

Args:
    strengths: With the river computed.
    street: 0 to 2.
    out: uint8 [number of hands, 64], C-contiguous: the share of boards with equity in bins 0..j of
        equal width, in 255ths. By street_indexer().
    flops: Three cards and a weight each, in any suits: only hands on boards these flops lead to are
        written, preflop over those boards. None: all flops.

Raises:
    ValueError: An argument out of its range, an array of another dtype or shape, strengths that
        have not been computed.)");
  module.def(
      "equity_moments", &write_moments, "strengths"_a, "street"_a, "num_workers"_a,
      nb::arg("out").noconvert(), "flops"_a = FlopsIn{},
      R"(Writes the expectations of each hand's river equity and of its square over all boards to come.

Args:
    strengths, flops: As for equity_histograms.
    out: uint16 [number of hands, 2], C-contiguous: shares of 8191.

Raises:
    ValueError: As equity_histograms.)");
  module.def("hand_masses", &write_masses, "num_ranks"_a, "street"_a, "flops"_a, "num_workers"_a,
             nb::arg("out").noconvert(),
             R"(Writes how many deals of hole cards and board each hand stands for.

Args:
    num_ranks: Of the deck.
    flops: Three cards and a weight each, in any suits: deals then count by the weights of the flops
        in their boards. Empty: all flops alike.
    out: uint32 [number of hands], C-contiguous; 0 for hands that no chosen flop leads to.

Raises:
    ValueError: An argument out of its range, an array of another dtype or shape, weights of 0 or
        too large.)");
}

}  // namespace holdem
