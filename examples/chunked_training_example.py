"""Trains a small game in chunks from Python and shows what a chunk leaves for the next one.

    python examples/chunked_training_example.py [RUN_DIRECTORY]

Leduc poker takes a few seconds. For hold'em, name a bucket file (``RunConfig(buckets=...)``) and
leave ``game`` out; nothing else changes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from holdem.checkpoint.store import find_checkpoint
from holdem.errors import HoldemError
from holdem.logs import log_to_terminal
from holdem.mccfr.chunked_coordinator import run_until_complete
from holdem.mccfr.order import RunOrder
from holdem.mccfr.run import RunAlreadyComplete, open_run
from holdem.types import GameConfig, MCCFRConfig, RunConfig

RUN = RunConfig(
    game=GameConfig(name="leduc"),
    training=MCCFRConfig(
        num_iterations=10_000,  # the whole run
        enable_chunked_training=True,
        chunk_size_iterations=2_500,  # one process; chunk_size_minutes=... limits its time
        checkpoint_interval=1_000,  # saved inside a chunk as well
        discount_mode="linear",
        discount_interval=100,
    ),
)


def train_one_chunk(logdir: Path) -> bool:
    """Trains the next chunk in this process; returns whether the run is complete."""
    try:
        with open_run(RunOrder(RUN, logdir)) as trainer:
            return trainer.train().complete
    except RunAlreadyComplete:
        return True


def show(logdir: Path) -> None:
    """Prints what the newest checkpoint says about the run."""
    checkpoint = find_checkpoint(logdir)
    metadata = checkpoint.metadata
    print(f"newest checkpoint   {checkpoint.policy_path}")
    print(f"iteration           {checkpoint.iteration:,} of {RUN.training.num_iterations:,}")
    print(f"seconds, this run   {metadata['elapsed_seconds']:.2f}")
    print(f"seconds, this chunk {metadata['chunk_elapsed_seconds']:.2f}")
    print(f"chunk               {metadata['chunk']}")
    print(f"discount            {metadata['discount']}")


def main(logdir: Path) -> int:
    """Trains one chunk here, one in a process of its own, and the rest under a supervisor."""
    with log_to_terminal():
        train_one_chunk(logdir)
        show(logdir)

        # What a shell loop or a scheduler does: every chunk is a program that ends.
        program = [sys.executable, __file__, str(logdir), "--one-chunk"]
        subprocess.run(program, check=True)
        show(logdir)

        # The same until nothing is left, with crashed chunks started again.
        status = run_until_complete(RUN, logdir)
        show(logdir)
        return status


if __name__ == "__main__":
    try:
        if sys.argv[2:] == ["--one-chunk"]:
            with log_to_terminal():
                train_one_chunk(Path(sys.argv[1]))
        elif sys.argv[1:]:
            sys.exit(main(Path(sys.argv[1])))
        else:
            with tempfile.TemporaryDirectory() as directory:
                sys.exit(main(Path(directory) / "run"))
    except HoldemError as refusal:
        sys.exit(f"{Path(__file__).name}: {refusal}")
