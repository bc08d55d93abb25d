#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "game/game.hpp"
#include "game/public_game.hpp"
#include "game/random_stream.hpp"
#include "game/terminal_values.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

void bind_public_state(nb::module_& module) {
  const auto automatic = nb::rv_policy::automatic;
  nb::class_<PublicState>(module, "PublicState",
                          "What everybody sees of the cards, all hands as vectors, copies.")
      .def_ro("street", &PublicState::street)
      .def_ro("weight", &PublicState::weight)
      .def_ro("num_others", &PublicState::num_others)
      .def_ro("num_members", &PublicState::num_members)
      .def_ro("num_children", &PublicState::num_children)
      .def_ro("public_cards", &PublicState::public_cards)
      .def_prop_ro(
          "bucket",
          [](const PublicState& s) { return copied(std::span<const std::uint32_t>(s.bucket)); },
          automatic)
      .def_prop_ro(
          "hand_id",
          [](const PublicState& s) { return copied(std::span<const std::uint16_t>(s.hand_id)); },
          automatic)
      .def_prop_ro("blockers", [](const PublicState& s) { return s.blockers; })
      .def_prop_ro(
          "strength_begin",
          [](const PublicState& s) {
            return copied(std::span<const std::uint16_t>(s.strength_begin));
          },
          automatic)
      .def_prop_ro(
          "hand_in_parent",
          [](const PublicState& s) {
            return copied(std::span<const std::uint16_t>(s.hand_in_parent))
                .cast()
                .attr("reshape")(s.num_members, s.num_hands());
          },
          nb::sig("def hand_in_parent(self) -> numpy.typing.NDArray[numpy.uint16]"),
          "uint16 [member, hand]");
}

// The public game of a game, which it belongs to.
struct LentPublicGame {
  const PublicGame& game;
};

void bind_chance(nb::module_& module) {
  nb::class_<LentPublicGame>(module, "PublicGame", "Public chance as a tree, all hands at once.")
      .def(
          "__init__",
          [](LentPublicGame* self, const Game& game) {
            if (game.public_game() == nullptr) {
              throw std::invalid_argument("game: its hands cannot be walked all at once");
            }
            new (self) LentPublicGame{*game.public_game()};
          },
          "game"_a, nb::keep_alive<1, 2>())
      .def("settles_folds", [](const LentPublicGame& lent) { return lent.game.settles_folds(); })
      .def(
          "buckets_are_private",
          [](const LentPublicGame& lent, int street) {
            return lent.game.buckets_are_private(street);
          },
          "street"_a)
      .def(
          "num_states",
          [](const LentPublicGame& lent, int street) { return lent.game.num_states(street); },
          "street"_a)
      .def(
          "root",
          [](const LentPublicGame& lent, bool symmetric) {
            PublicState state;
            lent.game.root(state, symmetric);
            return state;
          },
          "symmetric"_a = true)
      .def(
          "child",
          [](const LentPublicGame& lent, const PublicState& parent, std::uint32_t which) {
            if (which >= parent.num_children) throw std::invalid_argument("no such child");
            PublicState state;
            lent.game.child(parent, which, state);
            return state;
          },
          "parent"_a, "which"_a)
      .def(
          "sample_child",
          [](const LentPublicGame& lent, const PublicState& parent, RandomStream& random) {
            if (parent.num_children == 0) throw std::invalid_argument("no children");
            PublicState state;
            lent.game.sample_child(parent, random, state);
            return state;
          },
          "parent"_a, "random"_a)
      .def(
          "at",
          [](const LentPublicGame& lent, const std::vector<std::uint8_t>& public_cards) {
            PublicState state;
            lent.game.at(public_cards, state);
            return state;
          },
          "public_cards"_a);
}

// Reach probabilities, one column, or kLanes of them side by side: [hand, column].
using Columns = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class Value>
nb::object terminal_values(const PublicState& state, const Columns& reach,
                           const std::vector<double>& amounts, bool is_fold) {
  const std::size_t num_hands = state.num_hands();
  std::vector<Value> reach_of_hand(num_hands);
  std::memcpy(static_cast<void*>(reach_of_hand.data()), reach.data(), num_hands * sizeof(Value));
  Value amount;
  std::memcpy(static_cast<void*>(&amount), amounts.data(), sizeof(Value));
  Blocked<Value> blocked(kMaxBlockers);
  std::vector<Value> wins(num_hands);
  std::vector<Value> values(num_hands);
  if (is_fold) {
    fold_values_of<Combine::write>(state, reach_of_hand.data(), amount, blocked, values.data());
  } else {
    showdown_values_of<Combine::write>(state, reach_of_hand.data(), amount, blocked, wins.data(),
                                       values.data());
  }
  const auto* const doubles = reinterpret_cast<const double*>(values.data());
  return copied(std::span(doubles, num_hands * amounts.size()))
      .cast()
      .attr("reshape")(num_hands, amounts.size());
}

void bind_terminal_values(nb::module_& module) {
  const auto bind = [&](const char* name, const char* sig, bool is_fold, const char* text) {
    module.def(
        name,
        [is_fold](const PublicState& state, const Columns& reach,
                  const std::vector<double>& amounts) {
          const std::size_t columns = reach.shape(1);
          if (reach.shape(0) != state.num_hands() || amounts.size() != columns ||
              (columns != 1 && columns != kLanes)) {
            throw std::invalid_argument("reach, amounts: must have a row a hand, 1 or 8 columns");
          }
          if (!is_fold && state.strength_begin.empty()) {
            throw std::invalid_argument("state: showdowns are settled on the last street");
          }
          return columns == 1 ? terminal_values<double>(state, reach, amounts, is_fold)
                              : terminal_values<Lanes>(state, reach, amounts, is_fold);
        },
        "state"_a, "reach"_a, "amounts"_a, nb::sig(sig), text);
  };
  bind("fold_values",
       "def fold_values(state: PublicState, reach: numpy.typing.NDArray[numpy.float64],"
       " amounts: Sequence[float]) -> numpy.typing.NDArray[numpy.float64]",
       true,
       "Values hands where one of two players has folded, from the other's reach [hand, 1 or 8].");
  bind("showdown_values",
       "def showdown_values(state: PublicState, reach: numpy.typing.NDArray[numpy.float64],"
       " amounts: Sequence[float]) -> numpy.typing.NDArray[numpy.float64]",
       false, "Values hands at a showdown of two players on the last street, likewise.");
}

}  // namespace

void bind_public_game(nb::module_& module) {
  bind_public_state(module);
  bind_chance(module);
  bind_terminal_values(module);
}

}  // namespace holdem
