"""What lies in the run directory of one instance: its lock, its checkpoints, its settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from holdem.checkpoint.files import Checkpoint, iteration_of
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.run_lock import LockState, RunLock
from holdem.checkpoint.store import CheckpointStore
from holdem.config import load_run_config
from holdem.errors import CheckpointError, ConfigError, RunDirectoryError
from holdem.mccfr.status.progress_file import InstanceProgress, utc_text
from holdem.mccfr.status.state import InstanceState
from holdem.mccfr.status.targets import Targets
from holdem.types import MCCFRConfig

_T = TypeVar("_T")


@dataclass(frozen=True)
class Traces:
    """What was found in the run directory of one instance.

    Attributes:
        lock: ``None`` where it cannot be looked at.
        newest: The newest checkpoint, whatever its bytes.
        sound: The newest one in which nothing wrong was seen; one of an age of ``newest`` or more.
        training: Its settings, ``None`` where they cannot be read.
        problem: What could not be read, if anything.
    """

    lock: LockState | None
    newest: Checkpoint | None
    sound: Checkpoint | None
    verified: str | None
    saved_at: float | None
    training: MCCFRConfig | None
    problem: str | None

    @classmethod
    def find(cls, directory: Path, verify: bool) -> Traces:
        paths = RunDirectory(directory)
        problems: list[str] = []

        def tried(look: Callable[[], _T]) -> _T | None:
            try:
                return look()
            except (RunDirectoryError, CheckpointError, ConfigError) as error:
                problems.append(str(error))
                return None

        # The lock first: a process saves before it gives it up.
        lock = tried(lambda: RunLock.look(directory))
        found = tried(lambda: _checkpoints(CheckpointStore(paths.checkpoints), verify))
        training = tried(lambda: load_run_config(paths.config, {}).training)
        return cls(lock, *(found or _NO_CHECKPOINTS), training, next(iter(problems), None))

    @property
    def is_run(self) -> bool:
        return self.training is not None or self.newest is not None

    @property
    def held(self) -> bool:
        return self.lock is not None and self.lock.held

    @property
    def metadata(self) -> Mapping[str, Any]:
        return {} if self.sound is None else self.sound.metadata

    @property
    def elapsed_seconds(self) -> float:
        return float(self.metadata.get("elapsed_seconds", 0.0))

    @property
    def targets(self) -> Targets | None:
        return None if self.training is None else Targets.of(self.training)

    def has_reached(self, targets: Targets | None) -> bool:
        """Returns whether a checkpoint in which nothing wrong was seen has reached the targets."""
        return (
            targets is not None
            and self.sound is not None
            and targets.reached(self.sound.iteration, self.elapsed_seconds)
        )

    def state(self, progress: InstanceProgress, state: str) -> InstanceState:
        """Returns a row; of checkpoints, and of a run that rests, it says what lies here.

        What rests and has no sound checkpoint to go on from has failed: a resume is refused.
        """
        if state in ("stopped", "interrupted") and self.sound is None and self.newest is not None:
            state = "failed"
            progress = replace(progress, error="none of its checkpoints is sound")
        progress = replace(
            progress,
            checkpoint_iteration=None if self.newest is None else self.newest.iteration,
            checkpoint_saved_at=None if self.saved_at is None else utc_text(self.saved_at),
        )
        if state not in ("running", "waiting"):
            progress = replace(
                progress,
                iterations_per_second=0.0,
                remaining_seconds=None,
                memory_bytes=0,
                pid=None,
            )
            if self.sound is not None:
                progress = replace(
                    progress, iteration=self.sound.iteration, elapsed_seconds=self.elapsed_seconds
                )
            elif state != "complete":
                progress = replace(progress, iteration=progress.start_iteration)
        age = None if self.saved_at is None else max(0.0, time.time() - self.saved_at)
        return InstanceState(progress, state, age, self.verified)

    def progress(self, number: int, state: str, error: str | None) -> InstanceProgress:
        """Returns what the newest sound checkpoint says of its instance."""
        metadata, targets = self.metadata, self.targets or Targets()
        metrics = metadata.get("metrics") or {}
        parent = metadata.get("parent_checkpoint")
        limits = metadata.get("iteration_range")
        holder = None if self.lock is None else self.lock.holder
        rate = float(metrics.get("iterations_per_second", 0.0))
        iteration = 0 if self.sound is None else self.sound.iteration
        return InstanceProgress(
            instance=number,
            status=state,
            iteration_range=(limits[0], limits[1]) if limits else None,
            start_iteration=(iteration_of(Path(parent).name) if parent else None) or 0,
            iteration=iteration,
            target_iteration=targets.iterations,
            iterations_per_second=rate,
            elapsed_seconds=self.elapsed_seconds,
            time_budget_seconds=targets.seconds,
            remaining_seconds=targets.remaining(iteration, self.elapsed_seconds, rate),
            memory_bytes=int(metrics.get("memory_bytes", 0)),
            checkpoint_iteration=None,
            checkpoint_saved_at=None,
            resumed_from=parent,
            restarts=0,
            pid=None if holder is None else holder.pid,
            error=error,
            updated_at=utc_text(time.time() if self.saved_at is None else self.saved_at),
        )


_Checkpoints = tuple[Checkpoint | None, Checkpoint | None, str | None, float | None]
_NO_CHECKPOINTS: _Checkpoints = (None, None, None, None)


def _checkpoints(store: CheckpointStore, verify: bool) -> _Checkpoints:
    """Returns the newest checkpoint, the newest sound one, what was found and when it was saved."""
    while listed := store.list():
        newest, *older = reversed(listed)
        problem = newest.problem(read_all=verify)
        try:
            saved_at = newest.metadata_path.stat().st_mtime
        except FileNotFoundError:
            continue  # its writer removed it or set it aside: there is another newest one
        if problem is None:
            return newest, newest, "sound" if verify else "sizes match", saved_at
        sound = next((one for one in older if one.problem(read_all=verify) is None), None)
        return newest, sound, f"damaged: {problem}", saved_at
    if lost := store.present():  # all without metadata
        return lost[-1], None, f"damaged: {lost[-1].problem(read_all=False)}", None
    return _NO_CHECKPOINTS
