"""A directory that somebody else may take away."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from holdem.errors import RunLostError


class HeldDirectory:
    """A directory that is held open, so that what becomes of it can be told."""

    def __init__(self, path: Path) -> None:
        """Raises ``OSError`` where there is no such directory."""
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._identity = identity(self._descriptor)

    def check(self) -> None:
        """Makes sure that the directory still has its name.

        Raises:
            RunLostError: It was removed, renamed or replaced.
            OSError: That cannot be told.
        """
        if identity(self.path) != self._identity:
            raise RunLostError(f"{self.path}: {self._fate()} while a run was in it")

    def close(self) -> None:
        """Lets it go."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _fate(self) -> str:
        with suppress(OSError):
            now = Path(f"/proc/self/fd/{self._descriptor}").readlink()
            if not now.name.endswith(" (deleted)"):
                return f"renamed to {now}"
        return "removed or replaced"


def identity(file: Path | int) -> tuple[int, int] | None:
    """Returns what tells a file or directory from every other one; ``None``: it is not there."""
    try:
        status = os.fstat(file) if isinstance(file, int) else file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ESTALE:  # removed by another machine
            return None
        raise
    return status.st_dev, status.st_ino
