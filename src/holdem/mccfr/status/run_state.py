"""How each instance of a run stands, from what any directory shows; changes nothing.

Three things say so: the progress file that a coordinator writes, the locks of living processes, and
the checkpoints on disk. A run without instances has no progress file and is one row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from holdem.checkpoint.run_directory import RunDirectory, instance_numbers
from holdem.checkpoint.run_lock import RunLock
from holdem.errors import RunDirectoryError
from holdem.mccfr.status.progress_file import (
    InstanceProgress,
    instance_of_progress,
    progress_path,
    read_progress,
)
from holdem.mccfr.status.state import InstanceState, RunState, overall_state
from holdem.mccfr.status.targets import Targets
from holdem.mccfr.status.traces import Traces

_GONE = "its process is gone"


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


def _run_state(run_directory: Path, verify: bool) -> RunState:
    if not run_directory.is_dir():
        what = "is not a directory" if run_directory.exists() else "there is no such directory"
        raise RunDirectoryError(f"{run_directory}: {what}")
    whole = Traces.find(run_directory, verify)
    numbers = _instances(run_directory, whole)
    if not whole.is_run and not any(
        read_progress(progress_path(run_directory, number))
        or Traces.find(run_directory / f"instance_{number}", verify=False).is_run
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


def _instances(run_directory: Path, whole: Traces) -> list[int]:
    """Returns the numbers of the instances; one that has left no trace is not left out."""
    progress = run_directory / "progress"
    said = map(instance_of_progress, progress.iterdir() if progress.is_dir() else ())
    found = {*RunDirectory(run_directory).instance_directories(), *said} - {None}
    count = None if whole.training is None else whole.training.num_instances
    return instance_numbers(count, cast(set[int], found))


def _instance_state(run_directory: Path, number: int, verify: bool) -> InstanceState:
    """Looks at one instance of a run; again where it changed hands in the middle of a look."""
    said = _Said.read(run_directory, number)
    while True:
        # After what is said of it: who says "complete" has saved before.
        traces = Traces.find(run_directory / f"instance_{number}", verify)
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
    traces: Traces, progress: InstanceProgress, *, coordinated: bool | None
) -> InstanceState:
    """Weighs what the progress file says against the locks and the checkpoints."""
    state, error = progress.status, progress.error
    targets = traces.targets
    if progress.targets != Targets():
        targets = progress.targets
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


def _missing_end(traces: Traces, progress: InstanceProgress, targets: Targets | None) -> str | None:
    """Returns why an instance that says it is complete is not, or ``None`` where it is."""
    if targets is None or traces.has_reached(targets):
        return None
    kept = "there is none" if traces.sound is None else f"it has {traces.sound.iteration:,}"
    if traces.newest is None and progress.iteration <= progress.start_iteration:
        return None  # it was complete where it was resumed from
    return f"complete at iteration {progress.iteration:,}, but of sound checkpoints {kept}"


def _without_progress(traces: Traces, number: int, *, waiting: bool) -> InstanceState:
    """Says how an instance stands by its lock and its checkpoints alone.

    Args:
        waiting: Whether a coordinator lives, which would start it.
    """
    state, error = "interrupted", None
    if traces.held:
        state = "running"
    elif traces.has_reached(traces.targets):
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
