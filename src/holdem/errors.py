"""One exception tree: what was refused, and by which room.

The command line turns a ``HoldemError`` into one line and an exit code; nothing below ``cli/``
exits a process.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from holdem.quoting import printable

# Set by --debug; the processes that a command starts inherit it.
DEBUG_VARIABLE = "HOLDEM_DEBUG"


class HoldemError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(HoldemError, ValueError):
    """A setting that cannot work; names the field, the value and the allowed range."""


class BucketFileError(HoldemError, ValueError):
    """A bucket file that is missing, damaged, or not a bucket file."""


class DataFileError(HoldemError):
    """A data file that is damaged, truncated, hostile, or no data file at all.

    Attributes:
        path: The file.
        expected: What a sound file would have held.
        found: What it holds.
    """

    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(f"{path}: expected {expected}, found {found}")
        self.path = path
        self.expected = expected
        self.found = found


class DataFileMismatchError(DataFileError):
    """A sound data file without the array, or with another dtype or shape, than was asked for."""


class CheckpointError(HoldemError):
    """A checkpoint that is damaged, incomplete, or belongs to another run."""


class DamagedCheckpointError(CheckpointError):
    """A checkpoint whose bytes are not the ones that were saved; an older one may be sound."""


class IncompatibleCheckpointError(CheckpointError):
    """A sound checkpoint of another run, game, configuration or format."""


class RunDirectoryError(HoldemError):
    """A run directory that cannot be used as asked: in use, occupied, or not writable."""


class RunLostError(HoldemError):
    """What a run stands on was taken away or changed under it: it can neither train on nor save."""


class MemoryPlanError(HoldemError):
    """A run whose tables cannot fit; says what to change."""


class NumberLimitError(HoldemError):
    """A number of a run that would leave its range; the run is as it was before."""


class MessageError(HoldemError):
    """A line between coordinator and worker that is not what either says."""


def one_line(error: BaseException) -> str:
    """Returns what went wrong in one line, of the system's errors where it did, too."""
    if isinstance(error, HoldemError):
        text = str(error)
    elif isinstance(error, OSError):
        names = [os.fsdecode(name) for name in (error.filename, error.filename2) if name]
        text = ": ".join([" -> ".join(names), error.strerror or str(error)]).removeprefix(": ")
    elif isinstance(error, MemoryError):
        text = f"out of memory: {error}".removesuffix(": ")
    elif isinstance(error, KeyboardInterrupt):
        text = f"interrupted; {error}".removesuffix("; ")
    else:
        text = (
            f"a fault of the program itself (--debug shows where): {type(error).__name__}: {error}"
        )
    return printable(text)


def say_error(command: str, error: BaseException) -> None:
    """Says on standard error what went wrong, and where if ``DEBUG_VARIABLE`` is set."""
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exception(error)
    print(f"{command}: {one_line(error)}", file=sys.stderr, flush=True)
