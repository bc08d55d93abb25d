"""Averaging the regrets of several instances, and settling what is discounted lazily first."""

from __future__ import annotations

import numpy as np
import pytest

from holdem import _core
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig


def average(tables: list[np.ndarray], begin: int, end: int) -> np.ndarray:
    out = np.full(end - begin, np.nan, np.float32)
    _core.average_floats(tables, begin, end, out)
    return out


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize(("begin", "end"), [(0, 5000), (7, 7), (1023, 2049), (4999, 5000)])
def test_it_adds_in_order_in_double_precision_and_rounds_once(
    count: int, begin: int, end: int
) -> None:
    random = np.random.default_rng(count)
    scale = 10.0 ** random.integers(-20, 20, (count, 5000))
    tables = list((random.standard_normal((count, 5000)) * scale).astype(np.float32))
    sums = np.zeros(5000)
    for table in tables:
        sums += table.astype(np.float64)
    expected = (sums / count).astype(np.float32)[begin:end]
    assert average(tables, begin, end).tobytes() == expected.tobytes()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 11])
def test_equal_stamps_keep_their_bits(count: int) -> None:
    stamps = np.arange(20_000, dtype=np.uint32).view(np.float32)
    result = average([stamps.copy() for _ in range(count)], 0, stamps.size)
    assert result.tobytes() == stamps.tobytes()


def test_places_that_are_not_there_are_refused() -> None:
    table = np.zeros(10, np.float32)
    for tables, begin, end, size, message in (
        ([], 0, 1, 1, "at least one"),
        ([table], 0, 11, 11, "places 0 to 11 are not in a table of 10 floats"),
        ([table, table[:5]], 0, 6, 6, "places 0 to 6 are not in a table of 5 floats"),
        ([table], 3, 2, 0, "places 3 to 2"),
        ([table], 0, 3, 4, "out has 4 floats for 3"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.average_floats(tables, begin, end, np.zeros(size, np.float32))


def solver(mode: str, players: int = 2, instance: int = 0) -> Solver:
    training = MCCFRConfig(
        num_iterations=1, discount_mode=mode, dcfr_beta=0.5, discount_interval=50, seed=3
    )
    name = "kuhn" if players == 3 else "leduc"
    game = GameConfig(name=name, num_players=players)
    return Solver(game, training, memory_limit_bytes=1 << 28, instance=instance)


@pytest.mark.parametrize("players", [2, 3])
def test_settled_strips_are_of_the_block_of_the_next_iteration(players: int) -> None:
    """What is settled at once is what a later visit would have made of it."""
    one, other = solver("dcfr", players), solver("dcfr", players)
    for each in (one, other):
        each.run(1000, 1e9)
    one.settle_regrets()
    settled = one.regrets.copy()
    one.settle_regrets()
    assert one.regrets.tobytes() == settled.tobytes()
    nodes = one.nodes()
    decisions = nodes[(nodes["kind"] == 0) & (nodes["lead"] == 1)] if players == 2 else None
    if decisions is not None:
        for node in decisions:
            stamp = int(node["base"]) - 1
            assert settled[stamp : stamp + 1].view(np.uint32)[0] == 20
    # Training goes on from either to nearly the same regrets: only rounding differs.
    for each in (one, other):
        each.run(2000, 1e9)
        each.settle_regrets()
    floats = np.abs(other.regrets) > 1e-30  # no stamps
    assert floats.sum() > 20
    np.testing.assert_allclose(one.regrets[floats], other.regrets[floats], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("mode", ["none", "linear", "cfr_plus"])
def test_without_lazy_discounts_there_is_nothing_to_settle(mode: str) -> None:
    one = solver(mode)
    one.run(1000, 1e9)
    before = one.regrets.tobytes()
    one.settle_regrets()
    assert one.regrets.tobytes() == before
