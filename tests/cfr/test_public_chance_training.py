"""What public-chance sampling comes to over many boards: full width on average, an equilibrium in
the end, and the same bytes however it is cut and shared."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
from core_tools import FOREVER, GAMES, LINEAR, Row, exploitability, make_solver
from small_holdem import ALL_IN, POT, few_cards
from test_exactness import assert_cuts_do_not_matter, state
from test_known_values import KUHN_VALUE, LEDUC_VALUE
from test_public_chance import DISCOUNTS, OTHER_GAMES
from test_unbiased import FALSE_ALARMS, Increments

from holdem import _core
from row_places import row_places

# Above what iterations add, so that they hardly change the strategies that follow; see
# test_unbiased.py.
SCALE = 256 * 1500 / 66


@pytest.mark.parametrize("flops", ["", "AsKhQd AsAhKd"], ids=["all", "chosen"])
def test_boards_add_on_average_what_all_boards_add(flops: str) -> None:
    """Preflop folds are settled on the flop where flops are chosen; all-ins run to the river."""
    game = few_cards(num_buckets=5, sizes=(POT, ALL_IN), stacks=600, flops=flops)
    all_boards = make_solver(game, "full_width")
    solver = make_solver(game, "public_chance", seed=77)
    there, here = row_places(all_boards.tree, game), row_places(solver.tree, game)
    fixed = np.random.default_rng(6).uniform(-2, 8, here.size).astype(np.float32) * SCALE
    all_boards.regrets[there] = solver.regrets[here] = fixed
    increments = [Increments(table, here) for table in (solver.regrets, solver.strategy_sums)]
    for _ in range(20_000):
        solver.run(1, FOREVER)
        for increment in increments:
            increment.take()
    all_boards.run(1, FOREVER)
    added = all_boards.regrets[there] - fixed, all_boards.strategy_sums[there]
    bound = statistics.NormalDist().inv_cdf(1 - FALSE_ALARMS / (4 * here.size))
    for increment, expected, table in zip(increments, added, (fixed, added[1]), strict=True):
        every = Row(0, here.size, 0)
        compared = increment.visits(every) >= 100
        assert compared[expected != 0].mean() > 0.95
        mean, error = increment.mean(every), increment.error(every)
        allowed = bound * error + 2e-7 * np.abs(table) + 2e-6 * np.abs(expected)
        assert (np.abs(mean - expected) <= allowed)[compared].all()
        # The comparison is sharp: it would notice a tenth more or less nearly everywhere.
        compared &= expected != 0
        assert np.median(allowed[compared] / np.abs(expected[compared])) < 0.1


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("name", "iterations", "value", "bound"),
    [("kuhn", 10_000, KUHN_VALUE, 1e-4), ("leduc", 30_000, LEDUC_VALUE, 0.02)],
)
def test_toy_games_are_solved(
    name: str, iterations: int, value: float, bound: float, seed: int
) -> None:
    solver = make_solver(GAMES[name], "public_chance", LINEAR, interval=100, seed=seed)
    solver.run(iterations, FOREVER)
    assert exploitability(solver) <= bound
    assert solver.evaluate_average_strategy().value[0] == pytest.approx(value, abs=1.5e-3)


@pytest.mark.parametrize("discount", [None, LINEAR])
def test_holdem_of_three_ranks_comes_close_to_an_equilibrium(discount: object) -> None:
    solver = make_solver(few_cards(flops="AsKhQd"), "public_chance", discount, interval=20, seed=3)
    before = exploitability(solver)
    solver.run(3000, FOREVER)
    # Chips; the big blind is 100. A uniform strategy loses 260 or so.
    assert exploitability(solver) < before / 12


# Many groups of subtrees a street, of all widths, so that workers have something to share.
SHARED_GAMES = {
    "leduc": _core.LeducGame,
    "many_sizes": OTHER_GAMES["many_sizes"],
    "uneven_stacks": OTHER_GAMES["uneven_stacks"],
    "one_flop": OTHER_GAMES["one_flop"],
}


@pytest.mark.parametrize("discount", DISCOUNTS)
@pytest.mark.parametrize("name", SHARED_GAMES)
def test_the_number_of_workers_changes_no_byte(name: str, discount: str) -> None:
    states = []
    for num_workers in (1, 2, 3, 5):
        solver = make_solver(
            SHARED_GAMES[name](),
            "public_chance",
            DISCOUNTS[discount],
            interval=7,
            seed=12,
            num_workers=num_workers,
        )
        solver.run(40, FOREVER)
        states.append(state(solver))
    assert states[0] == states[1] == states[2] == states[3]
    assert not np.isnan(solver.regrets).any()


@pytest.mark.parametrize("discount", DISCOUNTS)
@pytest.mark.parametrize("name", ["many_sizes", "one_flop"])
def test_any_cut_of_holdem_ends_in_the_same_bytes(name: str, discount: str) -> None:
    """Cut by one number of workers, whole by another."""
    workers = itertools.cycle((1, 2, 3))

    def make() -> _core.Solver:
        return make_solver(
            SHARED_GAMES[name](),
            "public_chance",
            DISCOUNTS[discount],
            interval=7,
            seed=12,
            num_workers=next(workers),
        )

    assert_cuts_do_not_matter(make, 250)
