#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "game/bet_menu.hpp"
#include "game/kuhn.hpp"
#include "game/leduc.hpp"
#include "game/random_stream.hpp"
#include "game/rules.hpp"
#include "game/translation.hpp"
#include "tree/betting_tree.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

void bind_random_stream(nb::module_& module) {
  module.def("philox4x32_10", &philox4x32_10, "counter"_a, "key0"_a, "key1"_a);
  nb::class_<RandomStream>(module, "RandomStream", "Random numbers of one iteration and purpose.")
      .def(
          "__init__",
          [](RandomStream* self, std::uint32_t seed, std::uint32_t instance,
             std::uint64_t iteration, std::uint32_t purpose) {
            new (self) RandomStream(seed, instance, iteration, static_cast<Purpose>(purpose));
          },
          "seed"_a, "instance"_a, "iteration"_a, "purpose"_a)
      .def("next", &RandomStream::next)
      .def("next_unit", &RandomStream::next_unit)
      .def("below", &RandomStream::below, "bound"_a);
}

void bind_toy_games(nb::module_& module) {
  nb::class_<KuhnGame, Game>(module, "KuhnGame", "Kuhn poker for 2 to 6 players.")
      .def(nb::init<int>(), "num_players"_a = 2);
  nb::class_<LeducGame, Game>(module, "LeducGame", "Leduc hold'em for two players.")
      .def(nb::init<int, int, int>(), "num_ranks"_a = 3, "num_suits"_a = 2, "max_raises"_a = 2);
}

using StackArgument = std::variant<Chips, std::vector<Chips>>;
using SizeArgument = std::tuple<std::string, double>;
using SizesArgument = std::vector<std::vector<SizeArgument>>;

Rules make_rules(int num_players, Chips small_blind, Chips big_blind, Chips ante,
                 const StackArgument& stacks) {
  Rules rules{num_players, small_blind, big_blind, ante, {}};
  if (const Chips* equal = std::get_if<Chips>(&stacks)) {
    rules.stacks.fill(*equal);
  } else {
    const auto& listed = std::get<std::vector<Chips>>(stacks);
    if (listed.size() != static_cast<std::size_t>(num_players)) {
      throw std::invalid_argument("stacks has " + std::to_string(listed.size()) +
                                  " entries; allowed: one number for all, or one for each of the " +
                                  std::to_string(num_players) + " players");
    }
    std::copy_n(listed.begin(), std::min(listed.size(), rules.stacks.size()), rules.stacks.begin());
  }
  validate(rules);
  return rules;
}

BetSize make_bet_size(const SizeArgument& size) {
  const auto& [kind, value] = size;
  if (kind == "pot_fraction") return {BetSizeKind::pot_fraction, value};
  if (kind == "multiple") return {BetSizeKind::multiple, value};
  if (kind == "all_in") return {BetSizeKind::all_in, 0.0};
  throw std::invalid_argument("bet size kind is '" + kind +
                              "'; allowed: pot_fraction, multiple, all_in");
}

BetMenu make_bet_menu(const SizesArgument& first, const SizesArgument& later,
                      const std::vector<int>& raise_caps) {
  std::array<StreetMenu, kNumStreets> streets;
  if (first.size() != streets.size() || later.size() != streets.size() ||
      raise_caps.size() != streets.size()) {
    throw std::invalid_argument("first, later and raise_caps need 4 entries, one for each street");
  }
  for (std::size_t i = 0; i < streets.size(); ++i) {
    for (const auto& size : first[i]) streets[i].first.push_back(make_bet_size(size));
    for (const auto& size : later[i]) streets[i].later.push_back(make_bet_size(size));
    streets[i].raise_cap = raise_caps[i];
  }
  return BetMenu(std::move(streets));
}

// Wraps a per-player query so that Python cannot read beyond the table.
template <class Query>
auto of_player(Query query) {
  return [query](const BettingState& state, int player) {
    if (player < 0 || player >= state.num_players()) {
      throw std::invalid_argument("player is " + std::to_string(player) + "; allowed: 0 to " +
                                  std::to_string(state.num_players() - 1));
    }
    return (state.*query)(player);
  };
}

template <class Values>
auto to_vector(const Values& values) {
  return std::vector(values.begin(), values.end());
}

void bind_state(nb::module_& module) {
  nb::class_<BettingState>(module, "BettingState",
                           "The betting of one hand; `apply` returns the next state.")
      .def(nb::init<const Rules&>(), "rules"_a)
      .def_prop_ro("num_players", &BettingState::num_players)
      .def_prop_ro("street", &BettingState::street)
      .def_prop_ro("is_over", &BettingState::is_over)
      .def_prop_ro("is_showdown", &BettingState::is_showdown)
      .def_prop_ro("player_to_act", &BettingState::player_to_act, "-1 when the hand is over.")
      .def_prop_ro("pot", &BettingState::pot)
      .def_prop_ro("current_bet", &BettingState::current_bet)
      .def_prop_ro("num_raises", &BettingState::num_raises)
      .def_prop_ro("folded_mask", &BettingState::folded_mask)
      .def_prop_ro("all_in_mask", &BettingState::all_in_mask)
      .def("contribution", of_player(&BettingState::contribution), "player"_a)
      .def("street_bet", of_player(&BettingState::street_bet), "player"_a)
      .def("stack", of_player(&BettingState::stack), "player"_a)
      .def("legal_actions", &BettingState::legal_actions)
      .def("apply", &BettingState::apply, "action"_a);
  module.def(
      "side_pots",
      [](const BettingState& state) {
        std::vector<std::tuple<Chips, int>> pots;
        for (const Pot& pot : side_pots(state)) pots.emplace_back(pot.chips, pot.eligible);
        return pots;
      },
      "state"_a, "Return (chips, mask of eligible players) for the main pot and each side pot.");
  module.def(
      "payoffs",
      [](const BettingState& state, const std::vector<std::int32_t>& strengths) {
        const auto net = payoffs(state, strengths);
        return std::vector<Chips>(net.begin(), net.begin() + state.num_players());
      },
      "state"_a, "strengths"_a = std::vector<std::int32_t>{},
      "Return the net chips of each player; strengths: one per player, higher is better.");
}

void bind_menu(nb::module_& module) {
  nb::class_<BetMenu>(module, "BetMenu", "The betting abstraction: bet sizes for each street.")
      .def(
          "__init__",
          [](BetMenu* self, const SizesArgument& first, const SizesArgument& later,
             const std::vector<int>& raise_caps) {
            new (self) BetMenu(make_bet_menu(first, later, raise_caps));
          },
          "first"_a, "later"_a, "raise_caps"_a,
          "Take, per street, lists of (kind, value) and the number of bets and raises allowed.");
  module.def(
      "menu_actions",
      [](const BettingState& state, const BetMenu& menu) {
        return to_vector(menu_actions(state, menu));
      },
      "state"_a, "menu"_a, "Return the menu's actions: fold, check or call, raises ascending.");
  module.attr("MAX_ACTIONS") = kMaxActions;
}

void bind_translation(nb::module_& module) {
  module.def("pot_fraction", &pot_fraction, "state"_a, "raise_to"_a,
             "What a raise adds to a call, as a fraction of the pot after calling.");
  module.def(
      "translate",
      [](const std::vector<double>& sizes, double bet) {
        if (sizes.empty()) throw std::invalid_argument("sizes: none given");
        const Translation found = translate(sizes, bet);
        return std::make_tuple(found.smaller, found.larger, found.probability_of_smaller);
      },
      "sizes"_a, "bet"_a,
      "Return the ascending sizes around a bet, by number, and how often the smaller is meant.");
}

void bind_rules(nb::module_& module) {
  nb::class_<Rules>(module, "Rules",
                    "Players, blinds, ante and stacks in chips. Player 0 is left of the button, "
                    "the last player is the button (heads-up: also the small blind).")
      .def(
          "__init__",
          [](Rules* self, int num_players, Chips small_blind, Chips big_blind, Chips ante,
             const StackArgument& stacks) {
            new (self) Rules(make_rules(num_players, small_blind, big_blind, ante, stacks));
          },
          "num_players"_a, "small_blind"_a, "big_blind"_a, "ante"_a, "stacks"_a)
      .def_ro("num_players", &Rules::num_players)
      .def_ro("small_blind", &Rules::small_blind)
      .def_ro("big_blind", &Rules::big_blind)
      .def_ro("ante", &Rules::ante)
      .def_prop_ro("stacks",
                   [](const Rules& rules) {
                     const auto begin = rules.stacks.begin();
                     return std::vector<Chips>(begin, begin + rules.num_players);
                   })
      .def_prop_ro("button", &Rules::button)
      .def_prop_ro("small_blind_player", &Rules::small_blind_player)
      .def_prop_ro("big_blind_player", &Rules::big_blind_player);
  nb::enum_<ActionType>(module, "ActionType")
      .value("fold", ActionType::fold)
      .value("call", ActionType::call)
      .value("raise_", ActionType::raise);
  nb::class_<Action>(module, "Action", "A fold, a check or call, or a raise to a street bet.")
      .def(
          "__init__",
          [](Action* self, ActionType type, Chips raise_to) { new (self) Action{type, raise_to}; },
          "type"_a, "raise_to"_a = 0)
      .def_ro("type", &Action::type)
      .def_ro("raise_to", &Action::raise_to)
      .def("__eq__", [](const Action& a, const Action& b) { return a == b; })
      .def("__hash__", [](const Action& a) { return a.raise_to * 3 + static_cast<int>(a.type); })
      .def("__repr__", [](const Action& action) -> std::string {
        if (action.type == ActionType::raise) {
          return "Action(raise_to=" + std::to_string(action.raise_to) + ")";
        }
        return action.type == ActionType::fold ? "Action(fold)" : "Action(call)";
      });
  nb::class_<LegalActions>(module, "LegalActions")
      .def_ro("can_fold", &LegalActions::can_fold)
      .def_ro("can_raise", &LegalActions::can_raise)
      .def_ro("call_chips", &LegalActions::call_chips)
      .def_ro("min_raise_to", &LegalActions::min_raise_to)
      .def_ro("max_raise_to", &LegalActions::max_raise_to);
  bind_state(module);
  bind_menu(module);
  bind_translation(module);
}

// The first deals of a seed, as the solver sees them.
nb::tuple sample_deals(const Game& game, std::uint32_t seed, std::size_t num_deals) {
  const auto players = static_cast<std::size_t>(game.num_players());
  const auto streets = static_cast<std::size_t>(game.num_streets());
  std::vector<std::uint32_t> buckets;
  std::vector<std::int32_t> strengths;
  Deal deal;
  for (std::size_t i = 0; i < num_deals; ++i) {
    RandomStream random(seed, 0, i, Purpose::deal);
    game.sample_deal(random, deal);
    for (std::size_t street = 0; street < streets; ++street) {
      const auto& of_street = deal.bucket[street];
      buckets.insert(buckets.end(), of_street.begin(), of_street.begin() + players);
    }
    strengths.insert(strengths.end(), deal.strength.begin(), deal.strength.begin() + players);
  }
  return nb::make_tuple(
      copied(std::span<const std::uint32_t>(buckets))
          .cast()
          .attr("reshape")(num_deals, streets, players),
      copied(std::span<const std::int32_t>(strengths)).cast().attr("reshape")(num_deals, players));
}

}  // namespace

void bind_game(nb::module_& module) {
  nb::class_<Game>(module, "Game", "A game the solver can train.")
      .def_prop_ro("num_players", &Game::num_players)
      .def_prop_ro("num_streets", &Game::num_streets)
      .def("num_buckets", &Game::num_buckets, "street"_a)
      .def("sample_deals", &sample_deals,
           nb::sig("def sample_deals(self, seed: int, num_deals: int)"
                   " -> tuple[numpy.typing.NDArray[numpy.uint32],"
                   " numpy.typing.NDArray[numpy.int32]]"),
           "seed"_a, "num_deals"_a,
           "Returns the first deals of a seed: buckets [n, num_streets, num_players] and strengths "
           "at a showdown [n, num_players].");
  nb::class_<StreetSize>(module, "StreetSize")
      .def_ro("decision_nodes", &StreetSize::decision_nodes)
      .def_ro("infosets", &StreetSize::infosets)
      .def_ro("infoset_actions", &StreetSize::infoset_actions)
      .def_ro("terminal_nodes", &StreetSize::terminal_nodes);
  bind_random_stream(module);
  bind_toy_games(module);
  bind_rules(module);
}

}  // namespace holdem
