"""The merger of the core: parts of any size, growth that cannot be, tables that end too early."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, make_solver
from reference_cfr import Kuhn, Leduc

from holdem import _core

COMPLETE = (np.empty(0, np.uint32), np.empty(0, np.uint64))


def trained(game: str, instance: int, iterations: int) -> _core.Solver:
    layout = "street_rows" if game == "leduc" else "node_rows"
    reference = Leduc() if game == "leduc" else Kuhn(3)
    solver = make_solver(reference, discount=DCFR, layout=layout, interval=7, instance=instance)
    solver.run(iterations, FOREVER)
    return solver


def cut(table: np.ndarray, random: np.random.Generator | None) -> list[np.ndarray]:
    if random is None:
        return [table]
    cuts = np.sort(random.integers(0, table.size, min(60, table.size)))
    return np.split(table, cuts)  # some of them empty


def growth(solver: _core.Solver) -> tuple[np.ndarray, np.ndarray]:
    return solver.grown_nodes, solver.grown_strips


def merged(
    sources: list[_core.Solver], game: str, random: np.random.Generator | None
) -> list[bytes]:
    target = trained(game, 0, 0)
    target.iteration = max(source.iteration for source in sources)
    merger = _core.TableMerger(target)
    for source in sources:
        merger.begin_source(*growth(source), source.iteration)
        assert merger.source_floats == source.regrets.size
        for part in cut(source.regrets, random):
            merger.add_regrets(part)
        for part in cut(source.strategy_sums, random):
            merger.add_strategy_sums(part)
    merger.average_regrets(len(sources))
    return [target.regrets.tobytes(), target.strategy_sums.tobytes()]


@pytest.mark.parametrize("game", ["leduc", "kuhn3"])
def test_parts_of_any_size_give_the_same_tables(game: str) -> None:
    sources = [trained(game, number, 20 + 10 * number) for number in range(3)]
    whole = merged(sources, game, None)
    for seed in range(10):
        assert merged(sources, game, np.random.default_rng(seed)) == whole


@pytest.mark.parametrize("game", ["leduc", "kuhn3"])
def test_training_goes_on_from_what_was_merged(game: str) -> None:
    sources = [trained(game, number, 40) for number in range(2)]
    target = trained(game, 0, 0)
    target.iteration = 40
    merger = _core.TableMerger(target)
    for source in sources:
        merger.begin_source(*growth(source), source.iteration)
        merger.add_regrets(source.regrets)
        merger.add_strategy_sums(source.strategy_sums)
    merger.average_regrets(2)
    before = target.strategy_sums.copy()
    assert target.run(100, FOREVER) == 100
    assert target.strategy_sums[: before.size].sum() > before.sum()


def test_a_merge_of_one_is_the_one() -> None:
    source = trained("kuhn3", 0, 35)
    target = trained("kuhn3", 0, 0)
    target.iteration = 35
    merger = _core.TableMerger(target)
    merger.begin_source(*growth(source), source.iteration)
    merger.add_strategy_sums(source.strategy_sums)
    assert np.array_equal(target.strategy_sums, source.strategy_sums)
    for own, others in zip(growth(target), growth(source), strict=True):
        assert np.array_equal(own, others)


@pytest.mark.parametrize(
    ("nodes", "strips", "what"),
    [
        ([7], [], "node 7"),  # not there yet
        ([0, 1, 3, 5], [], "node 5"),  # a terminal: all have checked
        ([0], [5], "strip 5"),  # of no node
        ([0], [0], "strip 0"),
    ],
)
def test_growth_that_cannot_be_is_refused(nodes: list[int], strips: list[int], what: str) -> None:
    merger = _core.TableMerger(trained("kuhn3", 0, 0))
    with pytest.raises(ValueError, match=f"names {what}, which cannot grow there"):
        merger.begin_source(np.array(nodes, np.uint32), np.array(strips, np.uint64), 0)


def test_complete_trees_do_not_grow() -> None:
    merger = _core.TableMerger(trained("leduc", 0, 0))
    with pytest.raises(ValueError, match="a complete betting tree does not grow"):
        merger.begin_source(np.array([0], np.uint32), COMPLETE[1], 0)


def test_tables_of_another_size_are_refused() -> None:
    source = trained("leduc", 0, 10)
    target = trained("leduc", 0, 0)
    target.iteration = 10
    merger = _core.TableMerger(target)
    merger.begin_source(*COMPLETE, 10)
    with pytest.raises(ValueError, match="beyond the end"):
        merger.add_strategy_sums(np.zeros(source.regrets.size + 1, np.float32))
    merger.add_strategy_sums(source.strategy_sums[:-1])
    with pytest.raises(RuntimeError, match="not complete"):
        merger.begin_source(*COMPLETE, 10)
    with pytest.raises(RuntimeError, match="not complete"):
        merger.average_regrets(1)


def test_a_stamp_of_the_future_is_refused() -> None:
    source = trained("leduc", 0, 100)
    target = trained("leduc", 0, 0)
    target.iteration = 10
    merger = _core.TableMerger(target)
    merger.begin_source(*COMPLETE, 10)
    with pytest.raises(RuntimeError, match="a strip of regrets is of discount block"):
        merger.add_regrets(source.regrets)
