"""One writer per run directory."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from holdem.checkpoint.held_directory import HeldDirectory, identity
from holdem.errors import RunDirectoryError, RunLostError
from holdem.storage.durable import make_directory

LOCK_NAME = "run.lock"

# One that looks at a lock shares it for some microseconds, and one that gives up a directory which
# it has made removes it; who takes it tries again for this long.
_TRIES = 10
_TRY_AGAIN_S = 0.01
_MOST_BYTES = 4096

logger = logging.getLogger(__name__)


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
    fork() shares it until the child ends or closes ``fileno()``. Where locks do not reach another
    machine, ``check`` notices that somebody there has taken the directory all the same.
    """

    def __init__(self, directory: Path, standing: Path | None = None) -> None:
        """Names the lock; nothing is read or written yet.

        Args:
            standing: The directory, or one above it, that has to be there and is not made.
        """
        self.path = directory / LOCK_NAME
        self._standing = standing
        self._descriptor: int | None = None
        self._before = b""  # what the file said, as it will again unless it is kept
        self._said = b""  # what this process has written into it
        self._directory: HeldDirectory | None = None
        self._made: list[Path] = []  # directories, and last the file, that were not there before

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
            return LockState(held, _holder(_content(descriptor)))
        except OSError as error:
            raise RunDirectoryError(f"{path}: cannot be looked at: {error.strerror}") from error
        finally:
            os.close(descriptor)

    def acquire(self) -> None:
        """Takes the lock, making the directory where that is needed and allowed.

        Raises:
            RunDirectoryError: Another process holds it (says which), the directory cannot be
                written to, or its file system has no locks.
        """
        for _ in range(_TRIES):
            self._made, self._descriptor = self._open()
            try:
                self._take(self._descriptor)
                if identity(self.path) == identity(self._descriptor):
                    self._move_in(self._descriptor)
                    return
            except OSError as error:
                self.release()
                raise RunDirectoryError(f"{self.path}: cannot be locked: {error}") from error
            except BaseException:
                self.release()
                raise
            self.release()  # its last holder has removed it: there is another, or none
        raise RunDirectoryError(f"{self.path}: cannot be locked: it keeps being removed")

    def keep(self) -> None:
        """Says that a run has moved in: what was there before does not come back."""
        self._made, self._before = [], b""

    def check(self) -> None:
        """Makes sure that this process, and no other, still has the directory of this name.

        Raises:
            RunLostError: It was removed, renamed or replaced, or another process has taken it.
        """
        assert self._descriptor is not None
        assert self._directory is not None
        try:
            self._directory.check()
            if identity(self.path) is None:
                self._take_again()
            with self.path.open("rb") as file:  # opened anew: another machine may have written it
                content = file.read(_MOST_BYTES)
                same = identity(file.fileno()) == identity(self._descriptor)
        except OSError:
            return  # no sign of anybody else; saving says what is wrong
        if content != self._said or not same:
            other = _holder(content) or "another process"
            raise RunLostError(
                f"{self.path}: {other} has taken the directory while this run was in it"
            )

    def release(self) -> None:
        """Gives the lock up. The file stays, empty; unless ``keep`` was called all is as before."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if self._directory is not None:
            self._directory.close()
            self._directory = None
        file = self._made[-1] if self._made else None
        # A disk that refuses by now must not hide why the run has ended.
        with suppress(OSError):
            if file is None and _content(descriptor) == self._said:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, self._before, 0)
            elif file is not None and identity(file) == identity(descriptor):
                file.unlink()
        with suppress(OSError):
            os.close(descriptor)
        for made in reversed(self._made[:-1]):
            with suppress(OSError):
                made.rmdir()

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

    def _open(self) -> tuple[list[Path], int]:
        """Returns the opened file, and what had to be made for it."""
        problem: OSError | None = None
        for _ in range(_TRIES):
            try:
                made = make_directory(self.path.parent, self._standing)
                with suppress(FileNotFoundError):
                    return [], os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
                return [*made, self.path], self._create()
            except (FileNotFoundError, FileExistsError) as error:  # others come and go
                problem = error
                time.sleep(_TRY_AGAIN_S)
            except OSError as error:
                problem = error
                break
        raise RunDirectoryError(f"{self.path.parent}: cannot be used as a run directory: {problem}")

    def _create(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def _take(self, descriptor: int) -> None:
        tries = 1
        while not _lock(descriptor, fcntl.LOCK_EX):
            if tries == _TRIES:
                self.keep()  # whoever made it, it is another's now
                raise RunDirectoryError(
                    f"{self.path.parent}: in use by"
                    f" {_holder(_content(descriptor)) or 'another process'};"
                    " one process at a time writes to a run directory"
                )
            tries += 1
            time.sleep(_TRY_AGAIN_S)

    def _move_in(self, descriptor: int) -> None:
        """Writes down who holds the lock, once it is known to keep others out."""
        if not self._excludes_others():
            raise RunDirectoryError(
                f"{self.path}: this file system grants a lock (flock) twice, so that two runs could"
                " write here at once: put the run directory on another one"
            )
        self._before = _content(descriptor)
        before = _holder(self._before)
        host = socket.gethostname()
        if before is not None and before.host != host:
            logger.warning(
                "%s: %s has not given it up; if it still runs, stop one of the two: that machine's"
                " locks cannot be seen here",
                self.path,
                before,
            )
        holder = {
            "pid": os.getpid(),
            "host": host,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "token": secrets.token_hex(8),  # processes of two containers may agree in the rest
        }
        self._said = json.dumps(holder).encode() + b"\n"
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, self._said, 0)
        self._directory = HeldDirectory(self.path.parent)

    def _excludes_others(self) -> bool:
        """Whether a second descriptor is refused what the first one holds."""
        try:
            other = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            return not _lock(other, fcntl.LOCK_SH)
        finally:
            os.close(other)

    def _take_again(self) -> None:
        """Makes the lock file anew where somebody has removed it: its lock keeps nobody out."""
        assert self._descriptor is not None
        assert self._directory is not None
        try:
            descriptor = self._create()
        except OSError as error:
            self._directory.check()  # all of it may have gone meanwhile
            raise RunLostError(f"{self.path}: removed under a running run: {error}") from error
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(descriptor, self._said, 0)
        os.close(self._descriptor)
        self._descriptor = descriptor
        logger.warning("%s was removed under a running run; it is there again", self.path)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, _MOST_BYTES, 0)


def _holder(content: bytes) -> Holder | None:
    try:
        fields = json.loads(content)
        return Holder(int(fields["pid"]), str(fields["host"]), str(fields["started"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
