#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
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
#include "abstraction/next_buckets.hpp"
#include "abstraction/opponent_clusters.hpp"
#include "bindings/arrays.hpp"
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
using BytesIn = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using LengthsIn = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
// Unsigned integers of 1, 2 or 4 bytes; the dtype is checked by id_bytes().
using IdsIn = nb::ndarray<nb::ro, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename T>
void check_below(const char* name, const T* ids, std::size_t size, std::size_t limit) {
  if (size > 0 && *std::max_element(ids, ids + size) >= limit) {
    throw std::invalid_argument(std::string(name) + ": all must be below " + std::to_string(limit));
  }
}

// Throws unless a deck has a board and two hands.
void check_showdown_deck(int num_ranks) { HandStrengths{Deck{num_ranks}}; }

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

void write_cluster_equities(int num_ranks, int street, const BytesIn& clusters, int num_clusters,
                            int num_workers, const Out& out, const FlopsIn& flops) {
  auto* const rows = rows_of<std::uint16_t>(out, street, num_ranks, kMaxOpponentClusters);
  if (num_clusters < 1 || num_clusters > kMaxOpponentClusters) {
    throw std::invalid_argument("num_clusters: " + std::to_string(num_clusters) +
                                ", must be 1 to " + std::to_string(kMaxOpponentClusters));
  }
  if (clusters.size() != street_indexer(0, num_ranks).size()) {
    throw std::invalid_argument("clusters: must be one for each preflop hand");
  }
  check_below("clusters", clusters.data(), clusters.size(), num_clusters);
  check_showdown_deck(num_ranks);
  const nb::gil_scoped_release release;
  opponent_cluster_equities(Deck{num_ranks}, street, clusters.data(), num_clusters, num_workers,
                            shares_of(flops), rows);
}

void write_next_buckets(int num_ranks, int street, const IdsIn& next_ids, const BytesIn& groups,
                        const LengthsIn& lengths, int num_workers, const Out& out,
                        const FlopsIn& flops) {
  auto* const rows = rows_of<std::uint8_t>(out, street, num_ranks, kMaxTreeEdges);
  if (street == kNumStreets - 1) {
    throw std::invalid_argument("street: " + std::to_string(street) + ", must be 0 to 2");
  }
  if (next_ids.size() != street_indexer(street + 1, num_ranks).size()) {
    throw std::invalid_argument("next_ids: must be one for each hand of the next street");
  }
  const std::size_t num_groups = lengths.shape(0);
  if (num_groups < 1 || num_groups > kMaxBucketGroups || lengths.shape(1) != kMaxTreeEdges) {
    throw std::invalid_argument("lengths: the shape is " + shape_of(lengths) +
                                ", must be [1 to 255 groups, 128]");
  }
  check_below("groups", groups.data(), groups.size(), num_groups);
  const auto write = [&](const auto* ids) {
    const nb::gil_scoped_release release;
    check_below("next_ids", ids, next_ids.size(), groups.size());
    next_bucket_histograms(Deck{num_ranks}, street, ids, groups.data(),
                           reinterpret_cast<const EdgeLengths*>(lengths.data()),
                           static_cast<int>(num_groups), num_workers, shares_of(flops), rows);
  };
  switch (id_bytes(next_ids)) {
    case 1:
      return write(static_cast<const std::uint8_t*>(next_ids.data()));
    case 2:
      return write(static_cast<const std::uint16_t*>(next_ids.data()));
    default:
      return write(static_cast<const std::uint32_t*>(next_ids.data()));
  }
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
  module.attr("MAX_OPPONENT_CLUSTERS") = kMaxOpponentClusters;
  module.def("opponent_cluster_equities", &write_cluster_equities, "num_ranks"_a, "street"_a,
             nb::arg("clusters").noconvert(), "num_clusters"_a, "num_workers"_a,
             nb::arg("out").noconvert(), "flops"_a = FlopsIn{},
             R"(Writes each hand's equity against each cluster of opponents' hands.

Card removal is exact: the opponent holds each hand of the cluster that shares no card with hand and
board alike; before the river the boards to come and these hands are drawn together. Against a
cluster of which no hand is left: the equity against all hands.

Args:
    num_ranks: Of the deck, 3 to 13.
    clusters: Cluster of each preflop hand, uint8 [number of preflop hands], below num_clusters.
    num_clusters: 1 to 8.
    out: uint16 [number of hands, 8], C-contiguous: shares of 8191; columns without a cluster are 0.
    flops: As for equity_histograms.

Raises:
    ValueError: As equity_histograms, or a cluster out of range.)");
  module.attr("MAX_TREE_EDGES") = kMaxTreeEdges;
  module.def("next_bucket_histograms", &write_next_buckets, "num_ranks"_a, "street"_a,
             nb::arg("next_ids").noconvert(), nb::arg("groups").noconvert(),
             nb::arg("lengths").noconvert(), "num_workers"_a, nb::arg("out").noconvert(),
             "flops"_a = FlopsIn{},
             R"(Writes the histogram of each hand's buckets on the next street, embedded by a tree.

L1 distance between rows is the earth mover's distance on the tree: for every edge, the share of
next cards that lead below it times the edge's length, rounded.

Args:
    num_ranks: Of the deck.
    street: 0 to 2.
    next_ids: Bucket of each hand of the next street, uint8, uint16 or uint32.
    groups: Group of each of these buckets, uint8 [number of buckets].
    lengths: uint8 [number of groups, 128], C-contiguous: the length of each edge that the group
        lies below, else 0. At most 255 groups.
    out: uint8 [number of hands, 128], C-contiguous.
    flops: As for equity_histograms.

Raises:
    ValueError: As equity_histograms, or an id or a group out of range.)");
}

}  // namespace holdem
