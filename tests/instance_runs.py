"""Trains instances of small runs one after the other, and looks at the checkpoints they leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from holdem.checkpoint.files import Checkpoint, metadata_digest
from holdem.checkpoint.history import history_of, total_iterations
from holdem.checkpoint.store import find_checkpoint
from holdem.mccfr.instance import Instance, SharedStart
from holdem.mccfr.order import RunOrder
from holdem.mccfr.run import open_run
from holdem.types import GameConfig, MCCFRConfig, RunConfig

LEDUC = GameConfig(name="leduc")
KUHN = GameConfig(name="kuhn")
KUHN3 = GameConfig(name="kuhn", num_players=3)


def train_instance(
    run: Path,
    number: int,
    game: GameConfig,
    iterations: int,
    *,
    resume_from: Path | None = None,
    shared_start: bool = False,
    buckets: Path | None = None,
    **training: Any,
) -> Path:
    """Trains one instance of a run up to an iteration and returns its directory."""
    config = RunConfig(
        game=game,
        training=MCCFRConfig(num_iterations=iterations, tensorboard=False, **training),
        buckets=buckets,
    )
    directory = run / f"instance_{number}"
    start = None
    if shared_start and resume_from is not None:
        source = find_checkpoint(resume_from)
        inherited = total_iterations(history_of(source.metadata))
        start = SharedStart(source.iteration, inherited)
    instance = Instance(number, shared_start=start)
    with open_run(RunOrder(config, directory, resume_from, instance)) as trainer:
        trainer.train()
    return directory


def train_instances(run: Path, game: GameConfig, iterations: list[int], **training: Any) -> Path:
    """Trains one instance for each number of iterations and returns the run directory."""
    for number, target in enumerate(iterations):
        train_instance(run, number, game, target, **training)
    return run


def tables(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns regrets and strategy sums of the checkpoint that a path means, copies."""
    checkpoint = find_checkpoint(path)
    return (
        np.array(checkpoint.regrets().array("regrets")),
        np.array(checkpoint.policy().array("strategy_sums")),
    )


def saved_bytes(path: Path) -> list[bytes]:
    """Returns the three files of the checkpoint that a path means."""
    return [file.read_bytes() for file in find_checkpoint(path).paths]


def change_metadata(path: Path, **changes: Any) -> Checkpoint:
    """Changes fields of the metadata of a checkpoint, as if it had been saved so."""
    checkpoint = find_checkpoint(path)
    metadata = {**checkpoint.metadata, **changes}
    metadata["digest"] = metadata_digest(metadata)
    checkpoint.metadata_path.write_text(json.dumps(metadata))
    return Checkpoint(checkpoint.directory, checkpoint.iteration)
