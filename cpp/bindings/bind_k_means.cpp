#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "abstraction/k_means.hpp"
#include "abstraction/stratified_sample.hpp"
#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

using RowsIn = nb::ndarray<nb::ro, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<nb::numpy, nb::ndim<2>>;
using MassesIn = nb::ndarray<const std::uint32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using IdsIn = nb::ndarray<nb::ro, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using IdsOut = nb::ndarray<nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// In the space that the points turn out to be of.
struct BoundKMeans {
  std::variant<KMeans<L1Space<64>>, KMeans<L1Space<128>>, KMeans<SquaredL2Space<2>>,
               KMeans<SquaredL2Space<8>>>
      any;
};

// The rows as values of one of the spaces, or nullptr where they are not.
template <typename Method>
const typename Method::Value* values_of(const RowsIn& rows) {
  const bool fits = rows.dtype() == nb::dtype<typename Method::Value>() &&
                    rows.shape(1) == static_cast<std::size_t>(Method::kDims);
  return fits ? static_cast<const typename Method::Value*>(rows.data()) : nullptr;
}

template <typename Space, typename... Others>
BoundKMeans k_means_of(const RowsIn& points, const MassesIn& masses, int num_workers) {
  if (const auto* const values = values_of<KMeans<Space>>(points)) {
    const nb::gil_scoped_release release;
    return {KMeans<Space>(values, std::span(masses.data(), masses.size()), num_workers)};
  }
  if constexpr (sizeof...(Others) > 0) {
    return k_means_of<Others...>(points, masses, num_workers);
  } else {
    throw std::invalid_argument("points: must be uint8 [n, 64 or 128] or uint16 [n, 2 or 8]");
  }
}

template <typename Method>
std::span<const typename Method::Value> centres_of(const RowsIn& centres) {
  const auto* const values = values_of<Method>(centres);
  if (values == nullptr || centres.shape(0) == 0) {
    throw std::invalid_argument("centres: must be at least one row of the points' dtype and size");
  }
  return {values, centres.size()};
}

template <typename Value>
Rows give_rows(std::vector<Value> values, std::size_t num_columns) {
  const std::size_t num_rows = values.size() / num_columns;
  return Rows(give(std::move(values), {num_rows, num_columns}));
}

// Calls body with a number of the ids' type. Throws unless they are one for each point.
template <typename Ids, typename Body>
decltype(auto) with_id_type(const Ids& ids, std::uint64_t num_points, const Body& body) {
  if (ids.size() != num_points) throw std::invalid_argument("ids: must be one for each point");
  if (ids.dtype() == nb::dtype<std::uint16_t>()) return body(std::uint16_t{});
  if (ids.dtype() == nb::dtype<std::uint32_t>()) return body(std::uint32_t{});
  throw std::invalid_argument("ids: the dtype must be uint16 or uint32");
}

template <typename Id>
void check_fits(std::uint64_t k, Id) {
  if (k - 1 > std::numeric_limits<Id>::max()) {
    throw std::invalid_argument("centres: " + std::to_string(k) +
                                ", more than the dtype of ids can tell apart");
  }
}

Rows seed(const BoundKMeans& self, std::uint32_t k, std::uint32_t seed, std::uint32_t stream) {
  if (k == 0) throw std::invalid_argument("k: 0, must be at least 1");
  return std::visit(
      [&](const auto& k_means) {
        auto centres = [&] {
          const nb::gil_scoped_release release;
          return k_means.seed(k, seed, stream);
        }();
        return give_rows(std::move(centres), k_means.kDims);
      },
      self.any);
}

std::tuple<Rows, std::uint64_t, std::uint64_t> step(const BoundKMeans& self, const RowsIn& centres,
                                                    const IdsOut& ids) {
  return std::visit(
      [&]<typename Method>(const Method& k_means) {
        const auto old = centres_of<Method>(centres);
        auto result = with_id_type(ids, k_means.num_points(), [&]<typename Id>(Id id) {
          check_fits(centres.shape(0), id);
          const nb::gil_scoped_release release;
          return k_means.step(old, static_cast<Id*>(ids.data()));
        });
        return std::tuple(give_rows(std::move(result.centres), Method::kDims), result.cost,
                          result.num_changed);
      },
      self.any);
}

std::uint64_t assign(const BoundKMeans& self, const RowsIn& centres, const IdsIn& ids,
                     const IdsOut& out) {
  if (ids.dtype() != out.dtype() || ids.size() != out.size()) {
    throw std::invalid_argument("out: must be of the dtype and size of ids");
  }
  return std::visit(
      [&]<typename Method>(const Method& k_means) {
        const auto old = centres_of<Method>(centres);
        return with_id_type(ids, k_means.num_points(), [&]<typename Id>(Id id) {
          check_fits(centres.shape(0), id);
          const nb::gil_scoped_release release;
          return k_means.assign(old, static_cast<const Id*>(ids.data()),
                                static_cast<Id*>(out.data()));
        });
      },
      self.any);
}

nb::ndarray<nb::numpy, std::uint64_t, nb::ndim<1>> cluster_masses(const BoundKMeans& self,
                                                                  std::uint32_t k,
                                                                  const IdsIn& ids) {
  return std::visit(
      [&](const auto& k_means) {
        return give(with_id_type(ids, k_means.num_points(), [&]<typename Id>(Id) {
          const nb::gil_scoped_release release;
          return k_means.cluster_masses(k, static_cast<const Id*>(ids.data()));
        }));
      },
      self.any);
}

}  // namespace

#define HOLDEM_ROWS "numpy.typing.NDArray[numpy.uint8] | numpy.typing.NDArray[numpy.uint16]"
#define HOLDEM_IDS "numpy.typing.NDArray[numpy.uint16] | numpy.typing.NDArray[numpy.uint32]"

void bind_k_means(nb::module_& module) {
  nb::class_<BoundKMeans>(
      module, "KMeans",
      "k-means of points with masses, in integers: the same bytes for any number of workers and on "
      "any\nmachine. A point of mass 0 counts nowhere, and its id is 0.")
      .def(
          "__init__",
          [](BoundKMeans* self, const RowsIn& points, const MassesIn& masses, int num_workers) {
            if (points.shape(0) != masses.size()) {
              throw std::invalid_argument("masses: must be one for each point");
            }
            new (self) BoundKMeans(
                k_means_of<L1Space<64>, L1Space<128>, SquaredL2Space<2>, SquaredL2Space<8>>(
                    points, masses, num_workers));
          },
          nb::sig("def __init__(self, points: " HOLDEM_ROWS
                  ", masses: numpy.typing.NDArray[numpy.uint32], num_workers: int) -> None"),
          "points"_a.noconvert(), "masses"_a.noconvert(), "num_workers"_a, nb::keep_alive<1, 2>(),
          nb::keep_alive<1, 3>(),
          "Args:\n"
          "    points: uint8 [n, 64 or 128], compared by L1 distance, or uint16 [n, 2 or 8], "
          "values up\n"
          "        to 8191, compared by squared L2 distance. Neither these nor the masses are "
          "copied.\n"
          "    masses: uint32 [n], how much each point counts; they sum to 1 to 2^34.\n"
          "    num_workers: Threads.")
      .def_prop_ro("num_points",
                   [](const BoundKMeans& self) {
                     return std::visit([](const auto& k_means) { return k_means.num_points(); },
                                       self.any);
                   })
      .def(
          "num_distinct",
          [](const BoundKMeans& self, std::uint32_t limit) {
            return std::visit([&](const auto& k_means) { return k_means.num_distinct(limit); },
                              self.any);
          },
          "limit"_a, nb::call_guard<nb::gil_scoped_release>(),
          "Returns the number of different points of positive mass, or the limit if there are as "
          "many or\nmore.")
      .def("seed", &seed, nb::sig("def seed(self, k: int, seed: int, stream: int) -> " HOLDEM_ROWS),
           "k"_a, "seed"_a, "stream"_a,
           "Draws k different points as centres by k-means++: the first by mass, each next one by "
           "mass\ntimes the squared distance to the nearest one so far.\n\n"
           "Returns: The centres [k, dims], in the order they were drawn.\n\n"
           "Raises:\n"
           "    ValueError: k is 0 or above num_distinct; the message says how many there are.")
      .def(
          "step", &step,
          nb::sig("def step(self, centres: " HOLDEM_ROWS ", ids: " HOLDEM_IDS
                  ") -> tuple[numpy.typing.NDArray[typing.Any], int, int]"),
          "centres"_a.noconvert(), "ids"_a.noconvert(),
          "One step of Lloyd: assigns every point to its nearest centre (of equally near ones the\n"
          "first), and moves the centres to the means of their points, rounded to the nearest\n"
          "integers, halves up. A centre without mass moves to a point instead: those farthest "
          "from\n"
          "their centres, of equally far ones those with the lowest coordinates, that are at no "
          "other\nnew centre.\n\n"
          "Args:\n"
          "    centres: [k, dims], dtype of the points.\n"
          "    ids: uint16 or uint32 [n], below k: where the search for each nearest centre "
          "starts, best\n"
          "        the ids of the step before. Become the ids among the old centres.\n\n"
          "Returns: New centres [k, dims], the cost (mass times distance to the old centres, "
          "summed), and\nhow many points of positive mass got another id.\n\n"
          "Raises:\n"
          "    ValueError: A centre without mass, where k is above num_distinct; the message says "
          "how\n"
          "        many there are.")
      .def("assign", &assign,
           nb::sig("def assign(self, centres: " HOLDEM_ROWS ", ids: " HOLDEM_IDS
                   ", out: " HOLDEM_IDS ") -> int"),
           "centres"_a.noconvert(), "ids"_a.noconvert(), "out"_a.noconvert(),
           "Writes the nearest centre of every point into out, which may be ids; arguments as for "
           "step.\nReturns the cost.")
      .def("cluster_masses", &cluster_masses,
           nb::sig("def cluster_masses(self, k: int, ids: " HOLDEM_IDS
                   ") -> numpy.typing.NDArray[numpy.uint64]"),
           "k"_a, "ids"_a.noconvert(), "Returns the mass of the points of each id, uint64 [k].");
  module.def(
      "stratified_sample",
      [](std::uint64_t n, std::uint64_t m, std::uint32_t seed, std::uint32_t stream) {
        RandomStream random(seed, stream, 0, Purpose::sampling);
        return give(stratified_sample(n, m, random));
      },
      "n"_a, "m"_a, "seed"_a, "stream"_a,
      "Cuts 0 .. n - 1 into m strata of equal size, up to one, and draws a position of each.\n"
      "Returns them, uint64 [m], ascending. Raises ValueError unless m is 1 to n.");
}

}  // namespace holdem
