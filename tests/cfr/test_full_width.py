"""Full-width CFR and its variants: against the reference, and to convergence."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import (
    DCFR,
    GAMES,
    LINEAR,
    TableStrategy,
    exploitability,
    make_solver,
    rows_of,
)
from reference_cfr import ReferenceCfr, best_response_value, counterfactuals

VARIANTS = {"cfr": None, "cfr_plus": "cfr_plus", "linear": LINEAR, "dcfr": DCFR}


def reference(name: str, variant: str) -> ReferenceCfr:
    if variant == "cfr_plus":
        return ReferenceCfr(GAMES[name], (None, None, 1.0), floor_at_zero=True)
    if variant == "cfr":
        return ReferenceCfr(GAMES[name])
    return ReferenceCfr(GAMES[name], LINEAR if variant == "linear" else DCFR)


def weights(variant: str, iterations: int) -> tuple[float, float]:
    """What tables are multiplied by, see discount.hpp: regrets and strategy sums."""
    return {
        "cfr": (1.0, 1.0),
        "cfr_plus": (1.0, iterations),
        "linear": (iterations, iterations),
        "dcfr": (1.0, iterations**2),
    }[variant]


@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("name", "iterations"), [("kuhn", 12), ("kuhn3", 6), ("leduc", 3)])
def test_first_iterations_agree_with_the_reference(
    name: str, iterations: int, variant: str, layout: str
) -> None:
    """From regrets in general position: from zero, Kuhn is full of exact ties.

    A regret that is 0 in one rounding and 1e-17 in another is uniform here and pure there. An
    iteration also divides by small sums of regrets, so rounding grows to a few 1e-6.
    """
    game = GAMES[name]
    solver = make_solver(game, "full_width", VARIANTS[variant], layout=layout)
    solver.run(1, 1e9)  # gives every row its place
    first = np.random.default_rng(3).uniform(-1, 1, len(solver.regrets)).astype(np.float32)
    if variant == "cfr_plus":
        first = np.maximum(first, 0)
    rows = rows_of(solver, game)
    for table in (solver.regrets, solver.strategy_sums):
        table[:] = 0
    slow = reference(name, variant)
    slow.iteration = 1
    for infoset, row in rows.items():
        solver.regrets[row.slice] = first[row.slice]
        slow.regrets[infoset] = [float(value) for value in first[row.slice]]
    # The tables now stand for the discounted past of iteration 0, in units of weight 1.
    slow.run(iterations)
    solver.run(iterations, 1e9)

    regret_weight, strategy_weight = weights(variant, 1 + iterations)
    for infoset, row in rows.items():
        # An iteration visits every row of every node, so no lazy discount is pending.
        regrets = solver.regrets[row.slice] / regret_weight
        sums = solver.strategy_sums[row.slice] / strategy_weight
        assert regrets == pytest.approx(slow.regrets[infoset], rel=1e-5, abs=1e-5), infoset
        assert sums == pytest.approx(slow.strategy_sums[infoset], rel=1e-5, abs=2e-6), infoset


@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
@pytest.mark.parametrize(("name", "iterations"), [("kuhn", 7), ("kuhn3", 4), ("leduc", 2)])
def test_values_and_best_responses_agree_with_the_reference(
    name: str, iterations: int, layout: str
) -> None:
    """Also where a growing tree has not been everywhere yet: there the average is uniform."""
    game = GAMES[name]
    for sampling in ("full_width", "outcome"):
        solver = make_solver(game, sampling, layout=layout, seed=5)
        solver.run(iterations, 1e9)
        profile = solver.evaluate_average_strategy()
        average = TableStrategy(solver.strategy_sums, rows_of(solver, game))
        assert profile.value == pytest.approx(counterfactuals(game, average).value, abs=1e-6)
        responses = [best_response_value(game, average, p) for p in range(game.num_players)]
        assert profile.best_response_value == pytest.approx(responses, abs=1e-6)


def test_a_best_response_sees_only_what_its_player_sees() -> None:
    """Against a uniform opponent of Kuhn: 1/2 and 5/12 chips, by hand from the six deals.

    The second player raises nothing on J after a check (-1 or a bluff that wins half the time is
    better by nothing), bets Q and K, calls with Q and K; knowing the other card would win more.
    """
    profile = make_solver(GAMES["kuhn"], "full_width").evaluate_average_strategy()
    assert profile.value == pytest.approx([1 / 8, -1 / 8])
    assert profile.best_response_value == pytest.approx([1 / 2, 5 / 12])


@pytest.mark.parametrize(
    ("name", "variant", "iterations", "bound"),
    [
        ("kuhn", "cfr", 20_000, 2e-4),
        ("kuhn", "linear", 5_000, 1e-4),
        ("kuhn", "cfr_plus", 3_000, 1e-4),
        ("kuhn", "dcfr", 3_000, 1e-4),
        ("leduc", "cfr", 20_000, 2e-3),
        ("leduc", "linear", 20_000, 1e-3),
        ("leduc", "cfr_plus", 3_000, 1e-4),
        ("leduc", "dcfr", 3_000, 1e-4),
    ],
)
def test_exploitability(name: str, variant: str, iterations: int, bound: float) -> None:
    solver = make_solver(GAMES[name], "full_width", VARIANTS[variant])
    solver.run(iterations, 1e9)
    assert exploitability(solver) <= bound


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "iterations"), [("cfr", 1_500_000), ("linear", 1_000_000)])
def test_exploitability_of_leduc_to_1e_4(variant: str, iterations: int) -> None:
    """Takes as many additions as a float can hold without losing the last of them.

    With strategy sums rounded to nearest, exploitability turns and rises here: CFR never gets to
    1e-4, and both stand near 5e-4 after 2.5 million iterations.
    """
    solver = make_solver(GAMES["leduc"], "full_width", VARIANTS[variant])
    solver.run(iterations, 1e9)
    assert exploitability(solver) <= 1e-4


def test_strategy_sums_do_not_stop_growing() -> None:
    """2^24 plus 1 is 2^24 in a float, so a sum of ones, rounded to nearest, would stay there.

    The root of Kuhn always has weight 1/3 here, and its strategy is made to be (3/4, 1/4).
    """
    game = GAMES["kuhn"]
    solver = make_solver(game, "full_width")
    row = rows_of(solver, game)[0, 1, -1, ""]
    solver.strategy_sums[row.slice] = start = 2.0**24
    iterations = 20_000
    for _ in range(iterations):
        solver.regrets[row.slice] = (3, 1)
        solver.run(1, 1e9)
    grown = (solver.strategy_sums[row.slice] - start) / iterations
    # Each addition of 2 or 0 has a standard deviation below 1, and 1/sqrt(20,000) is 0.007.
    assert grown == pytest.approx([1 / 4, 1 / 12], abs=0.03)


@pytest.mark.parametrize("name", GAMES)
def test_regret_bound_of_cfr_holds(name: str) -> None:
    """Zinkevich et al. 2007, theorem 4: average positive regrets shrink like 1 / sqrt(T)."""
    game = GAMES[name]
    solver = make_solver(game, "full_width")
    previous = np.inf
    for iterations in (100, 900, 8000):
        solver.run(iterations, 1e9)
        rows = rows_of(solver, game)
        total = sum(max(0.0, float(solver.regrets[row.slice].max())) for row in rows.values())
        average = total / solver.iteration
        assert average < previous / 2
        previous = average
