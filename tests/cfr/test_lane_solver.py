"""Tables in lanes are discounted as one strip, merged and restored as any others."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, make_solver
from test_exactness import assert_cuts_do_not_matter

from holdem import _core
from row_places import row_places

pytestmark = pytest.mark.skipif(
    not hasattr(_core.Sampling, "public_chance"), reason="the core has no sampler for lanes"
)
DISCOUNTS = {"dcfr": DCFR, "odd": (1.5, 0.5, 2.0)}


def lane_solver(discount: object, **options: object) -> _core.Solver:
    return make_solver(
        _core.LeducGame(), "public_chance", discount, layout="lane_rows", interval=7, **options
    )


def stamp(solver: _core.Solver) -> int:
    return int(solver.regrets[:1].view(np.uint32)[0])


def factors(values: np.ndarray, discount: tuple[float, float, float], block: int) -> np.ndarray:
    """What values are multiplied by after a block."""
    alpha, beta, _ = discount
    return np.where(values > 0, 1 / (1 + block**-alpha), 1 / (1 + block**-beta))


@pytest.mark.parametrize("discount", DISCOUNTS.values(), ids=DISCOUNTS)
def test_settling_discounts_the_whole_table_once(discount: tuple[float, float, float]) -> None:
    solver = lane_solver(discount)
    at = row_places(solver.tree, _core.LeducGame())
    expected = np.random.default_rng(5).uniform(-1, 1, at.size).astype(np.float32)
    solver.regrets[at] = expected
    solver.iteration = 7 * 30
    for block in range(1, 31):
        expected = expected * factors(expected, discount, block)
    for _ in range(2):
        solver.settle_regrets()
        assert stamp(solver) == 30
        np.testing.assert_allclose(solver.regrets[at], expected, rtol=1e-5)
    beside = np.delete(solver.regrets, at)
    assert not beside[1:].any()


@pytest.mark.parametrize("discount", DISCOUNTS.values(), ids=DISCOUNTS)
def test_a_block_begins_with_one_sweep(discount: tuple[float, float, float]) -> None:
    """The sweep is of the first iteration of a block, whatever was saved or restored before."""
    solver = lane_solver(discount)
    solver.run(7 * 5, FOREVER)
    assert stamp(solver) == 4  # as it was in the last iteration
    swept, plain = lane_solver(discount), lane_solver(discount)
    for other in (swept, plain):
        other.regrets[:], other.strategy_sums[:] = solver.regrets, solver.strategy_sums
        other.iteration = 7 * 5
    at = row_places(solver.tree, _core.LeducGame())
    before = solver.regrets[at]
    plain.regrets[at] = before * factors(before, discount, 5).astype(np.float32)
    plain.regrets[:1].view(np.uint32)[0] = 5
    for other in (solver, swept, plain):
        other.run(1, FOREVER)
        assert stamp(other) == 5
    assert swept.regrets.tobytes() == solver.regrets.tobytes()
    np.testing.assert_allclose(plain.regrets[at], solver.regrets[at], rtol=1e-5, atol=1e-5)
    assert not np.allclose(before, solver.regrets[at], rtol=1e-3)


def test_a_table_of_zeros_is_of_the_block_in_which_it_is_first_written() -> None:
    solver = lane_solver(DCFR)
    solver.iteration = 35
    solver.run(1, FOREVER)
    assert stamp(solver) == 5
    assert solver.regrets[16:].any()


@pytest.mark.parametrize("discount", DISCOUNTS.values(), ids=DISCOUNTS)
def test_any_cut_ends_in_the_same_bytes(discount: tuple[float, float, float]) -> None:
    assert_cuts_do_not_matter(lambda: lane_solver(discount, seed=4), 400)


@pytest.mark.parametrize("discount", [None, DCFR])
def test_merged_tables_are_averages_and_sums(discount: object) -> None:
    """Regrets of sources at different iterations are brought to the block of the merged one."""
    sources = []
    for instance, iterations in enumerate((35, 70)):
        solver = lane_solver(discount, instance=instance)
        solver.run(iterations, FOREVER)
        sources.append(solver)
    target = lane_solver(discount)
    target.iteration = 70
    merger = _core.TableMerger(target)
    none = np.empty(0, np.uint32), np.empty(0, np.uint64)
    for source in sources:
        merger.begin_source(*none, source.iteration)
        for part in np.array_split(source.regrets, 5):
            merger.add_regrets(part)
        merger.add_strategy_sums(source.strategy_sums)
    merger.average_regrets(2)
    at = row_places(target.tree, _core.LeducGame())
    settled = []
    for source in sources:
        source.iteration = 70
        source.settle_regrets()
        settled.append(source.regrets[at])
    np.testing.assert_allclose(target.regrets[at], sum(settled) / 2, rtol=1e-5, atol=1e-6)
    if discount is not None:
        assert stamp(target) == 10
    sums = sum(source.strategy_sums for source in sources)
    np.testing.assert_allclose(target.strategy_sums, sums, rtol=1e-6)
    assert target.run(10, FOREVER) == 10


def test_metrics_are_read_from_lanes() -> None:
    solver = lane_solver(DCFR)
    strips = make_solver(_core.LeducGame(), "external", DCFR, interval=7)
    strips.run(70, FOREVER)
    strips.settle_regrets()
    game = _core.LeducGame()
    at, there = row_places(solver.tree, game), row_places(strips.tree, game)
    for name in ("regrets", "strategy_sums"):
        getattr(solver, name)[at] = getattr(strips, name)[there]
    solver.regrets[:1].view(np.uint32)[0] = strips.discount_block
    solver.iteration = strips.iteration
    for mine, theirs in zip(solver.street_metrics(), strips.street_metrics(), strict=True):
        for name in ("mean_positive_regret", "policy_entropy", "visited_share"):
            assert getattr(mine, name) == getattr(theirs, name)
