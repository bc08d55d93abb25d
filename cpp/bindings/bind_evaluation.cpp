#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "evaluation/best_response.hpp"
#include "evaluation/local_best_response.hpp"
#include "evaluation/match.hpp"
#include "evaluation/tree_position.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace holdem {
namespace {

// So many hands of a deal have random streams of their own.
constexpr int kMaxHandsPerSeat = 32;

template <class T>
using ArrayIn = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using RowsOut = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

void bind_tree(nb::module_& module) {
  nb::class_<BettingTree>(module, "BettingTree", "The betting of a game and the place of rows.")
      .def(
          "__init__",
          [](BettingTree* self, const Game& game, TableLayout layout, std::uint64_t max_nodes) {
            const nb::gil_scoped_release release;
            new (self) BettingTree(game, layout, max_nodes);
          },
          "game"_a, "layout"_a, "max_nodes"_a, nb::keep_alive<1, 2>(),
          "A complete tree with more than max_nodes nodes raises OverflowError.")
      .def(
          "regrow",
          [](BettingTree& tree, const ArrayIn<std::uint32_t>& nodes,
             const ArrayIn<std::uint64_t>& strips) {
            const nb::gil_scoped_release release;
            tree.regrow({nodes.data(), nodes.shape(0)}, {strips.data(), strips.shape(0)});
          },
          "nodes"_a, "strips"_a,
          "Repeats what another tree has grown; ValueError when it cannot have.")
      .def_prop_ro("layout", &BettingTree::layout)
      .def_prop_ro("table_floats", &BettingTree::table_floats)
      .def_prop_ro(
          "grown_nodes", [](const BettingTree& tree) { return copied(tree.grown_nodes()); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "grown_strips", [](const BettingTree& tree) { return copied(tree.grown_strips()); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "action_codes", [](const BettingTree& tree) { return copied(tree.action_codes()); },
          nb::rv_policy::automatic, "int32 [node]: the action that leads to it.")
      .def_prop_ro(
          "nodes", [](const BettingTree& tree) { return node_bytes(tree); },
          nb::rv_policy::automatic, "The nodes, 32 bytes each (tree/betting_tree.hpp), a copy.");
}

RowsOut probabilities(const TabularPolicy& policy, std::uint32_t index,
                      const ArrayIn<std::uint32_t>& buckets) {
  const BettingTree& tree = policy.tree();
  if (index >= tree.nodes().size() || tree.data()[index].kind != NodeKind::decision) {
    throw std::invalid_argument("node is " + std::to_string(index) + ", which is no decision");
  }
  const Node& node = tree.data()[index];
  const std::uint32_t num_buckets = tree.game().num_buckets(node.street);
  const std::size_t rows = buckets.shape(0);
  const std::size_t columns = node.num_actions;
  auto* values = new std::vector<float>(rows * columns);
  nb::capsule owner(values, [](void* p) noexcept { delete static_cast<std::vector<float>*>(p); });
  float row[kMaxActions];
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t bucket = buckets.data()[i];
    if (bucket >= num_buckets) {
      throw std::invalid_argument("bucket is " + std::to_string(bucket) + "; allowed: 0 to " +
                                  std::to_string(num_buckets - 1));
    }
    policy.probabilities(index, bucket, row);
    std::copy_n(row, columns, values->data() + i * columns);
  }
  return {values->data(), {rows, columns}, owner};
}

void bind_policies(nb::module_& module) {
  nb::enum_<SimplePlayer>(module, "SimplePlayer")
      .value("call", SimplePlayer::call)
      .value("random", SimplePlayer::random)
      .value("max_raise", SimplePlayer::raise)
      .value("tight", SimplePlayer::tight);
  nb::class_<TabularPolicy>(module, "TabularPolicy", "How a player acts at every decision.")
      .def("probabilities", &probabilities, "node"_a, "buckets"_a, nb::rv_policy::automatic,
           "Returns float32 [n, num_actions] for a decision and uint32 [n] buckets.")
      .def_prop_ro("tree", &TabularPolicy::tree,
                   "The betting tree whose decisions it knows, no copy.");
  nb::class_<AverageStrategy, TabularPolicy>(module, "AverageStrategy",
                                             "The average strategy in a table of strategy sums.")
      .def(
          "__init__",
          [](AverageStrategy* self, std::shared_ptr<const BettingTree> tree,
             const ArrayIn<float>& strategy_sums) {
            new (self)
                AverageStrategy(std::move(tree), {strategy_sums.data(), strategy_sums.shape(0)});
          },
          "tree"_a, "strategy_sums"_a.noconvert(), nb::keep_alive<1, 3>(),
          "strategy_sums: float32 [tree.table_floats], not copied.")
      .def_prop_ro(
          "strategy_sums",
          [](nb::handle self) {
            const auto sums = nb::cast<const AverageStrategy&>(self).strategy_sums();
            return nb::ndarray<nb::numpy, const float, nb::ndim<1>>(sums.data(), {sums.size()},
                                                                    self);
          },
          nb::rv_policy::automatic, "The table it was made from, a read-only view.");
  module.def("simple_player", &make_simple_player, "kind"_a, "tree"_a,
             nb::call_guard<nb::gil_scoped_release>());
}

// A flag that another thread may set while the core works.
struct StopFlag {
  std::atomic<bool> is_set{false};
};

void check_player(const StrategyProfile& profile, int player) {
  if (player < 0 || player >= profile.num_players()) {
    throw std::invalid_argument("player is " + std::to_string(player) + "; allowed: 0 to " +
                                std::to_string(profile.num_players() - 1));
  }
}

nb::ndarray<nb::numpy, double, nb::ndim<1>> values_at(const StrategyProfile& profile,
                                                      const std::vector<std::uint8_t>& public_cards,
                                                      const std::vector<ArrayIn<double>>& reach,
                                                      int player, Play play) {
  check_player(profile, player);
  std::vector<std::span<const double>> of_players;
  for (const auto& of_player : reach) of_players.emplace_back(of_player.data(), of_player.shape(0));
  std::vector<double> values;
  {
    const nb::gil_scoped_release release;
    values = profile.values_at(public_cards, of_players, player, play);
  }
  return copied(std::span<const double>(values));
}

void bind_exact_values(nb::module_& module) {
  nb::class_<StopFlag>(module, "StopFlag", "Stops work of the core that another thread waits for.")
      .def(nb::init<>())
      .def("set", [](StopFlag& flag) { flag.is_set = true; })
      .def_prop_ro("is_set", [](const StopFlag& flag) { return flag.is_set.load(); });
  nb::enum_<Play>(module, "Play").value("follow", Play::follow).value("respond", Play::respond);
  nb::class_<ExactValue>(module, "ExactValue", "An exact value, walked part by part.")
      .def_prop_ro("num_parts", &ExactValue::num_parts)
      .def(
          "add_part",
          [](ExactValue& self, std::uint32_t part, int num_workers, const StopFlag& stop) {
            if (part >= self.num_parts() || num_workers < 1) {
              throw std::invalid_argument("no such part, or less than one worker");
            }
            return self.add_part(part, num_workers, stop.is_set);
          },
          "part"_a, "num_workers"_a, "stop"_a, nb::call_guard<nb::gil_scoped_release>(),
          "Walks the next part; False, and nothing was added, where `stop` was set on the way.")
      .def_prop_ro(
          "sums",
          [](nb::handle self) {
            const auto sums = nb::cast<ExactValue&>(self).sums();
            return nb::ndarray<nb::numpy, double, nb::ndim<1>>(sums.data(), {sums.size()}, self);
          },
          nb::rv_policy::automatic, "What the parts so far have left, a writable view.")
      .def("value", &ExactValue::value, "Chips a hand, once all parts are there.");
  nb::class_<StrategyProfile>(module, "StrategyProfile", "Strategies of all players of a game.")
      .def(nb::init<std::shared_ptr<const Game>, const std::vector<const TabularPolicy*>&, int,
                    std::uint32_t>(),
           "game"_a, "policies"_a, "num_workers"_a, "start"_a = 0,
           nb::call_guard<nb::gil_scoped_release>(), "start: the decision where play begins.")
      .def(
          "value",
          [](const StrategyProfile& self, int player, Play play) {
            check_player(self, player);
            return self.value(player, play);
          },
          "player"_a, "play"_a, nb::keep_alive<0, 1>())
      .def("values_at", &values_at, "public_cards"_a, "reach"_a, "player"_a, "play"_a,
           nb::rv_policy::automatic,
           "Values each hand of the player where play begins.\n\n"
           "Args:\n"
           "    public_cards: Those dealt before the start.\n"
           "    reach: float64 [player][hand], hands as at the root of the public game; the\n"
           "        player's own is not read.\n\n"
           "Returns:\n"
           "    float64 [hand]: chips times the probability that the others come there.")
      .def_prop_ro("num_nodes",
                   [](const StrategyProfile& self) {
                     std::vector<std::uint64_t> nodes;
                     for (int s = 0; s < static_cast<int>(self.forest().streets().size()); ++s) {
                       nodes.push_back(self.forest().num_nodes(s));
                     }
                     return nodes;
                   })
      .def(
          "num_states",
          [](const StrategyProfile& self) {
            std::vector<std::uint64_t> states;
            for (int s = 0; s < static_cast<int>(self.forest().streets().size()); ++s) {
              states.push_back(self.public_game().num_states(s));
            }
            return states;
          },
          nb::call_guard<nb::gil_scoped_release>());
}

void bind_match(nb::module_& module) {
  nb::class_<MatchTally>(module, "MatchTally")
      .def_ro("num_deals", &MatchTally::num_deals)
      .def_ro("mean", &MatchTally::mean)
      .def_ro("squared_deviations", &MatchTally::squared_deviations);
  module.def(
      "play_match",
      [](const TabularPolicy& first, const TabularPolicy& second, std::uint32_t seed,
         int hands_per_seat, std::uint64_t first_deal, std::uint64_t num_deals) {
        if (hands_per_seat < 1 || hands_per_seat > kMaxHandsPerSeat) {
          throw std::invalid_argument("hands_per_seat is " + std::to_string(hands_per_seat) +
                                      "; allowed: 1 to " + std::to_string(kMaxHandsPerSeat));
        }
        return play_match(first, second, {seed, hands_per_seat}, first_deal, num_deals);
      },
      "first"_a, "second"_a, "seed"_a, "hands_per_seat"_a, "first_deal"_a, "num_deals"_a,
      nb::call_guard<nb::gil_scoped_release>(),
      "Plays duplicate deals of two policies; the result is in chips a hand of the first.");
}

// A position that knows its tree.
struct Follower {
  const BettingTree* tree;
  TreePosition at;

  void check(int action) const {
    const Node& node = tree->data()[at.node];
    if (node.kind != NodeKind::decision || action < 0 || action >= node.num_actions) {
      throw std::invalid_argument("action " + std::to_string(action) +
                                  ": not one of the tree here");
    }
  }
};

void bind_tree_position(nb::module_& module) {
  nb::class_<Follower>(module, "TreePosition",
                       "Where somebody who knows only a betting tree believes a hand to be.")
      .def(
          "__init__",
          [](Follower* self, const BettingTree& tree, const Rules& rules) {
            if (tree.grows()) throw std::invalid_argument("the betting tree is not complete");
            new (self) Follower{&tree, root_position(rules)};
          },
          "tree"_a, "rules"_a, nb::keep_alive<1, 2>())
      .def_prop_ro("node", [](const Follower& self) { return self.at.node; })
      .def_prop_ro(
          "betting", [](const Follower& self) { return self.at.betting; }, "As the tree has it.")
      .def(
          "after",
          [](const Follower& self, int action) {
            self.check(action);
            return Follower{self.tree, next_position(*self.tree, self.at, action)};
          },
          "action"_a, nb::keep_alive<0, 1>())
      .def(
          "in_chips",
          [](const Follower& self, int action, const BettingState& real) {
            self.check(action);
            return in_chips(*self.tree, self.at, action, real);
          },
          "action"_a, "real"_a, "Returns what an action of the tree means in the real hand.")
      .def(
          "taken_for",
          [](const Follower& self, const BettingState& real, Action action) {
            self.check(0);
            std::vector<std::tuple<int, double>> meanings;
            for (const auto& [meaning, probability] :
                 taken_for(*self.tree, self.at, real, action)) {
              meanings.emplace_back(meaning, probability);
            }
            return meanings;
          },
          "real"_a, "action"_a,
          "Returns the tree's actions that a real one is taken for, each with its probability.");
}

void bind_local_best_response(nb::module_& module) {
  nb::class_<LocalBestResponse>(
      module, "LocalBestResponse",
      "Plays any bets against a strategy it knows, by the best action were it the last.")
      .def(
          "__init__",
          [](LocalBestResponse* self, const TabularPolicy& policy, std::uint32_t seed,
             std::vector<double> pot_fractions, bool all_in, bool tree_bets,
             const std::array<bool, kNumStreets>& chooses) {
            const nb::gil_scoped_release release;
            new (self) LocalBestResponse(
                policy, {seed, std::move(pot_fractions), all_in, tree_bets, chooses});
          },
          "policy"_a, "seed"_a, "pot_fractions"_a, "all_in"_a, "tree_bets"_a, "chooses"_a,
          nb::keep_alive<1, 2>(),
          "Args:\n"
          "    policy: Of heads-up hold'em.\n"
          "    pot_fractions: Bets and raises it may make; with all_in also of all its chips, "
          "with\n"
          "        tree_bets also those of the policy's tree.\n"
          "    chooses: Whether it chooses on each street, or checks and calls.")
      .def("play", &LocalBestResponse::play, "first_deal"_a, "num_deals"_a,
           nb::call_guard<nb::gil_scoped_release>(),
           "Plays each deal from both seats; the result is in chips a hand of it.")
      .def("hand_value", &LocalBestResponse::hand_value, "deal"_a, "seat"_a,
           "Returns its expected chips in one seat of one deal.");
}

}  // namespace

void bind_evaluation(nb::module_& module) {
  bind_tree(module);
  bind_policies(module);
  bind_exact_values(module);
  bind_match(module);
  bind_tree_position(module);
  bind_local_best_response(module);
}

}  // namespace holdem
