"""Where chunks end, by themselves and in the run loop."""

from __future__ import annotations

import logging

import pytest

from fakes import FakeClock, FakeSolver, FakeStore
from holdem.mccfr.chunk import Chunk, chunk_size
from holdem.mccfr.trainer import Origin, StopReason, Trainer, TrainResult
from holdem.types import MCCFRConfig


def config(**settings: object) -> MCCFRConfig:
    settings = {"num_iterations": 1000, "snapshot_interval_seconds": None} | settings
    return MCCFRConfig(enable_chunked_training=True, **settings)


@pytest.mark.parametrize(
    ("iteration", "last", "start", "end"),
    [
        (0, None, 0, 100),
        (100, {"start_iteration": 0, "complete": True}, 100, 200),
        # Killed, or stopped by a signal, inside a chunk: on to the same end.
        (130, {"start_iteration": 100, "complete": False}, 100, 200),
        (199, {"start_iteration": 100, "complete": False}, 100, 200),
        # A chunk that time ended counts like any other.
        (137, {"start_iteration": 100, "complete": True}, 137, 237),
        # Chunks were larger before: the end still lies ahead.
        (300, {"start_iteration": 0, "complete": False}, 0, 400),
        (350, {"start_iteration": 0, "complete": False}, 0, 400),
        # The run had no chunks before.
        (250, None, 250, 350),
    ],
)
def test_where_the_next_chunk_ends(iteration: int, last: object, start: int, end: int) -> None:
    chunk = Chunk.next(config(chunk_size_iterations=100), iteration, {"chunk": last})
    assert (chunk.start_iteration, chunk.end_iteration) == (start, end)


def test_time_alone_gives_no_iteration() -> None:
    chunk = Chunk.next(config(chunk_size_minutes=2.0), 70, {})
    assert chunk == Chunk(70, None, 2.0)
    assert chunk.limit_reached(10**12, 119.9) is None
    assert chunk.limit_reached(71, 120.0) == "Chunk time limit reached: 2.00 >= 2 minutes"


def test_the_size_in_words() -> None:
    assert chunk_size(config(chunk_size_iterations=100_000)) == "100,000 iterations"
    assert chunk_size(config(chunk_size_minutes=0.5)) == "0.5 minutes"
    both = config(chunk_size_iterations=50_000, chunk_size_minutes=30)
    assert chunk_size(both) == "50,000 iterations or 30 minutes"


def train_chunk(training: MCCFRConfig, store: FakeStore, *, speed: float = 1000.0) -> TrainResult:
    """Trains one chunk from the newest checkpoint of the store."""
    newest = store.saved[-1] if store.saved else None
    iteration = newest.iteration if newest else 0
    metadata = newest.metadata if newest else {}
    solver = FakeSolver(FakeClock(), iteration=iteration, speed=speed)
    origin = Origin(
        elapsed_seconds=metadata.get("elapsed_seconds", 0.0),
        elapsed_seconds_total=metadata.get("elapsed_seconds_total", 0.0),
        saved_iteration=iteration if newest else None,
    )
    chunk = Chunk.next(training, iteration, metadata)
    return Trainer(training, solver, store, origin, clock=solver.clock, chunk=chunk).train()


def train_all(training: MCCFRConfig, store: FakeStore) -> list[int]:
    """Trains chunk after chunk; returns where they ended."""
    ends = []
    while True:
        result = train_chunk(training, store)
        assert result.as_asked
        ends.append(result.iteration)
        if result.complete:
            return ends


def test_chunks_end_exactly_and_intervals_fall_as_in_an_uncut_run() -> None:
    store = FakeStore()
    training = config(chunk_size_iterations=400, checkpoint_interval=150)
    assert train_all(training, store) == [400, 800, 1000]
    assert store.iterations == [150, 300, 400, 450, 600, 750, 800, 900, 1000]


def test_an_end_on_an_interval_is_saved_once() -> None:
    store = FakeStore()
    train_all(config(chunk_size_iterations=500, checkpoint_interval=250), store)
    assert store.iterations == [250, 500, 750, 1000]
    assert [saved.metadata["chunk"]["complete"] for saved in store.saved] == [False, True] * 2


def test_time_ends_chunks_and_adds_up() -> None:
    store = FakeStore()
    training = config(num_iterations=None, time_budget_seconds=7.0, chunk_size_minutes=0.05)
    ends = train_all(training, store)
    assert ends == pytest.approx([3000, 6000, 7000], abs=5)
    last = store.saved[-1].metadata
    assert last["elapsed_seconds"] == pytest.approx(7.0, abs=0.01)
    assert last["elapsed_seconds_total"] == pytest.approx(7.0, abs=0.01)
    assert last["chunk_elapsed_seconds"] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("speed", "end"), [(1000.0, 3000), (100_000.0, 5000)])
def test_whichever_limit_comes_first(speed: float, end: int) -> None:
    training = config(num_iterations=9000, chunk_size_iterations=5000, chunk_size_minutes=0.05)
    result = train_chunk(training, FakeStore(), speed=speed)
    assert result.reason is StopReason.CHUNK_END
    assert result.iteration == pytest.approx(end, abs=5)


def test_the_target_wins_over_the_end_of_a_chunk() -> None:
    result = train_chunk(config(num_iterations=500, chunk_size_iterations=500), FakeStore())
    assert result.complete


def test_a_checkpoint_of_a_time_limited_run_knows_that_it_is_complete() -> None:
    """Elapsed time in the last checkpoint decides whether the next process has work."""
    store = FakeStore()
    training = config(num_iterations=None, time_budget_seconds=0.3, chunk_size_minutes=0.05)
    assert train_chunk(training, store).complete
    assert store.saved[-1].metadata["elapsed_seconds"] >= 0.3


def test_what_is_said_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    training = config(num_iterations=1_000_000, chunk_size_iterations=100_000)
    with caplog.at_level(logging.INFO, "holdem"):
        train_chunk(training, FakeStore(), speed=1e6)
    expected = [
        "Chunk iteration limit reached: 100000 >= 100000",
        "Saving checkpoint at iteration 100000...",
        "Checkpoint saved successfully",
        "Chunk Complete - Process will now exit to free memory",
        "Progress: iteration 100000 of 1000000 (10.0%), 0:00:00 elapsed",
    ]
    said = iter(caplog.messages)
    for line in expected:
        assert any(message.startswith(line) for message in said), line
