"""One chunk of a run: the part that one process trains, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdem.types import MCCFRConfig


@dataclass(frozen=True)
class Chunk:
    """The limits of one chunk; whichever is reached first ends it.

    Chunks are counted from where the last one ended, so a run that is never disturbed ends them at
    multiples of the size. A process that was killed, or stopped by a signal, ended no chunk: the
    next one goes on to the same iteration. The time limit is different, since it fits a chunk into
    the slot of a scheduler: it counts from the start of the process.

    Attributes:
        start_iteration: Where the chunk before ended.
        end_iteration: Where this one ends, if iterations limit it.
        minutes: Training time of the process after which it ends, if time limits it.
    """

    start_iteration: int
    end_iteration: int | None
    minutes: float | None

    @classmethod
    def next(cls, training: MCCFRConfig, iteration: int, metadata: Mapping[str, Any]) -> Chunk:
        """Returns the chunk that goes on from a checkpoint.

        Args:
            iteration: Of the checkpoint; 0 without one.
            metadata: Of the checkpoint; empty without one.
        """
        last = metadata.get("chunk")
        start = iteration if last is None or last["complete"] else int(last["start_iteration"])
        size = training.chunk_size_iterations
        if size is None:
            return cls(start, None, training.chunk_size_minutes)
        # Chunks may be smaller than they were before the cut: the end lies ahead all the same.
        sizes = (iteration - start) // size + 1
        return cls(start, start + size * sizes, training.chunk_size_minutes)

    def limit_reached(self, iteration: int, process_seconds: float) -> str | None:
        """Returns which limit a process has reached, in words, or ``None``."""
        if self.end_iteration is not None and iteration >= self.end_iteration:
            return f"Chunk iteration limit reached: {iteration} >= {self.end_iteration}"
        if self.minutes is not None and process_seconds >= self.minutes * 60:
            spent = process_seconds / 60
            return f"Chunk time limit reached: {spent:.2f} >= {self.minutes:g} minutes"
        return None

    def metadata(self, iteration: int, process_seconds: float) -> dict[str, Any]:
        """Returns what the next chunk has to know, as JSON."""
        complete = self.limit_reached(iteration, process_seconds) is not None
        return {"start_iteration": self.start_iteration, "complete": complete}


def chunk_size(training: MCCFRConfig) -> str:
    """Returns the limits of every chunk in words."""
    parts = []
    if training.chunk_size_iterations is not None:
        parts.append(f"{training.chunk_size_iterations:,} iterations")
    if training.chunk_size_minutes is not None:
        parts.append(f"{training.chunk_size_minutes:g} minutes")
    return " or ".join(parts)
