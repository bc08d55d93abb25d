"""One writer per run directory."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from holdem.errors import RunDirectoryError

LOCK_NAME = "run.lock"

# One that looks at a lock shares it for some microseconds; who takes it tries again for this long.
_TRIES = 10
_TRY_AGAIN_S = 0.01


@dataclass(frozen=True)
class Holder:
    """A process that took a lock, as it wrote itself down."""

    pid: int
    host: str
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.started}"


@dataclass(frozen=True)
class LockState:
    """A moment of a lock.

    Attributes:
        held: Whether a living process holds it.
        holder: The process that holds it, or that ended without giving it up, if it says which.
    """

    held: bool
    holder: Holder | None


class RunLock:
    """Holds a run directory for this process, as a context manager.

    The kernel's lock on ``run.lock`` decides, not the file's existence or what it says: it ends
    with its holder however that ends, so there is no stale lock to remove by hand. A child made by
    fork() shares it until the child ends or closes ``fileno()``.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / LOCK_NAME
        self._descriptor: int | None = None

    @staticmethod
    def look(directory: Path) -> LockState:
        """Returns who holds the lock of a run directory; changes and creates nothing.

        Raises:
            RunDirectoryError: There is a lock that cannot be looked at.
        """
        path = directory / LOCK_NAME
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return LockState(held=False, holder=None)
        except OSError as error:
            raise RunDirectoryError(f"{path}: cannot be read: {error.strerror}") from error
        try:
            # While it is shared no holder can write itself down, so both answers fit together.
            held = not _lock(descriptor, fcntl.LOCK_SH)
            return LockState(held, _holder(descriptor))
        except OSError as error:
            raise RunDirectoryError(f"{path}: cannot be looked at: {error.strerror}") from error
        finally:
            os.close(descriptor)

    def acquire(self) -> None:
        """Takes the lock, making the directory where needed.

        Raises:
            RunDirectoryError: Another process holds it (says which), or the directory cannot be
                written to.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunDirectoryError(
                f"{self.path.parent}: cannot be used as a run directory: {error}"
            ) from error
        try:
            self._take(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Gives the lock up; the file stays, empty."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def fileno(self) -> int:
        """Returns the descriptor that carries the lock, for a forked child to close."""
        if self._descriptor is None:
            raise ValueError("the lock is not held")
        return self._descriptor

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _take(self, descriptor: int) -> None:
        try:
            tries = 1
            while not _lock(descriptor, fcntl.LOCK_EX):
                if tries == _TRIES:
                    raise RunDirectoryError(
                        f"{self.path.parent}: in use by {_holder(descriptor) or 'another process'};"
                        " one process at a time writes to a run directory"
                    )
                tries += 1
                time.sleep(_TRY_AGAIN_S)
        except OSError as error:
            raise RunDirectoryError(f"{self.path}: cannot be locked: {error}") from error
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode() + b"\n", 0)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> Holder | None:
    try:
        content = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(int(content["pid"]), str(content["host"]), str(content["started"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
