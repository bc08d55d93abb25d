"""Lazy, weighted discounts against a sweep of both tables after every block."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, GAMES, LINEAR, Row, make_solver, rows_of

from holdem import _core

SCHEDULES = [
    LINEAR,
    DCFR,
    (1.0, 1.0, 2.5),
    (0.5, 0.5, 1.0),
    (1.5, 0.5, 3.0),
    (2.0, 1.5, 0.0),
    (0.5, 1.5, 2.0),
    (0.0, 0.0, 1.0),
]


def is_lazy(discount: tuple[float, float, float]) -> bool:
    return discount[:2] != (1.0, 1.0)


def factor(exponent: float, first: int, last: int) -> float:
    """Product of t^e / (t^e + 1) over t = first..last."""
    return math.prod(1 / (1 + t**-exponent) for t in range(first, last + 1))


class Regrets:
    """The regrets of a solver as an eager implementation would hold them now."""

    def __init__(self, solver: _core.Solver, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.floats = np.concatenate([np.r_[row.slice] for row in rows])
        self._stamps = np.concatenate([np.full(row.num_actions, row.stamp) for row in rows])
        self._solver = solver

    def discounted(self, discount: tuple[float, float, float]) -> np.ndarray:
        """Returns the values at ``floats``."""
        block = self._solver.discount_block
        values = self._solver.regrets[self.floats].astype(np.float64)
        if not is_lazy(discount):
            return values / (block + 1)
        stamps = self._solver.regrets.view(np.uint32)[self._stamps]
        positive, negative = (self._missed(exponent, block) for exponent in discount[:2])
        return values * np.where(values > 0, positive[stamps], negative[stamps])

    @staticmethod
    def _missed(exponent: float, block: int) -> np.ndarray:
        """[stamp]: the product of the factors after blocks stamp + 1 .. block."""
        factors = [factor(exponent, t, t) for t in range(block, 0, -1)]
        return np.cumprod([1.0, *factors])[::-1]


@pytest.mark.parametrize("sampling", ["external", "outcome", "full_width", "public_chance"])
@pytest.mark.parametrize("discount", SCHEDULES)
@pytest.mark.parametrize("name", ["kuhn", "leduc"])
def test_lazy_is_eager_to_rounding(
    name: str, discount: tuple[float, float, float], sampling: str
) -> None:
    """Block by block: sweep both tables in numpy, train without discounts, compare.

    The eager side starts every block from the lazy side's tables: left alone, two runs that differ
    in a last bit part after some dozen iterations. Even so a regret that nearly cancels is another
    strategy here and there, once in ten thousand numbers; a single row that was always
    wrong would be more than that.
    """
    alpha, beta, gamma = discount
    interval = 1 if sampling in ("full_width", "public_chance") else 7
    lazy = make_solver(GAMES[name], sampling, discount, interval=interval, seed=6)
    eager = make_solver(GAMES[name], sampling, seed=6)
    of_lazy = Regrets(lazy, rows_of(lazy, GAMES[name]).values())
    at = of_lazy.floats
    lazy.regrets[at] = np.random.default_rng(1).uniform(-1, 1, len(at))
    eager.regrets[at] = lazy.regrets[at]

    # With alpha = 0 the eager float is 0 after 150 blocks without a visit, where lazy still knows.
    last_block = 100 if alpha == 0 else 250
    num_off = 0
    for t in range(1, last_block):
        lazy.run(interval, FOREVER)
        eager.run(interval, FOREVER)
        assert lazy.discount_block == t - 1
        regrets, sums = of_lazy.discounted(discount), lazy.strategy_sums[at] / float(t) ** gamma
        for mine, theirs in ((regrets, eager.regrets[at]), (sums, eager.strategy_sums[at])):
            num_off += (np.abs(mine - theirs) > 4e-6 * (1 + np.abs(theirs))).sum()
        eager.regrets[at] = regrets * np.where(regrets > 0, factor(alpha, t, t), factor(beta, t, t))
        eager.strategy_sums[at] = sums * (t / (t + 1)) ** gamma
    assert num_off <= 5e-4 * 2 * len(at) * last_block


@pytest.mark.parametrize("discount", [schedule for schedule in SCHEDULES if is_lazy(schedule)])
@pytest.mark.parametrize(
    ("name", "layout"),
    [("leduc", "street_rows"), ("leduc", "node_rows"), ("kuhn3", "node_rows")],
)
def test_settling_brings_every_strip_to_the_block_of_the_next_iteration(
    name: str, layout: str, discount: tuple[float, float, float]
) -> None:
    solver = make_solver(GAMES[name], "external", discount, interval=7, seed=3, layout=layout)
    solver.run(701, FOREVER)
    solver.iteration = solver.iteration  # moves on to the block of the next iteration
    rows = rows_of(solver, GAMES[name]).values()
    regrets, stamps = Regrets(solver, rows), [row.stamp for row in rows]
    expected = regrets.discounted(discount)
    assert len(set(solver.regrets.view(np.uint32)[stamps])) > 1

    solver.settle_regrets()
    assert set(solver.regrets.view(np.uint32)[stamps]) == {solver.discount_block} == {100}
    np.testing.assert_allclose(solver.regrets[regrets.floats], expected, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("discount", SCHEDULES)
@pytest.mark.parametrize("interval", [1, 3, 1000])
def test_weights_change_exactly_at_the_end_of_a_block(
    discount: tuple[float, float, float], interval: int
) -> None:
    """What one iteration does to a fixed table, just before, at and after boundaries.

    The first player is looked at: what the second adds depends on what the first has added.
    """
    alpha, beta, gamma = discount
    game = GAMES["kuhn"]
    start = np.array([0.75, -0.5], dtype=np.float32)

    def after_one(iteration: int) -> tuple[np.ndarray, np.ndarray, int]:
        solver = make_solver(game, "full_width", discount, interval=interval)
        rows = rows_of(solver, game)
        for row in rows.values():
            solver.regrets[row.slice] = start
        solver.iteration = iteration
        solver.run(1, FOREVER)
        row = rows[0, 1, -1, ""]
        regrets, sums = solver.regrets[row.slice].copy(), solver.strategy_sums[row.slice].copy()
        return regrets, sums, solver.discount_block

    first_regrets, first_sums, _ = after_one(0)
    added = first_regrets.astype(float) - start
    assert np.abs(added).max() > 0.1
    for block in (1, 2, 5, 40):
        for iteration in (block * interval - 1, block * interval, block * interval + interval - 1):
            done = iteration // interval
            regrets, sums, discount_block = after_one(iteration)
            assert discount_block == done
            if is_lazy(discount):
                kept = start * [factor(alpha, 1, done), factor(beta, 1, done)]
                assert regrets == pytest.approx(kept + added, rel=2e-6, abs=1e-7)
            else:
                assert regrets - start == pytest.approx(added * (done + 1), rel=1e-5)
            assert sums == pytest.approx(first_sums * (done + 1.0) ** gamma, rel=2e-6)


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 0.0), (0.0, 0.5), (0.5, 1.5), (100.0, 0.0)])
def test_a_row_that_waited_for_thousands_of_blocks(alpha: float, beta: float) -> None:
    """The product of what it missed leaves the range of a double long before; 2^-5000 is 0."""
    game = GAMES["kuhn"]
    for stamp, block in ((0, 5000), (1500, 5000), (1500, 1520)):
        solver = make_solver(game, "full_width", (alpha, beta, 1.0))
        rows = rows_of(solver, game)
        solver.iteration = block
        before = np.array([3.0, -4.0], dtype=np.float32)
        for row in rows.values():
            solver.regrets[row.slice] = before
            solver.regrets.view(np.uint32)[row.stamp] = stamp
        solver.run(1, FOREVER)
        stale = before * [factor(alpha, stamp + 1, block), factor(beta, stamp + 1, block)]
        changes = [
            solver.regrets[row.slice] - stale
            for infoset, row in rows.items()
            if infoset[:2] == (0, 0)  # J: what an iteration adds is a few chips at most
        ]
        assert np.isfinite(changes).all()
        assert np.abs(changes).max() < 2


def test_exact_power_is_a_power() -> None:
    random = np.random.default_rng(0)
    for exponent in [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 7.25, *random.uniform(0, 6, 200)]:
        kept = math.floor(exponent * 2**24) / 2**24
        for base in (1.0, 2.0, 3.0, 10.0, 12_345.0, 1e9, *random.uniform(1, 1e6, 5)):
            power = _core.exact_power(base, exponent)
            assert power == pytest.approx(math.pow(base, kept), rel=2e-14)
            assert power == pytest.approx(math.pow(base, exponent), rel=2e-6)
    assert _core.exact_power(3.0, 4.0) == 81.0
    assert _core.exact_power(49.0, 1.5) == 343.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("interval", 0),
        ("alpha", -0.5),
        ("beta", 100.5),
        ("gamma", math.inf),
        ("alpha", math.nan),
    ],
)
def test_impossible_schedules_are_refused(field: str, value: float) -> None:
    options = _core.SolverOptions()
    discount = _core.DiscountOptions()
    discount.discount_regrets = True
    setattr(discount, field, value)
    options.discount = discount
    with pytest.raises(ValueError, match=f"^{field} is .*; allowed: "):
        _core.Solver(_core.KuhnGame(), options, _core.TableLayout.street_rows, 1 << 20)


def test_a_weight_beyond_doubles_is_refused_between_two_iterations() -> None:
    """Far beyond what a configuration may ask for: its exponents end at 4."""
    solver = make_solver(GAMES["kuhn"], "full_width", (1.0, 1.0, 100.0))
    with pytest.raises(OverflowError, match=r"gamma 100.* after 1127 discount blocks"):
        solver.run(2000, FOREVER)
    assert solver.iteration == 1127
    assert np.isfinite(solver.strategy_sums).all()


def test_a_stamp_of_the_future_is_noticed() -> None:
    solver = make_solver(GAMES["kuhn"], "full_width", DCFR)
    row = rows_of(solver, GAMES["kuhn"])[0, 0, -1, ""]
    solver.regrets.view(np.uint32)[row.stamp] = 1_000_000
    with pytest.raises(RuntimeError, match="of discount block 1000000 and the run is in block 0"):
        solver.run(1, FOREVER)
