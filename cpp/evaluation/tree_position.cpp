#include "evaluation/tree_position.hpp"

#include "game/translation.hpp"

namespace holdem {
namespace {

constexpr BetSize kAllIn{BetSizeKind::all_in, 0.0};

Action action_of(Chips code) {
  if (code == kFold) return {ActionType::fold, 0};
  if (code == kCall) return {ActionType::call, 0};
  return {ActionType::raise, code};
}

Action tree_action(const BettingTree& tree, std::uint32_t node, int action) {
  const std::uint32_t child = tree.data()[node].first_child + static_cast<std::uint32_t>(action);
  return action_of(tree.action_codes()[child]);
}

}  // namespace

TreePosition root_position(const Rules& rules) { return {0, BettingState(rules)}; }

TreePosition next_position(const BettingTree& tree, const TreePosition& from, int action) {
  return {tree.data()[from.node].first_child + static_cast<std::uint32_t>(action),
          from.betting.apply(tree_action(tree, from.node, action))};
}

int first_raise(const BettingTree& tree, std::uint32_t node) {
  return tree_action(tree, node, 0).type == ActionType::fold ? 2 : 1;
}

Action in_chips(const BettingTree& tree, const TreePosition& at, int action,
                const BettingState& real) {
  const Action chosen = tree_action(tree, at.node, action);
  if (chosen.type != ActionType::raise) return chosen;
  if (!real.legal_actions().can_raise) return {ActionType::call, 0};
  if (chosen.raise_to == sized_raise(kAllIn, at.betting)) {
    return {ActionType::raise, sized_raise(kAllIn, real)};
  }
  const double fraction = pot_fraction(at.betting, chosen.raise_to);
  return {ActionType::raise, sized_raise({BetSizeKind::pot_fraction, fraction}, real)};
}

bool calls_anything(const TreePosition& at, const BettingState& real) {
  return at.betting.is_over() || at.betting.street() > real.street();
}

FixedVector<TakenFor, 2> taken_for(const BettingTree& tree, const TreePosition& at,
                                   const BettingState& real, Action action) {
  FixedVector<TakenFor, 2> result;
  const int raise = first_raise(tree, at.node);
  const int num_actions = tree.data()[at.node].num_actions;
  if (action.type != ActionType::raise) {
    result.push_back({action.type == ActionType::fold ? 0 : raise - 1, 1});
    return result;
  }
  const Chips largest = tree_action(tree, at.node, num_actions - 1).raise_to;
  if (action.raise_to == sized_raise(kAllIn, real) && raise < num_actions &&
      largest == sized_raise(kAllIn, at.betting)) {
    result.push_back({num_actions - 1, 1});
    return result;
  }
  // A call, and the raises.
  std::array<double, kMaxActions> sizes{};
  for (int a = raise; a < num_actions; ++a) {
    sizes[static_cast<std::size_t>(a - raise + 1)] =
        pot_fraction(at.betting, tree_action(tree, at.node, a).raise_to);
  }
  const std::size_t num_sizes = static_cast<std::size_t>(num_actions - raise + 1);
  const Translation found =
      translate({sizes.data(), num_sizes}, pot_fraction(real, action.raise_to));
  const double smaller = found.probability_of_smaller;
  result.push_back({raise - 1 + static_cast<int>(found.smaller), smaller});
  if (found.larger != found.smaller) {
    result.push_back({raise - 1 + static_cast<int>(found.larger), 1 - smaller});
  }
  return result;
}

}  // namespace holdem
