"""A stand-in for ``holdem.mccfr.solver`` that counts iterations at 20,000 a second.

Run as a program it is the training command with that solver.
"""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes import FakeSolver
from holdem.checkpoint.files import Checkpoint
from holdem.errors import BucketFileError
from holdem.types import RunConfig


class SleepingClock:
    """The clock of the machine; setting it to a later time waits until then."""

    @property
    def now(self) -> float:
        return time.monotonic()

    @now.setter
    def now(self, value: float) -> None:
        time.sleep(max(0.0, value - time.monotonic()))


class CountingSolver(FakeSolver):
    """Restores from real checkpoints."""

    def restore(self, checkpoint: Checkpoint, *, strategy_sums: bool = True) -> None:
        checkpoint.verify()
        super().restore(checkpoint, strategy_sums=strategy_sums)


def build_solver(run: RunConfig, instance: int = 0) -> CountingSolver:
    if run.buckets is not None and not run.buckets.exists():
        raise BucketFileError(f"{run.buckets}: no such bucket file")
    solver = CountingSolver(SleepingClock(), speed=20_000.0)
    if run.buckets is not None:
        solver.bucket_hash = run.buckets.read_text()
    return solver


def module() -> types.ModuleType:
    """Returns what takes the place of ``holdem.mccfr.solver`` in ``sys.modules``."""
    stand_in = types.ModuleType("holdem.mccfr.solver")
    stand_in.build_solver = build_solver
    return stand_in


if __name__ == "__main__":
    sys.modules["holdem.mccfr.solver"] = module()
    from holdem.cli.train_blueprint import main

    main()
