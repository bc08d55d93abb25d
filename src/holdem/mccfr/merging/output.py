"""The run directory that a merged checkpoint is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from holdem.checkpoint.files import Checkpoint, Json
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.run_lock import RunLock
from holdem.checkpoint.space import free_bytes
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import RunDirectoryError
from holdem.storage.datafile import Data
from holdem.types import RunConfig

OPTION = "--out"


class Output:
    """A new run directory for one checkpoint; what an interrupted merge has left may be in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directory = RunDirectory(path, OPTION)
        self._store = CheckpointStore(self._directory.checkpoints)

    def check(self, inputs: Iterable[Path]) -> None:
        """Refuses a directory that cannot be used; writes nothing.

        Raises:
            RunDirectoryError: It cannot be written, a run lives in it, or it is in an input.
        """
        here = self._path.resolve()
        for path in inputs:
            if path.is_dir() and here.is_relative_to(path.resolve()):
                raise RunDirectoryError(
                    f"{OPTION} {self._path}: lies in {path}, which is merged: name another place"
                )
        self._refuse_occupied()
        self._directory.check(resuming=True)

    def check_space(self, needed_bytes: int) -> None:
        """Refuses tables that the disk has no room for, before they are read and not after.

        Raises:
            RunDirectoryError: Says what is needed and what is free.
        """
        free = free_bytes(self._path)
        if free < needed_bytes:
            raise RunDirectoryError(
                f"{OPTION} {self._path}: the tables need {needed_bytes:,} bytes and {free:,} are "
                "free"
            )

    def save(
        self,
        run: RunConfig,
        iteration: int,
        policy: Mapping[str, Data],
        regrets: Mapping[str, Data],
        metadata: Mapping[str, Json],
    ) -> Checkpoint:
        """Writes the checkpoint, and beside it the configuration of its run.

        Raises:
            CheckpointError, RunDirectoryError: It cannot be written. Nothing is left of it.
        """
        wanted = Checkpoint(self._directory.checkpoints, iteration)
        with self._taken():
            try:
                self._store.open_for_writing()
                checkpoint = self._store.save(iteration, policy, regrets, metadata)
                self._directory.describe(run)
            except BaseException:
                for path in (*reversed(wanted.paths), self._directory.config):
                    path.unlink(missing_ok=True)
                raise
        return checkpoint

    def _refuse_occupied(self) -> None:
        directory = self._directory
        if directory.config.exists() or directory.instances() or self._store.present():
            raise RunDirectoryError(
                f"{OPTION} {self._path} holds a run already: name a new directory"
            )

    @contextmanager
    def _taken(self) -> Iterator[None]:
        """Holds the directory while it is written; removes it again if that fails."""
        with RunLock(self._path) as lock:
            # Another process may have come first, written and gone since the first look.
            self._refuse_occupied()
            try:
                yield
            except BaseException:
                with suppress(OSError):
                    self._directory.checkpoints.rmdir()
                raise
            lock.keep()
