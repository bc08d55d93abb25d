#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings/bindings.hpp"
#include "game/betting_tree.hpp"
#include "game/kuhn.hpp"
#include "game/leduc.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

void bind_toy_games(nb::module_& module) {
  nb::class_<KuhnGame, Game>(module, "KuhnGame", "Kuhn poker for 2 to 6 players.")
      .def(nb::init<int>(), "num_players"_a = 2);
  nb::class_<LeducGame, Game>(module, "LeducGame", "Leduc hold'em for two players.")
      .def(nb::init<int, int, int>(), "num_ranks"_a = 3, "num_suits"_a = 2, "max_raises"_a = 2);
}

}  // namespace

void bind_game(nb::module_& module) {
  nb::class_<Game>(module, "Game", "A game the solver can train.")
      .def_prop_ro("num_players", &Game::num_players)
      .def_prop_ro("num_streets", &Game::num_streets)
      .def("num_buckets", &Game::num_buckets, "street"_a);
  nb::class_<StreetSize>(module, "StreetSize")
      .def_ro("decision_nodes", &StreetSize::decision_nodes)
      .def_ro("infosets", &StreetSize::infosets)
      .def_ro("infoset_actions", &StreetSize::infoset_actions)
      .def_ro("terminal_nodes", &StreetSize::terminal_nodes);
  bind_toy_games(module);
}

}  // namespace holdem
