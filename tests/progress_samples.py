"""Runs of several instances for the tests, made by hand."""

from __future__ import annotations

from pathlib import Path

from checkpoint_samples import save
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.store import CheckpointStore
from holdem.mccfr.status.progress_file import InstanceProgress
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.status.targets import Targets
from holdem.storage.durable import make_directory
from holdem.types import GameConfig, MCCFRConfig, RunConfig

PROGRESS = InstanceProgress(
    instance=1,
    status="running",
    iteration_range=(1000, 2000),
    start_iteration=0,
    iteration=500,
    target_iteration=1000,
    iterations_per_second=12.5,
    elapsed_seconds=40.0,
    time_budget_seconds=None,
    remaining_seconds=40.0,
    memory_bytes=123_000_000,
    checkpoint_iteration=400,
    checkpoint_saved_at="2026-01-02T03:04:05+00:00",
    resumed_from=None,
    restarts=0,
    pid=4321,
    error=None,
    updated_at="2026-01-02T03:05:06+00:00",
)

STATUS = RunStatus(
    iteration=123_456,
    targets=Targets(iterations=1_000_000),
    process_seconds=83.0,
    elapsed_seconds=3683.0,
    iterations_per_second=45_678.4,
    nodes_per_second=20_300_000.0,
    memory_bytes=1_234_567_890,
    table_bytes=900_000_000,
    num_infosets=15_340,
    checkpoint_iteration=100_000,
    checkpoint_age_seconds=12.0,
)


def leduc(**training: object) -> RunConfig:
    return RunConfig(game=GameConfig(name="leduc"), training=MCCFRConfig(**training))


def make_run(directory: Path, *iterations: int, **training: object) -> list[Checkpoint]:
    """Makes the directory of a run, or of an instance, that has saved at some iterations."""
    settings = training or {"num_iterations": 1000}
    paths = RunDirectory(directory)
    make_directory(paths.path)
    paths.describe(leduc(**settings))
    store = CheckpointStore(paths.checkpoints)
    return [save(store, iteration) for iteration in iterations]
