#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "cfr/averaging.hpp"
#include "cfr/discount.hpp"
#include "cfr/solver.hpp"
#include "evaluation/best_response.hpp"
#include "tree/tree_size.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

// A writable view of one table; it keeps the solver alive.
nb::ndarray<nb::numpy, float, nb::ndim<1>> table_view(nb::handle solver, float* data,
                                                      std::uint64_t size) {
  return {data, {static_cast<std::size_t>(size)}, solver};
}

void bind_options(nb::module_& module) {
  nb::enum_<Sampling>(module, "Sampling")
      .value("external", Sampling::external)
      .value("outcome", Sampling::outcome)
      .value("full_width", Sampling::full_width)
      .value("public_chance", Sampling::public_chance);
  nb::enum_<TableLayout>(module, "TableLayout")
      .value("street_rows", TableLayout::street_rows)
      .value("node_rows", TableLayout::node_rows)
      .value("lane_rows", TableLayout::lane_rows)
      .value("compact_lane_rows", TableLayout::compact_lane_rows);
  nb::class_<DiscountOptions>(module, "DiscountOptions")
      .def(nb::init<>())
      .def_rw("discount_regrets", &DiscountOptions::discount_regrets)
      .def_rw("floor_regrets_at_zero", &DiscountOptions::floor_regrets_at_zero)
      .def_rw("alpha", &DiscountOptions::alpha)
      .def_rw("beta", &DiscountOptions::beta)
      .def_rw("gamma", &DiscountOptions::gamma)
      .def_rw("interval", &DiscountOptions::interval);
  nb::class_<PruningOptions>(module, "PruningOptions")
      .def(nb::init<>())
      .def_rw("enabled", &PruningOptions::enabled)
      .def_rw("threshold", &PruningOptions::threshold)
      .def_rw("probability", &PruningOptions::probability);
  nb::class_<ExplorationOptions>(module, "ExplorationOptions")
      .def(nb::init<>())
      .def_rw("initial", &ExplorationOptions::initial)
      .def_rw("final", &ExplorationOptions::final)
      .def_rw("decay_iterations", &ExplorationOptions::decay_iterations)
      .def("at", &ExplorationOptions::at, "iteration"_a);
  nb::class_<SolverOptions>(module, "SolverOptions")
      .def(nb::init<>())
      .def_rw("sampling", &SolverOptions::sampling)
      .def_rw("discount", &SolverOptions::discount)
      .def_rw("pruning", &SolverOptions::pruning)
      .def_rw("exploration", &SolverOptions::exploration)
      .def_rw("seed", &SolverOptions::seed)
      .def_rw("instance", &SolverOptions::instance)
      .def_rw("update_batch", &SolverOptions::update_batch)
      .def_rw("num_workers", &SolverOptions::num_workers)
      .def_rw("frozen_players", &SolverOptions::frozen_players,
              "Bit p: player p does not learn, and plays by the regrets that are there.");
}

using Table = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

void average_floats(const std::vector<Table>& tables, std::size_t begin, std::size_t end,
                    nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu> out) {
  const auto require = [](bool ok, const std::string& message) {
    if (!ok) throw std::invalid_argument(message);
  };
  require(!tables.empty(), "tables is empty; at least one is needed");
  std::vector<const float*> from;
  for (const Table& table : tables) {
    const std::size_t size = table.shape(0);
    require(begin <= end && end <= size, "places " + std::to_string(begin) + " to " +
                                             std::to_string(end) + " are not in a table of " +
                                             std::to_string(size) + " floats");
    from.push_back(table.data() + begin);
  }
  require(out.shape(0) == end - begin,
          "out has " + std::to_string(out.shape(0)) + " floats for " + std::to_string(end - begin));
  const nb::gil_scoped_release release;
  average_tables(from, end - begin, out.data());
}

void bind_solver(nb::module_& module) {
  nb::class_<StreetMetrics>(module, "StreetMetrics")
      .def_ro("mean_positive_regret", &StreetMetrics::mean_positive_regret)
      .def_ro("policy_entropy", &StreetMetrics::policy_entropy)
      .def_ro("visited_share", &StreetMetrics::visited_share)
      .def_ro("pruned_share", &StreetMetrics::pruned_share);
  nb::class_<ProfileValue>(module, "ProfileValue")
      .def_ro("value", &ProfileValue::value)
      .def_ro("best_response_value", &ProfileValue::best_response_value);
  nb::class_<Solver>(module, "Solver", "Trains one game.")
      .def(nb::init<std::shared_ptr<const Game>, const SolverOptions&, TableLayout, std::uint64_t,
                    const TreeProgress&>(),
           "game"_a, "options"_a, "layout"_a, "memory_limit_bytes"_a,
           nb::arg("progress").none() = nb::none(), nb::call_guard<nb::gil_scoped_release>())
      .def("run", &Solver::run, "iterations"_a, "seconds"_a,
           nb::call_guard<nb::gil_scoped_release>())
      .def("settle_regrets", &Solver::settle_regrets, nb::call_guard<nb::gil_scoped_release>())
      .def(
          "fix_strategy",
          [](Solver& solver, const BettingTree& tree, const Table& strategy_sums) {
            solver.fix_strategy(tree, {strategy_sums.data(), strategy_sums.shape(0)});
          },
          "tree"_a, "strategy_sums"_a.noconvert(), nb::call_guard<nb::gil_scoped_release>(),
          "Lets the frozen players play the average strategy of a table of the same betting.")
      .def_prop_rw("iteration", &Solver::iteration, &Solver::set_iteration)
      .def(
          "regrow",
          [](Solver& solver, nb::ndarray<const std::uint32_t, nb::ndim<1>, nb::c_contig> nodes,
             nb::ndarray<const std::uint64_t, nb::ndim<1>, nb::c_contig> strips) {
            const nb::gil_scoped_release release;
            solver.regrow({nodes.data(), nodes.shape(0)}, {strips.data(), strips.shape(0)});
          },
          "nodes"_a, "strips"_a)
      .def_prop_ro(
          "regrets",
          [](nb::handle self) {
            const auto& solver = nb::cast<const Solver&>(self);
            return table_view(self, solver.tables().regrets(), solver.tree().table_floats());
          },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "strategy_sums",
          [](nb::handle self) {
            const auto& solver = nb::cast<const Solver&>(self);
            return table_view(self, solver.tables().strategy_sums(), solver.tree().table_floats());
          },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "grown_nodes", [](const Solver& s) { return copied(s.tree().grown_nodes()); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "grown_strips", [](const Solver& s) { return copied(s.tree().grown_strips()); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "action_codes", [](const Solver& s) { return copied(s.tree().action_codes()); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "nodes", [](const Solver& s) { return node_bytes(s.tree()); }, nb::rv_policy::automatic,
          "The nodes of the betting tree, 32 bytes each (tree/betting_tree.hpp), a copy.")
      .def_prop_ro("nodes_visited", [](const Solver& s) { return s.counters().nodes_visited; })
      .def_prop_rw("strategy_exponent", &Solver::strategy_exponent, &Solver::set_strategy_exponent)
      .def_prop_ro("discount_block", &Solver::discount_block)
      .def_prop_ro("discount_bytes", &Solver::discount_bytes)
      .def_prop_ro("sampler_bytes", &Solver::sampler_bytes)
      .def("iteration_nodes", &Solver::iteration_nodes, nb::call_guard<nb::gil_scoped_release>())
      .def_prop_ro("table_bytes", &Solver::table_bytes)
      .def_prop_ro("tree_bytes", [](const Solver& s) { return s.tree().bytes(); })
      .def_prop_ro("num_nodes", [](const Solver& s) { return s.tree().nodes().size(); })
      .def_prop_ro("layout", [](const Solver& s) { return s.tree().layout(); })
      .def_prop_ro("tree", &Solver::tree, "The betting tree, no copy.")
      .def("size_per_street", [](const Solver& s) { return s.tree().size_per_street(); })
      .def_prop_ro("memory_limit_reached", &Solver::memory_limit_reached)
      .def_prop_ro("is_broken", &Solver::is_broken)
      .def("street_metrics", &Solver::street_metrics, nb::call_guard<nb::gil_scoped_release>())
      .def(
          "evaluate_average_strategy",
          [](const Solver& s) {
            // The solver outlives the call: its tree is lent, not shared.
            const std::shared_ptr<const BettingTree> tree(std::shared_ptr<void>(), &s.tree());
            return evaluate_profile(
                s.shared_game(),
                AverageStrategy(tree, {s.tables().strategy_sums(), s.tree().table_floats()}));
          },
          nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace

void bind_cfr(nb::module_& module) {
  bind_options(module);
  bind_solver(module);
  module.def("average_floats", &average_floats, "tables"_a, "begin"_a, "end"_a, "out"_a,
             "Writes the average of the places [begin, end) of all tables to out, which overlaps "
             "none of them.");
  module.def(
      "measure_tree",
      [](const Game& game, double max_bytes, TableLayout layout) {
        const TreeSize size = measure_tree(game, layout, max_bytes, {});
        return std::make_pair(size.nodes, size.table_floats);
      },
      "game"_a, "max_bytes"_a, "layout"_a = TableLayout::street_rows,
      nb::call_guard<nb::gil_scoped_release>(),
      "Returns nodes and floats of a table of a complete tree, without building it.");
  module.def("exact_power", &exact_power, "base"_a, "exponent"_a);
}

}  // namespace holdem
