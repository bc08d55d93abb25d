"""How each instance of a run stands, from what any directory shows; changes nothing.

Three things say so: the progress file that a coordinator writes, the locks of living processes, and
the checkpoints on disk. A run without instances has no progress file and is one row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from holdem.checkpoint.files import Checkpoint, iteration_of
from holdem.checkpoint.run_directory import RunDirectory, instance_of
from holdem.checkpoint.run_lock import LockState, RunLock
from holdem.checkpoint.store import CheckpointStore
from holdem.config import load_run_config
from holdem.errors import CheckpointError, ConfigError, RunDirectoryError
from holdem.mccfr.status.progress_file import (
    InstanceProgress,
    instance_of_progress,
    progress_path,
    read_progress,
)
from holdem.mccfr.trainer import is_complete
from holdem.types import MCCFRConfig

# The worst first: what a row of totals says.
STATES = ("failed", "unknown", "interrupted", "stopped", "waiting", "running", "complete")

_T = TypeVar("_T")

_GONE = "its process is gone"


@dataclass(frozen=True)
class InstanceState:
    """How one instance stands.

    Attributes:
        progress: Where nothing trains, ``iteration`` and ``elapsed_seconds`` are those of the
            newest sound checkpoint: what is kept.
        state: One of ``STATES``.
        checkpoint_verified: "sound", "damaged: <reason>", "sizes match" (the bytes were not read);
            ``None``: there is no checkpoint.
    """

    progress: InstanceProgress
    state: str
    checkpoint_age_seconds: float | None
    checkpoint_verified: str | None


@dataclass(frozen=True)
class RunState:
    """How a run stands; ``overall`` is "complete", "running", "stopped" or "failed"."""

    instances: tuple[InstanceState, ...]
    overall: str


def run_state(run_directory: Path, *, verify: bool) -> RunState:
    """Returns how a run stands.

    Args:
        run_directory: Of a run of several instances, or of one.
        verify: Whether every byte of each newest checkpoint is read; else metadata and sizes.

    Raises:
        RunDirectoryError: No run lives there, or the directory cannot be read.
    """
    try:
        return _run_state(run_directory, verify)
    except OSError as error:
        raise RunDirectoryError(f"{run_directory}: cannot be read: {error.strerror}") from error


def overall_state(states: Iterable[str]) -> str:
    """Returns what a run of instances in these states is as a whole."""
    found = set(states)
    if found & {"running", "waiting"}:
        return "running"
    if found & {"failed", "unknown"}:
        return "failed"
    return "complete" if found == {"complete"} else "stopped"


def _run_state(run_directory: Path, verify: bool) -> RunState:
    if not run_directory.is_dir():
        what = "is not a directory" if run_directory.exists() else "there is no such directory"
        raise RunDirectoryError(f"{run_directory}: {what}")
    whole = _Traces.find(run_directory, verify)
    numbers = _instances(run_directory, whole)
    if not whole.is_run and not any(
        read_progress(progress_path(run_directory, number))
        or _Traces.find(run_directory / f"instance_{number}", verify=False).is_run
        for number in numbers
    ):
        raise RunDirectoryError(f"{run_directory}: no run lives here ({whole.problem})")
    if not numbers:
        instances = [_without_progress(whole, whole.metadata.get("instance", 0), waiting=False)]
    else:
        instances = [_instance_state(run_directory, number, verify) for number in numbers]
    overall = overall_state(instance.state for instance in instances)
    if overall != "complete" and whole.held:  # by the coordinator, which may just have begun
        overall = "running"
    return RunState(tuple(instances), overall)


def _instances(run_directory: Path, whole: _Traces) -> range:
    """Returns the numbers of the instances; none of those between is left out."""
    found = [instance_of(path) for path in run_directory.iterdir()]
    progress = run_directory / "progress"
    found += [
        instance_of_progress(path) for path in (progress.iterdir() if progress.is_dir() else ())
    ]
    count = max((number + 1 for number in found if number is not None), default=0)
    # A coordinator that has just begun has made none of them yet.
    return range(max(count, (whole.training and whole.training.num_instances) or 0))


def _instance_state(run_directory: Path, number: int, verify: bool) -> InstanceState:
    """Looks at one instance of a run; again where it changed hands in the middle of a look."""
    said = _Said.read(run_directory, number)
    while True:
        # After what is said of it: who says "complete" has saved before.
        traces = _Traces.find(run_directory / f"instance_{number}", verify)
        before, said = said, _Said.read(run_directory, number)
        if before.agrees_with(said):
            break
    if said.progress is None:
        return _without_progress(traces, number, waiting=said.coordinated is True)
    return _with_progress(traces, said.progress, coordinated=said.coordinated)


@dataclass(frozen=True)
class _Said:
    """What is said of an instance; ``coordinated`` is ``None`` where the lock cannot be read."""

    coordinated: bool | None
    progress: InstanceProgress | None

    @classmethod
    def read(cls, run_directory: Path, number: int) -> _Said:
        try:
            coordinated = RunLock.look(run_directory).held
        except RunDirectoryError:
            coordinated = None
        progress = read_progress(progress_path(run_directory, number))
        if progress is not None and progress.instance != number:
            progress = None
        return cls(coordinated, progress)

    def agrees_with(self, later: _Said) -> bool:
        """Returns whether nothing but figures has changed."""
        status = self.progress and self.progress.status
        later_status = later.progress and later.progress.status
        return (self.coordinated, status) == (later.coordinated, later_status)


def _with_progress(
    traces: _Traces, progress: InstanceProgress, *, coordinated: bool | None
) -> InstanceState:
    """Weighs what the progress file says against the locks and the checkpoints."""
    state, error = progress.status, progress.error
    targets = traces.training
    if (progress.target_iteration, progress.time_budget_seconds) != (None, None):
        targets = _targets(progress.target_iteration, progress.time_budget_seconds)
    if traces.held:
        if state in ("waiting", "stopped", "interrupted", "failed"):  # words of an earlier process
            state, error = "running", None
    elif state == "complete":
        error = _missing_end(traces, progress, targets)
        state = "failed" if error else "complete"
    elif not coordinated and traces.has_reached(targets):
        state, error = "complete", None  # whatever ended it came after its last save
    elif not coordinated and state in ("waiting", "running"):
        state, error = "failed", _GONE
        if coordinated is None or traces.lock is None:
            state, error = "unknown", "whether its process lives cannot be seen"
    return traces.state(replace(progress, error=error), state)


def _missing_end(
    traces: _Traces, progress: InstanceProgress, targets: MCCFRConfig | None
) -> str | None:
    """Returns why an instance that says it is complete is not, or ``None`` where it is."""
    if targets is None or traces.has_reached(targets):
        return None
    kept = "there is none" if traces.sound is None else f"it has {traces.sound.iteration:,}"
    if traces.newest is None and progress.iteration <= progress.start_iteration:
        return None  # it was complete where it was resumed from
    return f"complete at iteration {progress.iteration:,}, but of sound checkpoints {kept}"


def _without_progress(traces: _Traces, number: int, *, waiting: bool) -> InstanceState:
    """Says how an instance stands by its lock and its checkpoints alone.

    Args:
        waiting: Whether a coordinator lives, which would start it.
    """
    state, error = "interrupted", None
    if traces.held:
        state = "running"
    elif traces.has_reached(traces.training):
        state = "complete"
    elif waiting:
        state = "waiting"
    elif traces.problem is not None or traces.lock is None:
        state, error = "unknown", traces.problem
    elif traces.lock.holder is not None:
        state, error = "failed", f"{_GONE} ({traces.lock.holder})"
    elif (traces.metadata.get("chunk") or {}).get("complete"):
        state = "stopped"
    return traces.state(traces.progress(number, state, error), state)


@dataclass(frozen=True)
class _Traces:
    """What lies in the run directory of one instance.

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
    def find(cls, directory: Path, verify: bool) -> _Traces:
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

    def has_reached(self, targets: MCCFRConfig | None) -> bool:
        """Returns whether a checkpoint in which nothing wrong was seen has reached the targets."""
        return (
            targets is not None
            and self.sound is not None
            and is_complete(targets, self.sound.iteration, self.elapsed_seconds)
        )

    def state(self, progress: InstanceProgress, state: str) -> InstanceState:
        """Returns a row; of checkpoints, and of a run that rests, it says what lies here."""
        progress = replace(
            progress,
            checkpoint_iteration=None if self.newest is None else self.newest.iteration,
            checkpoint_saved_at=None if self.saved_at is None else _utc(self.saved_at),
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
        metadata, training = self.metadata, self.training
        metrics = metadata.get("metrics") or {}
        parent = metadata.get("parent_checkpoint")
        limits = metadata.get("iteration_range")
        holder = None if self.lock is None else self.lock.holder
        whole = InstanceProgress(
            instance=number,
            status=state,
            iteration_range=(limits[0], limits[1]) if limits else None,
            start_iteration=(iteration_of(Path(parent).name) if parent else None) or 0,
            iteration=0 if self.sound is None else self.sound.iteration,
            target_iteration=None if training is None else training.num_iterations,
            iterations_per_second=float(metrics.get("iterations_per_second", 0.0)),
            elapsed_seconds=self.elapsed_seconds,
            time_budget_seconds=None if training is None else training.time_budget_seconds,
            remaining_seconds=None,
            memory_bytes=int(metrics.get("memory_bytes", 0)),
            checkpoint_iteration=None,
            checkpoint_saved_at=None,
            resumed_from=parent,
            restarts=0,
            pid=None if holder is None else holder.pid,
            error=error,
            updated_at=_utc(time.time() if self.saved_at is None else self.saved_at),
        )
        return replace(whole, remaining_seconds=_remaining(whole))


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
    return _NO_CHECKPOINTS


def _remaining(progress: InstanceProgress) -> float | None:
    """Estimates the time to the nearer target from a checkpoint, as the run loop does."""
    estimates = []
    if progress.time_budget_seconds is not None:
        estimates.append(progress.time_budget_seconds - progress.elapsed_seconds)
    if progress.target_iteration is not None and progress.iterations_per_second > 0:
        todo = progress.target_iteration - progress.iteration
        estimates.append(todo / progress.iterations_per_second)
    return max(0.0, min(estimates)) if estimates else None


def _targets(iterations: int | None, seconds: float | None) -> MCCFRConfig:
    # Not validated: an instance whose range is empty has the target 0.
    return MCCFRConfig.model_construct(num_iterations=iterations, time_budget_seconds=seconds)


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
