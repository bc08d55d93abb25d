"""Hold'em for three and six players: a tree that grows, its memory limit, cuts at any point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from holdem.abstraction.bucket_file import NUM_HANDS, Buckets, StreetBuckets
from holdem.checkpoint.store import CheckpointStore
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

AMPLE_BYTES = 10**9


@pytest.fixture(scope="module")
def buckets() -> Buckets:
    """Twenty made-up buckets a street: which hands share one does not matter here."""
    streets = [
        StreetBuckets((np.arange(num_hands, dtype=np.uint32) % 20).astype(np.uint8), 20)
        for num_hands in NUM_HANDS
    ]
    return Buckets.make({"method": "made up"}, streets)


def solver(buckets: Buckets, num_players: int, limit_bytes: int = AMPLE_BYTES) -> Solver:
    game = GameConfig(
        num_players=num_players,
        stacks=2000,
        bets=dict.fromkeys(("preflop", "flop", "turn", "river"), "1"),
        raise_cap=2,
    )
    training = MCCFRConfig(num_iterations=10**6, discount_interval=50)
    return Solver(game, training, buckets, memory_limit_bytes=limit_bytes)


def state(solver: Solver) -> tuple[bytes, bytes, int]:
    return solver.regrets.tobytes(), solver.strategy_sums.tobytes(), solver.iteration


@pytest.mark.parametrize("num_players", [3, 6])
def test_a_run_cut_three_times_ends_in_the_same_bytes(
    buckets: Buckets, num_players: int, tmp_path: Path
) -> None:
    uncut = solver(buckets, num_players)
    uncut.run(200, 1e9)
    store = CheckpointStore(tmp_path / "checkpoints")
    cut = solver(buckets, num_players)
    for iterations in (1, 70, 79):
        cut.run(iterations, 1e9)
        saved = store.save(
            cut.iteration, cut.policy_content(), cut.regret_content(), cut.metadata()
        )
        cut = solver(buckets, num_players)
        cut.restore(saved)
    cut.run(50, 1e9)
    assert state(cut) == state(uncut)
    assert np.array_equal(cut.nodes(), uncut.nodes())


def test_rows_are_made_for_what_is_visited_only(buckets: Buckets) -> None:
    growing = solver(buckets, 6)
    growing.run(1, 1e9)
    first = growing.num_infosets
    assert first > 0
    growing.run(50, 1e9)
    assert growing.num_infosets > first
    everything = sum(
        int(node["num_actions"] > 0) * 20 for node in growing.nodes() if node["base"] != 0
    )
    assert growing.num_infosets < everything


def test_the_memory_limit_stops_between_iterations(buckets: Buckets) -> None:
    limit = 3_000_000
    limited = solver(buckets, 6, limit)
    ran = limited.run(10**6, 1e9)
    assert limited.memory_limit_reached
    assert ran == limited.iteration < 10**6
    assert limited.table_bytes + limited.tree_bytes < 2 * limit
    assert limited.run(10, 1e9) == 0  # and stays stopped
    free = solver(buckets, 6)
    free.run(ran, 1e9)
    assert state(free) == state(limited)
