#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "bindings/bindings.hpp"
#include "cfr/merge.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

template <class T>
using Values = nb::ndarray<const T, nb::ndim<1>, nb::c_contig>;

template <class T>
std::span<const T> span_of(const Values<T>& values) {
  return {values.data(), values.shape(0)};
}

}  // namespace

void bind_merge(nb::module_& module) {
  nb::class_<TableMerger>(module, "TableMerger",
                          "Adds the tables of many checkpoints, part by part, to a new solver's.")
      .def(nb::init<Solver&>(), "solver"_a, nb::keep_alive<1, 2>())
      .def(
          "begin_source",
          [](TableMerger& merger, Values<std::uint32_t> nodes, Values<std::uint64_t> strips,
             std::uint64_t iteration, int strategy_exponent) {
            const nb::gil_scoped_release release;
            merger.begin_source(span_of(nodes), span_of(strips), iteration, strategy_exponent);
          },
          "nodes"_a, "strips"_a, "iteration"_a, "strategy_exponent"_a = 0)
      .def_prop_ro("source_floats", &TableMerger::source_floats)
      .def(
          "add_regrets",
          [](TableMerger& merger, Values<float> part) {
            const nb::gil_scoped_release release;
            merger.add_regrets(span_of(part));
          },
          "part"_a)
      .def(
          "add_strategy_sums",
          [](TableMerger& merger, Values<float> part) {
            const nb::gil_scoped_release release;
            merger.add_strategy_sums(span_of(part));
          },
          "part"_a)
      .def(
          "average_regrets",
          [](TableMerger& merger, std::uint32_t num_sources) {
            const nb::gil_scoped_release release;
            merger.average_regrets(num_sources);
          },
          "num_sources"_a);
}

}  // namespace holdem
