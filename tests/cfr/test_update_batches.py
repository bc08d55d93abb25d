"""External sampling in batches: any number of threads gives the same bytes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, GAMES, LINEAR, core_game, exploitability, options_of

from holdem import _core
from holdem.abstraction.bucket_file import open_buckets
from holdem.abstraction.game import make_game
from holdem.types import LOSSLESS, STREETS, GameConfig

BATCH = 20
FIRST_BATCH = 100 * BATCH  # before, iterations go one by one
DISCOUNTS = {"none": None, "linear": LINEAR, "dcfr": DCFR, "cfr_plus": "cfr_plus"}
LARGER = {
    "large leduc": _core.LeducGame(13, 4, 4),
    "hold'em of three": make_game(
        GameConfig(num_players=3, stacks=2000, ranks=3, bets=dict.fromkeys(STREETS, "1")),
        open_buckets(LOSSLESS, 3),
    ),
}
# Of the last game batches find something new at every turn.
PLACES = [
    ("leduc", "street_rows"),
    ("kuhn3", "node_rows"),
    ("large leduc", "node_rows"),
    ("hold'em of three", "node_rows"),
]
PRUNING = (-20.0, 0.9)


def solver_of(
    game: str,
    layout: str = "street_rows",
    discount: str = "linear",
    *,
    batch: int = BATCH,
    num_workers: int = 1,
    interval: int = 110,
    pruning: tuple[float, float] | None = PRUNING,
    memory_limit_bytes: int = 1 << 28,
) -> _core.Solver:
    options = options_of(
        "external", DISCOUNTS[discount], interval=interval, seed=7, pruning=pruning
    )
    options.update_batch, options.num_workers = batch, num_workers
    core = LARGER[game] if game in LARGER else core_game(GAMES[game])
    where = getattr(_core.TableLayout, layout)
    return _core.Solver(core, options, where, memory_limit_bytes)


def state(solver: _core.Solver) -> list[bytes]:
    tables = solver.regrets, solver.strategy_sums
    growth = solver.nodes, solver.grown_nodes, solver.grown_strips
    return [array.tobytes() for array in (*tables, *growth)]


def pruned_shares(solver: _core.Solver) -> list[float]:
    return [street.pruned_share for street in solver.street_metrics()]


@pytest.mark.parametrize("discount", DISCOUNTS)
@pytest.mark.parametrize(("game", "layout"), PLACES)
def test_the_number_of_threads_changes_nothing(game: str, layout: str, discount: str) -> None:
    one = solver_of(game, layout, discount)
    one.run(FIRST_BATCH + 1990, FOREVER)
    pruned = pruned_shares(one)
    for num_workers in (2, 3, 8):
        several = solver_of(game, layout, discount, num_workers=num_workers)
        several.run(FIRST_BATCH + 1990, FOREVER)
        assert state(several) == state(one)
        assert several.nodes_visited == one.nodes_visited
        assert pruned_shares(several) == pruned


@pytest.mark.parametrize("discount", ["none", "linear", "cfr_plus"])
@pytest.mark.parametrize(("game", "layout"), PLACES)
def test_a_batch_of_one_is_an_iteration(game: str, layout: str, discount: str) -> None:
    """A batch ends with its discount block, so that here each is of one iteration."""
    alone = solver_of(game, layout, discount, batch=1, interval=1)
    batches = solver_of(game, layout, discount, batch=2, interval=1, num_workers=2)
    for solver in (alone, batches):
        solver.run(2000, FOREVER)
    assert state(batches) == state(alone)


def test_strips_that_are_brought_up_to_date_late_differ_by_rounding_alone() -> None:
    """An opponent's regrets are read before they are discounted, not after, if both are due."""
    alone = solver_of("leduc", "street_rows", "dcfr", batch=1, interval=1)
    batches = solver_of("leduc", "street_rows", "dcfr", batch=2, interval=1)
    for solver in (alone, batches):
        solver.run(201, FOREVER)
    np.testing.assert_allclose(batches.strategy_sums, alone.strategy_sums, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("discount", DISCOUNTS)
@pytest.mark.parametrize(("game", "layout"), PLACES)
def test_cuts_between_batches_change_nothing(game: str, layout: str, discount: str) -> None:
    uncut = solver_of(game, layout, discount, num_workers=2)
    uncut.run(FIRST_BATCH + 500, FOREVER)
    cut = solver_of(game, layout, discount)
    for iterations in (1, 17, FIRST_BATCH - 18, BATCH, 2 * BATCH, 30, 410):
        cut.run(iterations, FOREVER)  # 2,090 ends a block of 110
    assert state(cut) == state(uncut)


def test_time_ends_a_run_between_batches() -> None:
    solver = solver_of("leduc", num_workers=2, interval=1000)
    solver.run(FIRST_BATCH, FOREVER)
    for _ in range(5):
        solver.run(10**9, 0.001)
        assert solver.iteration % BATCH == 0


def test_rows_at_the_ends_of_ranges_lose_nothing() -> None:
    """Threads that apply neighbouring rows at a time leave each other's floats alone."""
    one, several = (
        solver_of("large leduc", batch=500, num_workers=n, pruning=None) for n in (1, 2)
    )
    for solver in (one, several):
        solver.run(100 * 500 + 20_000, FOREVER)
    assert state(several) == state(one)


def test_batches_learn() -> None:
    """Leduc within twice of what iterations one by one come to, 0.038 after as many."""
    solver = solver_of("leduc", interval=1000, pruning=None)
    solver.run(100_000, FOREVER)
    assert exploitability(solver) < 0.076


def test_other_samplers_have_no_batches() -> None:
    for sampling in ("outcome", "full_width"):
        runs = []
        for batch in (1, BATCH):
            options = options_of(sampling, LINEAR, interval=1000, seed=7)
            options.update_batch = batch
            solver = _core.Solver(
                core_game(GAMES["kuhn"]), options, _core.TableLayout.street_rows, 1 << 28
            )
            solver.run(FIRST_BATCH + 50, FOREVER)
            runs.append(state(solver))
        assert runs[0] == runs[1]


@pytest.mark.parametrize("name", ["num_workers", "update_batch"])
def test_less_than_one_is_refused(name: str) -> None:
    options = options_of()
    setattr(options, name, 0)
    with pytest.raises(ValueError, match=f"{name} is below 1"):
        _core.Solver(core_game(GAMES["kuhn"]), options, _core.TableLayout.street_rows, 1 << 28)


def helpers() -> set[str]:
    return {task.name for task in Path("/proc/self/task").iterdir()}


def is_blocked(task: str, number: signal.Signals) -> bool:
    status = Path(f"/proc/self/task/{task}/status").read_text()
    (mask,) = (int(line.split()[1], 16) for line in status.splitlines() if "SigBlk" in line)
    return bool(mask >> (number - 1) & 1)


def test_signals_are_for_the_thread_that_trains() -> None:
    before = helpers()
    solver = solver_of("leduc", num_workers=3)
    started = helpers() - before
    assert len(started) == 2
    for task in started:
        while is_blocked(task, signal.SIGBUS):  # as long as the thread is being started
            time.sleep(0.01)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
            assert is_blocked(task, number)
    del solver
    assert not helpers() & started


def test_a_fork_leaves_the_threads_where_they_are() -> None:
    whole, forked = (solver_of("leduc", num_workers=3) for _ in range(2))
    whole.run(FIRST_BATCH + 400, FOREVER)
    forked.run(FIRST_BATCH + 200, FOREVER)
    child = os.fork()
    if child == 0:
        del forked  # destroyed where its threads are not
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    forked.run(200, FOREVER)
    assert state(forked) == state(whole)
