"""Sampled training comes to the known values and close to equilibrium, whatever the seed."""

from __future__ import annotations

import pytest
from core_tools import FOREVER, GAMES, LINEAR, exploitability, make_solver
from test_known_values import KUHN_VALUE, LEDUC_VALUE

from holdem import _core

SEEDS = [1, 2, 3]


def train(solver: _core.Solver, num_nodes: int) -> None:
    """Runs until nearly ``num_nodes`` nodes have been visited; no iteration here visits 100."""
    while solver.nodes_visited < 0.98 * num_nodes:
        solver.run(num_nodes // 10_000, FOREVER)
    assert solver.nodes_visited <= num_nodes


@pytest.mark.parametrize("seed", SEEDS)
def test_external_sampling_solves_kuhn(seed: int) -> None:
    solver = make_solver(GAMES["kuhn"], "external", LINEAR, interval=1000, seed=seed)
    train(solver, 20_000_000)
    assert solver.evaluate_average_strategy().value[0] == pytest.approx(KUHN_VALUE, abs=1e-3)
    assert exploitability(solver) <= 2e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_external_sampling_solves_leduc_within_1e8_nodes(seed: int) -> None:
    solver = make_solver(GAMES["leduc"], "external", LINEAR, interval=1000, seed=seed)
    train(solver, 100_000_000)
    assert solver.evaluate_average_strategy().value[0] == pytest.approx(LEDUC_VALUE, abs=1e-3)
    assert exploitability(solver) <= 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_outcome_sampling_solves_kuhn(seed: int) -> None:
    solver = make_solver(GAMES["kuhn"], "outcome", LINEAR, interval=1000, seed=seed)
    train(solver, 30_000_000)
    assert solver.evaluate_average_strategy().value[0] == pytest.approx(KUHN_VALUE, abs=1e-3)
    assert exploitability(solver) <= 5e-3


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_outcome_sampling_solves_leduc(seed: int) -> None:
    solver = make_solver(GAMES["leduc"], "outcome", LINEAR, interval=1000, seed=seed)
    train(solver, 400_000_000)
    assert solver.evaluate_average_strategy().value[0] == pytest.approx(LEDUC_VALUE, abs=2e-3)
    assert exploitability(solver) <= 0.03


@pytest.mark.parametrize("sampling", ["external", "outcome"])
def test_three_player_kuhn_comes_close_to_an_equilibrium(sampling: str) -> None:
    solver = make_solver(
        GAMES["kuhn3"], sampling, LINEAR, interval=1000, seed=4, layout="node_rows"
    )
    train(solver, 20_000_000)
    assert exploitability(solver) <= 0.01
