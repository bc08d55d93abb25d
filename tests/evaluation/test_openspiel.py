"""Exploitability of Leduc strategies, side by side with OpenSpiel's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from holdem import _core
from holdem.policy.content import NODE

pyspiel = pytest.importorskip("pyspiel", reason="open-spiel is not installed")
pytestmark = pytest.mark.slow

NUM_RANKS = 3


def solver_of(sampling: _core.Sampling, iterations: int) -> _core.Solver:
    options = _core.SolverOptions()
    options.sampling, options.seed = sampling, 5
    solver = _core.Solver(_core.LeducGame(), options, _core.TableLayout.street_rows, 1 << 28)
    solver.run(iterations, 1e9)
    return solver


def exported(
    game: Any, policy: _core.TabularPolicy, tree: _core.BettingTree
) -> dict[str, list[tuple[int, float]]]:
    """Returns OpenSpiel's infostates, which tell suits apart, with the strategy of their bucket."""
    nodes = tree.nodes.view(NODE)
    table: dict[str, list[tuple[int, float]]] = {}

    def visit(state: Any, node: int, dealt: list[int]) -> None:
        if state.is_terminal():
            return
        if state.is_chance_node():
            for card, _ in state.chance_outcomes():
                visit(state.child(card), node, [*dealt, card])
            return
        rank = dealt[state.current_player()] // 2
        bucket = rank if len(dealt) == 2 else rank * NUM_RANKS + dealt[2] // 2
        row = policy.probabilities(node, np.array([bucket], dtype=np.uint32))[0]
        actions = state.legal_actions()
        table[state.information_state_string()] = [
            (action, float(p)) for action, p in zip(actions, row, strict=True)
        ]
        for a, action in enumerate(actions):
            visit(state.child(action), int(nodes[node]["first_child"]) + a, dealt)

    visit(game.new_initial_state(), 0, [])
    return table


@pytest.mark.parametrize(
    ("sampling", "iterations"),
    [
        (_core.Sampling.external, 1),
        (_core.Sampling.external, 3000),
        (_core.Sampling.outcome, 20_000),
        (_core.Sampling.full_width, 300),
    ],
)
def test_exploitability_of_leduc_is_that_of_openspiel(
    sampling: _core.Sampling, iterations: int
) -> None:
    solver = solver_of(sampling, iterations)
    tree = _core.BettingTree(_core.LeducGame(), _core.TableLayout.street_rows, 1000)
    game = pyspiel.load_game("leduc_poker")
    table = exported(game, _core.AverageStrategy(tree, solver.strategy_sums), tree)
    assert len(table) == 936
    profile = solver.evaluate_average_strategy()
    gains = np.subtract(profile.best_response_value, profile.value)
    assert gains.mean() == pytest.approx(pyspiel.exploitability(game, table), abs=1e-9)
