"""A run that was cut ends in the same bytes as the run that was not."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, GAMES, LINEAR, make_solver

from holdem import _core

ITERATIONS = 611
DISCOUNTS = {"none": None, "linear": LINEAR, "dcfr": DCFR, "cfr_plus": "cfr_plus"}
# Reached within a few dozen iterations of Leduc, so that pruning takes part.
PRUNING = {"pruned": (-8.0, 0.7), "unpruned": None}
SAMPLERS = ["external", "outcome", "full_width"]
LAYOUTS = {
    "kuhn": "street_rows",
    "kuhn3": "node_rows",
    "leduc": "street_rows",
    "leduc_grown": "node_rows",
}


def state(solver: _core.Solver) -> dict[str, bytes]:
    arrays = ("regrets", "strategy_sums", "nodes", "grown_nodes", "grown_strips")
    return {name: getattr(solver, name).tobytes() for name in arrays}


def continued(solver: _core.Solver, make: Callable[[], _core.Solver]) -> _core.Solver:
    """Returns a fresh solver with what a checkpoint of ``solver`` would hold."""
    fresh = make()
    fresh.regrow(solver.grown_nodes, solver.grown_strips)
    fresh.regrets[:] = solver.regrets
    fresh.strategy_sums[:] = solver.strategy_sums
    fresh.iteration = solver.iteration
    return fresh


def assert_cuts_do_not_matter(make: Callable[[], _core.Solver], iterations: int) -> None:
    whole = make()
    assert whole.run(iterations, FOREVER) == iterations
    expected = state(whole)
    assert np.count_nonzero(whole.regrets) > 10

    sliced = make()
    randomly = random.Random(iterations)
    while sliced.iteration < iterations:
        sliced.run(min(randomly.randint(1, 90), iterations - sliced.iteration), FOREVER)
    assert state(sliced) == expected

    # Before the first iteration, at a discount boundary, one after it, and at any place.
    cut = make()
    for point in (0, 35, 36, 211, iterations - 1):
        cut.run(point - cut.iteration, FOREVER)
        cut = continued(cut, make)
    cut.run(iterations - cut.iteration, FOREVER)
    assert state(cut) == expected


@pytest.mark.parametrize("pruning", PRUNING)
@pytest.mark.parametrize("discount", DISCOUNTS)
@pytest.mark.parametrize(
    ("name", "sampling"),
    [
        *itertools.product(LAYOUTS, SAMPLERS),
        *itertools.product(["kuhn", "leduc"], ["public_chance"]),
    ],
)
def test_any_cut_ends_in_the_same_bytes(
    name: str, sampling: str, discount: str, pruning: str
) -> None:
    def make() -> _core.Solver:
        return make_solver(
            GAMES[name.removesuffix("_grown")],
            sampling,
            DISCOUNTS[discount],
            layout="lane_rows" if sampling == "public_chance" else LAYOUTS[name],
            interval=7,
            seed=77,
            instance=3,
            pruning=PRUNING[pruning],
        )

    assert_cuts_do_not_matter(make, ITERATIONS)


def test_pruning_takes_part_in_these_runs() -> None:
    solver = make_solver(
        GAMES["leduc"], "external", LINEAR, interval=7, seed=77, pruning=PRUNING["pruned"]
    )
    solver.run(ITERATIONS, FOREVER)
    assert solver.street_metrics()[0].pruned_share > 0.005


def test_a_stop_by_the_clock_is_a_cut_like_any_other() -> None:
    """Where it comes is chance; that it comes between two iterations is not."""

    def make() -> _core.Solver:
        return make_solver(GAMES["leduc"], "external", DCFR, interval=10, seed=5)

    timed = make()
    while timed.iteration < 3000:
        assert timed.run(100_000, 1e-4) < 100_000
    whole = make()
    whole.run(timed.iteration, FOREVER)
    assert state(timed) == state(whole)


def test_seed_and_instance_and_nothing_else_make_another_run() -> None:
    def train(seed: int, instance: int) -> dict[str, bytes]:
        solver = make_solver(GAMES["leduc"], "external", LINEAR, seed=seed, instance=instance)
        solver.run(200, FOREVER)
        return state(solver)

    assert train(1, 0) == train(1, 0)
    assert len({train(*key)["regrets"] for key in ((1, 0), (2, 0), (1, 1), (0, 1))}) == 4


def test_an_iteration_number_cannot_go_back() -> None:
    solver = make_solver(GAMES["kuhn"])
    solver.run(10, FOREVER)
    with pytest.raises(ValueError, match="iteration is 9; a solver cannot go back before 10"):
        solver.iteration = 9


HOLDEM_BUCKETS = (169, 40, 30, 20)


@pytest.fixture(scope="module")
def buckets() -> _core.BucketMap:
    """Buckets that mean nothing."""
    tables = []
    for num_cards, num_buckets in zip((0, 3, 4, 5), HOLDEM_BUCKETS, strict=True):
        size = _core.HandIndexer([2, num_cards] if num_cards else [2]).size
        ids = np.zeros(size, np.uint8)  # most pages of it are never touched
        head = min(size, 1 << 22)
        ids[-head:] = np.arange(head) * 7 % num_buckets
        tables.append(ids)
    return _core.BucketMap(tuple(tables), list(HOLDEM_BUCKETS))


@pytest.mark.parametrize("sampling", ["external", "outcome"])
@pytest.mark.parametrize("discount", ["linear", "dcfr"])
@pytest.mark.parametrize("num_players", [2, 3])
def test_any_cut_of_holdem_ends_in_the_same_bytes(
    buckets: _core.BucketMap, num_players: int, discount: str, sampling: str
) -> None:
    rules = _core.Rules(num_players, 1, 2, 0, 16)
    sizes = [[("pot_fraction", 1.0), ("all_in", 0.0)]] * 4
    game = _core.HoldemGame(rules, _core.BetMenu(sizes, sizes, [2] * 4), buckets)

    def make() -> _core.Solver:
        return make_solver(
            game,
            sampling,
            DISCOUNTS[discount],
            layout="street_rows" if num_players == 2 else "node_rows",
            interval=7,
            pruning=(-50.0, 0.9),
            memory_limit_bytes=1 << 29,
        )

    assert_cuts_do_not_matter(make, 400)
