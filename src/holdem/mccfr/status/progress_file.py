"""How far each instance of a run is, in one small file an instance that anybody may read.

The file is replaced every second or so, so it is atomic but not durable: a reader finds the old one
or the new one, and after a power cut perhaps half of one. ``docs/STATUS.md`` has its fields.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from holdem.checkpoint.run_directory import instance_of
from holdem.mccfr.status.targets import Targets
from holdem.storage.durable import temporary_name
from holdem.typed_json import from_json, to_json

FORMAT = "holdem-progress"
FORMAT_VERSION = 1
STATUSES = ("waiting", "running", "complete", "stopped", "interrupted", "failed")

_MAX_BYTES = 1 << 20
_LIMIT = 1 << 63  # of any number in it
_SUFFIX = "_progress.json"
_LAST_SECOND = 253_402_300_799.0  # of the year 9999


@dataclass(frozen=True)
class InstanceProgress:
    """One instance of a run at one moment.

    Attributes:
        status: "waiting" (to be started or restarted), "running", "complete", "stopped" (at the end
            of a chunk), "interrupted" or "failed".
        iteration_range: The iterations of the whole run that are its own; ``None`` when only time
            limits it.
        start_iteration: Its own iteration at which this command took it up.
        iteration: Its own completed iterations.
        target_iteration: Its own iteration at which it is complete.
        elapsed_seconds: Training time in this run directory.
        checkpoint_saved_at: ISO 8601, UTC, seconds; ``updated_at`` likewise.
        resumed_from: The checkpoint that it went on from.
        restarts: How often this command has started it again after a crash.
        error: What went wrong, one line.
    """

    instance: int
    status: str
    iteration_range: tuple[int, int] | None
    start_iteration: int
    iteration: int
    target_iteration: int | None
    iterations_per_second: float
    elapsed_seconds: float
    time_budget_seconds: float | None
    remaining_seconds: float | None
    memory_bytes: int
    checkpoint_iteration: int | None
    checkpoint_saved_at: str | None
    resumed_from: str | None
    restarts: int
    pid: int | None
    error: str | None
    updated_at: str

    @property
    def targets(self) -> Targets:
        """Its own iteration and training time at which it is complete."""
        return Targets(self.target_iteration, self.time_budget_seconds)


def utc_text(seconds: float) -> str:
    """Writes a time since the epoch as progress files have it."""
    moment = min(max(0.0, seconds), _LAST_SECOND)  # a file system may hold any
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def progress_path(run_directory: Path, instance: int) -> Path:
    """Names the progress file of an instance."""
    return run_directory / "progress" / f"instance_{instance}{_SUFFIX}"


def instance_of_progress(path: Path) -> int | None:
    """Returns the number in the name of a progress file, None for any other name."""
    name = path.name.removesuffix(_SUFFIX)
    return None if name == path.name else instance_of(path.with_name(name))


def write_progress(run_directory: Path, progress: InstanceProgress) -> None:
    """Replaces the progress file of an instance, atomically but not durably.

    Raises:
        OSError: The file is as it was and no temporary is left.
    """
    path = progress_path(run_directory, progress.instance)
    whole = {"format": FORMAT, "format_version": FORMAT_VERSION, **to_json(progress)}
    content = json.dumps(whole, indent=2, allow_nan=False) + "\n"
    path.parent.mkdir(exist_ok=True)
    temporary = temporary_name(path)
    try:
        temporary.write_text(content, encoding="ascii")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_progress(path: Path) -> InstanceProgress | None:
    """Returns what a progress file says; ``None``: it is missing, cut short, or not one."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES)
        return _parsed(json.loads(content, parse_constant=_no_constant))
    except (OSError, ValueError, RecursionError):
        return None


def _parsed(content: Any) -> InstanceProgress:
    """Returns the progress that JSON content is; raises ``ValueError`` where it is none."""
    if not isinstance(content, dict):
        raise ValueError("no object")
    if (content.get("format"), content.get("format_version")) != (FORMAT, FORMAT_VERSION):
        raise ValueError("not a progress file of this version")
    progress = from_json(InstanceProgress, content)  # leaves out what a later library adds
    if progress.status not in STATUSES:
        raise ValueError(f"no status: {progress.status}")
    for name, value in vars(progress).items():
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int | float) and not 0 <= number < _LIMIT:
                raise ValueError(f"{name} is out of range")
    return progress


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"the number {name}")
