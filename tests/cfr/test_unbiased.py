"""What a sampler adds to its tables is, on average, what full-width CFR adds.

From one fixed table, and so one fixed profile, many single iterations are run, each from the same
table and with random numbers of its own. The mean of what they add is compared, infoset by
infoset, with counterfactual regrets and reach probabilities of the reference.

Each of these changes of the core was seen to fail here: outcome sampling without the traverser's
reach from the infoset to the end, without dividing by its sampling probability, dividing by a
uniform one instead, strategy sums without that weight; external sampling with another player's
action drawn uniformly.
"""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from core_tools import FOREVER, GAMES, Row, TableStrategy, make_solver, rows_of
from reference_cfr import Infoset, counterfactuals

from holdem import _core

# Regrets are so large that what one traversal adds does not change the strategy that the next
# one plays; outcome sampling updates a player before the next one traverses.
SCALE = 1024.0
FALSE_ALARMS = 1e-3  # of a whole comparison, if means were exactly normal
CASES = [
    ("kuhn", "external", 0.0),
    ("kuhn3", "external", 0.0),
    ("leduc", "external", 0.0),
    ("kuhn", "outcome", 0.1),
    ("kuhn", "outcome", 0.6),
    ("kuhn", "outcome", 1.0),
    ("kuhn3", "outcome", 0.5),
    ("leduc", "outcome", 0.6),
    ("kuhn", "public_chance", 0.0),
    ("leduc", "public_chance", 0.0),
]


def fix_profile(solver: _core.Solver, rows: dict[Infoset, Row]) -> None:
    """Writes regrets that play everything with 1/8 or more, but for every fifth infoset."""
    random = np.random.default_rng(11)
    for number, infoset in enumerate(sorted(rows)):
        row = rows[infoset]
        regrets = random.integers(2, 8, row.num_actions) * SCALE
        if number % 5 == 0:
            regrets[random.integers(row.num_actions)] = -SCALE
        solver.regrets[row.slice] = regrets


class Increments:
    """Means and standard errors of what single iterations add to one table.

    Args:
        places: What is looked at; all of the table, if ``None``. Rows are those of what it has.
    """

    def __init__(self, table: np.ndarray, places: np.ndarray | None = None) -> None:
        self._table = table
        self._base = table.copy()
        self._places = slice(None) if places is None else places
        size = len(table[self._places])
        self._sum = np.zeros(size)
        self._squares = np.zeros(size)
        self._visits = np.zeros(size, dtype=int)
        self._count = 0

    def take(self) -> None:
        """Notes what was added, and takes it away again."""
        at = self._places
        added = np.subtract(self._table[at], self._base[at], dtype=np.float64)
        self._sum += added
        self._squares += added * added
        self._visits += added != 0
        self._count += 1
        self._table[:] = self._base

    def visits(self, row: Row) -> np.ndarray:
        """Returns how many iterations added something."""
        return self._visits[row.slice]

    def mean(self, row: Row) -> np.ndarray:
        return self._sum[row.slice] / self._count

    def error(self, row: Row) -> np.ndarray:
        variance = self._squares[row.slice] / self._count - self.mean(row) ** 2
        return np.sqrt(np.maximum(variance, 0) / self._count)


def sample(
    name: str, sampling: str, epsilon: float, iterations: int
) -> tuple[dict[Infoset, Row], TableStrategy, Increments, Increments]:
    game = GAMES[name]
    solver = make_solver(game, sampling, epsilon=epsilon, seed=2024)
    rows = rows_of(solver, game)
    fix_profile(solver, rows)
    profile = TableStrategy(solver.regrets.copy(), rows)
    regrets, sums = Increments(solver.regrets), Increments(solver.strategy_sums)
    for _ in range(iterations):
        solver.run(1, FOREVER)
        regrets.take()
        sums.take()
    assert solver.iteration == iterations
    return rows, profile, regrets, sums


def assert_same(
    rows: dict[Infoset, Row],
    increments: Increments,
    expected: dict[Infoset, np.ndarray],
    rounding: float,
) -> None:
    """Checks every mean with a bound that all of them together would seldom pass by chance.

    Where few iterations came, the mean is not normal and its error not known: those are left out.
    """
    compared = {i: row for i, row in rows.items() if increments.visits(row).max() >= 100}
    reachable = {i for i in rows if np.abs(expected[i]).max() > 0}
    assert len(reachable & set(compared)) >= 0.8 * len(reachable)
    num_compared = sum(row.num_actions for row in compared.values())
    bound = statistics.NormalDist().inv_cdf(1 - FALSE_ALARMS / (2 * num_compared))
    for infoset, row in compared.items():
        allowed = bound * increments.error(row) + rounding
        off = np.abs(increments.mean(row) - expected[infoset])
        assert (off <= allowed).all(), (infoset, increments.mean(row), expected[infoset], allowed)


@pytest.mark.parametrize(("name", "sampling", "epsilon"), CASES)
def test_increments_are_unbiased(name: str, sampling: str, epsilon: float) -> None:
    game = GAMES[name]
    iterations = 200_000 if name == "leduc" else 60_000
    if sampling == "public_chance":
        iterations = 10_000  # of all hands
    rows, profile, regrets, sums = sample(name, sampling, epsilon, iterations)
    truth = counterfactuals(game, profile)
    # A sum near 8 SCALE is a multiple of 2^-10, rounded by at most half of that.
    expected = {infoset: np.array(values) for infoset, values in truth.regrets.items()}
    assert max(np.abs(values).max() for values in expected.values()) > 0.05
    assert_same(rows, regrets, expected, rounding=2**-11)
    if game.num_players > 2:
        return  # there others' reach is in the sums as well, see external_sampler.cpp
    expected = {
        infoset: truth.own_reach[infoset]
        * truth.deal_probability[infoset]
        * np.array(profile(infoset, row.num_actions))
        for infoset, row in rows.items()
    }
    assert_same(rows, sums, expected, rounding=1e-6)


def test_a_wrong_truth_is_noticed() -> None:
    """The comparison is sharp: it tells the regrets from those without one reach probability."""
    game = GAMES["kuhn"]
    rows, profile, regrets, _ = sample("kuhn", "outcome", 0.6, 60_000)
    truth = counterfactuals(game, profile)
    wrong = {
        infoset: np.array(values) * truth.own_reach[infoset]
        for infoset, values in truth.regrets.items()
    }
    with pytest.raises(AssertionError):
        assert_same(rows, regrets, wrong, rounding=2**-11)
