"""Work of the core that takes long hears of signals, whatever it is doing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from core_tools import FOREVER, make_solver
from test_exactness import buckets  # noqa: F401
from test_tree_size import FRACTIONS, holdem

from holdem import _core


class Alarm(Exception):  # noqa: N818 - no error
    """What the handler raises."""


@pytest.fixture
def alarm() -> Iterator[Callable[[], None]]:
    """Returns what lets a signal come in a moment, and from then on until it is heard."""

    def ring(number: int, frame: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    yield lambda: signal.setitimer(signal.ITIMER_REAL, 0.05)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def endless_tree(buckets: _core.BucketMap, players: int = 2) -> _core.Game:  # noqa: F811
    return holdem(buckets, 100_000_000, FRACTIONS, 100, players)


def test_counting_and_building_a_tree(
    buckets: _core.BucketMap,  # noqa: F811
    alarm: Callable[[], None],
) -> None:
    game = endless_tree(buckets)
    alarm()
    with pytest.raises(Alarm):
        _core.measure_tree(game, 1e30)
    alarm()
    with pytest.raises(Alarm):
        make_solver(game, memory_limit_bytes=1 << 60)
    alarm()
    with pytest.raises(Alarm):
        _core.BettingTree(game, _core.TableLayout.street_rows, 1 << 31)


def test_an_iteration_that_does_not_end(
    buckets: _core.BucketMap,  # noqa: F811
    alarm: Callable[[], None],
) -> None:
    """Six players with a deep cap and many sizes: no iteration of external sampling ever ends."""
    solver = make_solver(endless_tree(buckets, 6), layout="node_rows", memory_limit_bytes=1 << 28)
    alarm()
    with pytest.raises(Alarm):
        solver.run(10, FOREVER)
    assert solver.is_broken
    assert solver.iteration == 0
    with pytest.raises(RuntimeError, match="an iteration was broken off"):
        solver.run(1, FOREVER)


@pytest.mark.parametrize("sampling", ["full_width", "public_chance"])
@pytest.mark.parametrize("num_workers", [1, 3])
def test_a_walk_of_all_hands(alarm: Callable[[], None], sampling: str, num_workers: int) -> None:
    solver = make_solver(_core.LeducGame(13, 4, 8), sampling, num_workers=num_workers)
    alarm()
    with pytest.raises(Alarm):
        solver.run(10**9, FOREVER)
    assert solver.is_broken


def test_strengths_of_all_hands(alarm: Callable[[], None]) -> None:
    alarm()
    with pytest.raises(Alarm):
        _core.HandStrengths().compute(3, 2)
