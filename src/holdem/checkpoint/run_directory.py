"""The directory of a run: what lies in it, and when a run may move in.

::

    config.yaml     every setting, as ``load_run_config`` reads it
    versions.json   what the run was made with
    train.log       the log
    checkpoints/    see ``holdem.checkpoint``
    tensorboard/    event files

A run of several instances has, in the place of the last two, a run directory for each of them,
``instance_0/`` and so on, and ``progress/``, see ``holdem.mccfr.status.progress_file``.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

import holdem
from holdem.checkpoint.run_lock import RunLock
from holdem.config import load_run_config, resolved_settings
from holdem.errors import ConfigError, RunDirectoryError
from holdem.storage.durable import make_directory, replace_file
from holdem.types import MAX_INSTANCES, RunConfig

_INSTANCE = re.compile(r"instance_(0|[1-9][0-9]{0,3})")


def instance_of(path: Path) -> int | None:
    """Returns the number in the name of an instance's run directory, None for any other name."""
    match = _INSTANCE.fullmatch(path.name)
    return int(match[1]) if match and int(match[1]) < MAX_INSTANCES else None


def instance_numbers(count: int | None, found: Collection[int]) -> list[int]:
    """Returns which instances a run has: the one answer for all commands.

    Args:
        count: What its configuration says, if it can be read and says so.
        found: Instances that have left something. Where nothing else says which there are, those
            between them are some, too, unless that would make more of them than there is trace of.
    """
    if count is not None:
        return list(range(count))
    last = max(found, default=-1)
    return list(range(last + 1)) if last < 2 * len(found) else sorted(found)


class RunDirectory:
    """Paths of one run, and the checks before anything is written to them."""

    def __init__(self, path: Path, option: str = "--logdir") -> None:
        """Names the directory; nothing is read or written yet.

        Args:
            option: What a refusal calls it.
        """
        self.path = path
        self._name = f"{option} {path}"
        self.config = path / "config.yaml"
        self.versions = path / "versions.json"
        self.log = path / "train.log"
        self.checkpoints = path / "checkpoints"
        self.tensorboard = path / "tensorboard"

    @contextmanager
    def taken(
        self, *, resuming: bool, several: bool = False, standing: Path | None = None
    ) -> Iterator[RunLock]:
        """Holds the directory for this process, and refuses one that this run cannot use.

        It is locked before anything in it is looked at, so that of two that start at once one is
        refused. Unless ``RunLock.keep`` is called, all is as it was in the end.

        Args:
            resuming, several: As for ``check``.
            standing: As for ``RunLock``.

        Raises:
            RunDirectoryError: As ``check``, or another process holds it.
        """
        self._check_place()
        with RunLock(self.path, standing) as lock:
            self.check(resuming=resuming, several=several)
            yield lock

    @property
    def occupied(self) -> bool:
        """Whether a run, of one instance or several, lives here."""
        return self._is_described or self.checkpoints.exists() or any(self.path.glob("instance_*"))

    @property
    def _is_described(self) -> bool:
        """Whether a run has written down here what it is."""
        try:
            versions = json.loads(self.versions.read_bytes())
        except (OSError, ValueError, RecursionError):
            return False
        return isinstance(versions, dict) and "holdem" in versions

    def instance(self, number: int) -> RunDirectory:
        """Returns the run directory of one instance."""
        return RunDirectory(self.path / f"instance_{number}")

    def instances(self) -> list[int]:
        """Returns the numbers of the instances that the run has, ascending; see ``left_out``."""
        try:
            count = load_run_config(self.config, {}).training.num_instances
        except ConfigError:  # there is none, or not one that can be read
            count = None
        return instance_numbers(count, self.instance_directories())

    def instance_directories(self) -> list[int]:
        """Returns the numbers of the instances that have a directory here, ascending."""
        if not self.path.is_dir():
            return []
        named = ((instance_of(path), path) for path in self.path.iterdir())
        return sorted(number for number, path in named if number is not None and path.is_dir())

    def left_out(self) -> list[int]:
        """Returns instances that have a directory here of an earlier run with more of them."""
        return sorted(set(self.instance_directories()) - set(self.instances()))

    def check(self, *, resuming: bool, several: bool = False) -> None:
        """Refuses a directory that this run cannot use; writes nothing.

        Args:
            resuming: Whether a run that lives here is to be continued.
            several: Whether it is to be a run of several instances.

        Raises:
            RunDirectoryError: A file is in the way or would be written over, the directory cannot
                be written, or another run lives in it and ``resuming`` is false.
        """
        self._check_place()
        if not self._is_described:
            for path in (self.config, self.versions):
                if path.exists() or path.is_symlink():
                    raise RunDirectoryError(
                        f"{self._name}: {path} is not a run's, and a run would write over it: "
                        "rename it, or name a new directory"
                    )
        if instances := self.instances():
            if not several:
                count = len(instances)
                raise RunDirectoryError(
                    f"{self._name} holds a run of several instances ({count}): continue it with "
                    f"--num-instances {count}, or name a new --logdir"
                )
        elif several and self.checkpoints.exists():
            raise RunDirectoryError(
                f"{self._name} holds a run without instances: name a new --logdir (it can "
                f"go on from there: --resume-from {self.path})"
            )
        if self.occupied and not resuming:
            raise RunDirectoryError(
                f"{self._name} holds a run already: continue it with "
                f"--resume-from {self.path}, or name a new --logdir"
            )

    def _check_place(self) -> None:
        for ancestor in (self.path, *self.path.parents):
            if ancestor.is_dir():
                break
            if ancestor.exists() or ancestor.is_symlink():
                raise RunDirectoryError(f"{self._name}: {ancestor} is not a directory")
        if not os.access(ancestor, os.W_OK | os.X_OK):
            raise RunDirectoryError(f"{self._name}: {ancestor} cannot be written")

    def create(self) -> None:
        """Makes the directory of an instance in that of its run.

        Raises:
            RunDirectoryError: The system refuses.
        """
        try:
            make_directory(self.path, within=self.path.parent)
        except OSError as error:
            raise RunDirectoryError(f"{self._name}: {error.strerror}") from None

    def describe(self, run: RunConfig) -> None:
        """Writes the configuration and what the run is made with.

        Raises:
            RunDirectoryError: The system refuses.
        """
        settings = yaml.safe_dump(resolved_settings(run), sort_keys=False)
        versions = json.dumps(_versions(run.training.seed), indent=2) + "\n"
        try:
            # The first one says that the other is a run's.
            replace_file(self.versions, versions.encode())
            replace_file(self.config, settings.encode())
        except OSError as error:
            raise RunDirectoryError(f"{self._name}: {error.strerror}") from None


def _versions(seed: int) -> dict[str, object]:
    import numpy as np

    return {
        "holdem": holdem.__version__,
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "seed": seed,
    }
