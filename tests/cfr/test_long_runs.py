"""Numbers that a long run could outgrow: blocks, their stamps and products, and weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, GAMES, LINEAR, make_solver, rows_of
from test_exactness import continued, state

from holdem import _core

WINDOW = 2**16  # FactorProducts::kWindow
STAMPS = 2**30
SCHEDULES = {"linear": LINEAR, "dcfr": DCFR, "slow": (0.5, 1.5, 4.0)}
STEEP = (1.5, 0.0, 4.0)


def assert_cuts_do_not_matter(
    make: Callable[[], _core.Solver], start: int, cuts: list[int], end: int
) -> _core.Solver:
    """Returns the run from ``start`` to ``end`` that was not cut."""
    whole = make()
    whole.iteration = start
    whole.run(end - start, FOREVER)
    for at in cuts:
        cut = make()
        cut.iteration = start
        cut.run(at - start, FOREVER)
        cut = continued(cut, make)
        cut.run(end - at, FOREVER)
        assert state(cut) == state(whole), at
        assert cut.strategy_exponent == whole.strategy_exponent
    return whole


@pytest.mark.parametrize("boundary", [WINDOW, 2 * WINDOW, STAMPS, 2**31, 2**32, 2**40])
@pytest.mark.parametrize("discount", SCHEDULES)
@pytest.mark.parametrize(("name", "layout"), [("leduc", "street_rows"), ("kuhn3", "node_rows")])
def test_any_cut_beyond_any_number_of_blocks_ends_in_the_same_bytes(
    name: str, layout: str, discount: str, boundary: int
) -> None:
    def make() -> _core.Solver:
        return make_solver(GAMES[name], "external", SCHEDULES[discount], layout=layout, seed=4)

    cuts = [boundary - 1, boundary, boundary + 1, boundary + 20]
    whole = assert_cuts_do_not_matter(make, boundary - 60, cuts, boundary + 60)
    assert whole.discount_block == boundary + 59
    assert np.isfinite(whole.strategy_sums).all()


def test_what_is_added_after_2_to_the_32_blocks_has_its_weight() -> None:
    """Blocks of 32 bits began at 0 again: new training weighed next to nothing."""
    added = []
    for start in (2**32 - 1000, 2**32 + 1000):
        solver = make_solver(GAMES["kuhn"], "full_width", LINEAR)
        solver.iteration = start
        solver.run(1, FOREVER)
        rows = rows_of(solver, GAMES["kuhn"]).values()
        added.append([solver.strategy_sums[row.slice].sum() for row in rows])
    np.testing.assert_allclose(added[0], added[1], rtol=1e-6)
    assert min(added[0]) > 2**29


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.5, 3.0])
@pytest.mark.parametrize("block", [WINDOW, WINDOW + 1, 100_000])
def test_a_stamp_from_before_the_window_is_worth_what_it_missed(
    exponent: float, block: int
) -> None:
    """Runs of today never have one; what was saved before there were windows does."""
    factors = [1 / (1 + t**-exponent) for t in range(1, block + 1)]
    for stamp in (0, 1, 50, 1000, 40_000, block - 40, block):
        solver = make_solver(GAMES["kuhn"], "full_width", (exponent, exponent, 1.0))
        solver.iteration = block
        rows = rows_of(solver, GAMES["kuhn"]).values()
        for row in rows:
            solver.regrets[row.slice] = 3
            solver.regrets.view(np.uint32)[row.stamp] = stamp
        solver.settle_regrets()
        missed = math.prod(factors[stamp:])
        for row in rows:
            assert solver.regrets[row.slice] == pytest.approx(3 * missed, rel=2e-4, abs=1e-37)


def test_every_strip_is_brought_up_to_date_at_the_end_of_a_window() -> None:
    solver = make_solver(GAMES["leduc"], "outcome", DCFR, seed=1)
    solver.iteration = WINDOW - 500
    solver.run(500, FOREVER)
    stamps = sorted({row.stamp for row in rows_of(solver, GAMES["leduc"]).values()})
    visited = [stamp for stamp in stamps if solver.regrets[stamp] != 0]
    assert (solver.regrets.view(np.uint32)[visited] < WINDOW - 1).any()
    solver.run(1, FOREVER)
    assert (solver.regrets.view(np.uint32)[visited] == WINDOW).all()
    never = [stamp for stamp in stamps if stamp not in visited]
    assert len(set(solver.regrets.view(np.uint32)[never]) - {0, WINDOW}) == 0


@pytest.mark.parametrize("discount", SCHEDULES)
def test_what_discounting_keeps_is_bounded_and_counts_as_memory(discount: str) -> None:
    def make(limit: int) -> _core.Solver:
        schedule = SCHEDULES[discount]
        return make_solver(GAMES["kuhn3"], discount=schedule, layout="node_rows",
                           memory_limit_bytes=limit)  # fmt: skip

    needed = make(10**8).discount_bytes
    assert needed <= 3_000_000
    assert (needed > 0) == (discount != "linear")
    assert make(10**8).run(50, FOREVER) == 50
    assert make(needed + 100).run(50, FOREVER) < 50
    late = make(10**8)
    late.iteration = 20_000_000
    assert late.discount_bytes == needed
    assert late.run(5, FOREVER) == 5


def first_with_exponent(exponent: int, interval: int = 1) -> int:
    """Returns the first iteration of a steep schedule that scales sums by 2^-exponent."""
    low, high = 0, 2**50
    while low < high:
        middle = (low + high) // 2
        solver = make_solver(GAMES["kuhn"], "external", STEEP, interval=interval)
        solver.iteration = middle + 1  # as the last iteration left the sums
        low, high = (low, middle) if solver.strategy_exponent >= exponent else (middle + 1, high)
    return low


@pytest.mark.parametrize("interval", [1, 1000])
@pytest.mark.parametrize("exponent", [32, 64])
def test_any_cut_where_sums_are_scaled_ends_in_the_same_bytes(exponent: int, interval: int) -> None:
    at = first_with_exponent(exponent, interval)
    assert at % interval == 0

    def make() -> _core.Solver:
        return make_solver(GAMES["leduc"], "external", STEEP, interval=interval, seed=9)

    whole = assert_cuts_do_not_matter(make, at - 60, [at - 1, at, at + 1, at + 20], at + 60)
    assert whole.strategy_exponent == exponent
    assert np.isfinite(whole.strategy_sums).all()


def test_scaling_sums_changes_nothing_but_their_scale() -> None:
    at = first_with_exponent(32)
    solver = make_solver(GAMES["kuhn"], "full_width", STEEP)
    solver.iteration = at - 1000
    solver.run(1000, FOREVER)
    assert solver.strategy_exponent == 0
    before = solver.strategy_sums.astype(np.float64)
    strategy = solver.evaluate_average_strategy().value
    solver.run(1, FOREVER)
    after = solver.strategy_sums.astype(np.float64) * 2.0**32
    assert solver.strategy_exponent == 32
    added = np.array(
        [(after - before)[row.slice].sum() for row in rows_of(solver, GAMES["kuhn"]).values()]
    )
    assert added.max() == pytest.approx(float(at + 1) ** 4 / 3, rel=1e-3)
    assert solver.evaluate_average_strategy().value == pytest.approx(strategy, rel=0.01)


def test_kuhn_with_the_steepest_average_passes_every_weight_that_was_too_large() -> None:
    """A weight of 10^30, after 31.6 million blocks, once ended the run and all that it knew."""
    solver = make_solver(GAMES["kuhn"], "external", STEEP)
    solver.iteration = 31_622_000
    assert solver.run(2000, FOREVER) == 2000
    solver.iteration = 40_000_000 - 100
    assert solver.run(100, FOREVER) == 100
    assert np.isfinite(solver.strategy_sums).all()
    assert solver.strategy_sums.max() < 2.0**100


def test_sources_on_both_sides_of_a_boundary_merge_in_one_scale() -> None:
    at = first_with_exponent(32)
    assert at > WINDOW
    sources = []
    for number, iteration in enumerate((at - WINDOW, at + 1)):  # in two windows and two scales
        source = make_solver(GAMES["leduc"], "external", STEEP, instance=number)
        source.iteration = iteration - 300
        source.run(300, FOREVER)
        sources.append(source)
    assert [source.strategy_exponent for source in sources] == [0, 32]
    target = make_solver(GAMES["leduc"], "external", STEEP)
    target.iteration = at + 1
    merger = _core.TableMerger(target)
    nothing = np.empty(0, np.uint32), np.empty(0, np.uint64)
    for source in sources:
        merger.begin_source(*nothing, source.iteration, source.strategy_exponent)
        merger.add_regrets(source.regrets)
        merger.add_strategy_sums(source.strategy_sums)
    merger.average_regrets(2)
    early, late = (source.strategy_sums for source in sources)
    assert np.array_equal(target.strategy_sums, early * np.float32(2.0**-32) + late)
    for source in sources:
        source.iteration = at + 1
        source.settle_regrets()
    for row in rows_of(target, GAMES["leduc"]).values():
        expected = sum(source.regrets[row.slice].astype(float) for source in sources) / 2
        assert target.regrets[row.slice] == pytest.approx(expected, rel=1e-4, abs=1e-30)
    assert target.run(10, FOREVER) == 10


def test_a_source_of_the_future_is_refused() -> None:
    target = make_solver(GAMES["leduc"], "external", DCFR)
    target.iteration = 10
    with pytest.raises(ValueError, match="iteration is 11, after the one that is merged to"):
        _core.TableMerger(target).begin_source(np.empty(0, np.uint32), np.empty(0, np.uint64), 11)
