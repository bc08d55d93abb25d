"""What one process is to train."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from holdem.mccfr.instance import ONLY, Instance
from holdem.types import RunConfig


@dataclass(frozen=True)
class RunOrder:
    """A run, or one instance of it, to be trained by one process.

    Attributes:
        logdir: The run directory. A run in chunks goes on from its newest sound checkpoint.
        resume_from: A run directory or one checkpoint to go on from. Progress in ``logdir`` itself
            that is at least as new wins over it.
        instance: Which of the instances of a run this is.
        not_after: Checkpoints in ``logdir`` after this iteration are passed over.
        standing: A directory, ``logdir`` or one above it, that has to be there and is not made: it
            was there before, so that somebody has taken it away.
    """

    config: RunConfig
    logdir: Path
    resume_from: Path | None = None
    instance: Instance = ONLY
    not_after: int | None = None
    standing: Path | None = None
