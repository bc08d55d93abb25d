"""Notices that a file which is mapped, and so must stay as it is, was changed in place."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from holdem.errors import RunLostError

logger = logging.getLogger(__name__)


class FileWatch:
    """Knows a file by size and time from the moment it is made; begin before the file is read.

    A file that is removed, or replaced by a rename, stays what it was for who has it open.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file.

        Raises:
            OSError: It cannot be opened.
        """
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._mark = self._look()
        self._is_named = True

    def check(self) -> None:
        """Makes sure that the file holds what it held; warns once if its name is gone.

        Raises:
            RunLostError: It was written to, cut short, or cannot be looked at any longer.
        """
        try:
            changed = self._look() != self._mark
        except OSError as error:
            raise RunLostError(f"{self._path}: lost while it was in use: {error}") from error
        if changed:
            raise RunLostError(
                f"{self._path}: changed while it was in use, so that what was read from it since is"
                " not what the run began with"
            )
        if self._is_named and os.fstat(self._descriptor).st_nlink == 0:
            self._is_named = False
            logger.warning(
                "%s was removed or replaced while it is in use: training goes on with the file as "
                "it was, but needs it again to be resumed or evaluated",
                self._path,
            )

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._descriptor)

    def _look(self) -> tuple[int, int]:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns
