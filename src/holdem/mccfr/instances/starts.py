"""Finds the checkpoint that each instance of a run goes on from, and verifies it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.history import history_of, total_iterations
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.errors import CheckpointError, DamagedCheckpointError
from holdem.mccfr.instance import SharedStart, window_of
from holdem.mccfr.resume import refuse_another_run, stopped_before_its_first_checkpoint

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Start:
    """What one instance goes on from.

    Attributes:
        checkpoint: Sound; ``None``: the instance starts fresh.
        why: In words.
    """

    checkpoint: Checkpoint | None
    why: str

    @property
    def iteration(self) -> int:
        return 0 if self.checkpoint is None else self.checkpoint.iteration

    def elsewhere(self, directory: RunDirectory) -> Path | None:
        """Returns the checkpoint's path if it is not one of ``directory``'s own."""
        checkpoint = self.checkpoint
        if checkpoint is None or checkpoint.directory.resolve() == directory.checkpoints.resolve():
            return None
        return checkpoint.policy_path


@dataclass
class Starts:
    """The checkpoints that the instances of a run may go on from.

    Args:
        directory: Of the run; its own progress wins over ``resume_from``.
        resume_from: A run of several instances, a run without, or one checkpoint.

    Raises:
        CheckpointError: ``resume_from`` holds no run, and ``directory`` has no progress.
    """

    directory: RunDirectory
    resume_from: Path | None
    shared: Checkpoint | None = field(default=None, init=False)
    _source: RunDirectory | None = field(default=None, init=False)
    _lost: CheckpointError | None = field(default=None, init=False)  # ``resume_from`` is gone

    def __post_init__(self) -> None:
        path = self.resume_from
        if path is None or path.resolve() == self.directory.path.resolve():
            return
        if RunDirectory(path).instances():
            self._source = RunDirectory(path)
        elif stopped_before_its_first_checkpoint(path):
            logger.warning("%s holds no checkpoint; all instances start fresh", path)
        else:
            self._find_shared(path)

    @property
    def shared_start(self) -> SharedStart | None:
        """What all instances go on from together, if it is one checkpoint."""
        if self.shared is None:
            return None
        history = history_of(self.shared.metadata_with("history"))
        return SharedStart(self.shared.iteration, total_iterations(history))

    def left_out(self, count: int) -> list[int]:
        """Returns the instances of the source that a run of ``count`` does not take up."""
        instances = (self._source or self.directory).instance_directories()
        return [number for number in instances if number >= count]

    def newest(self, number: int) -> Start:
        """Returns the newest sound checkpoint of an instance.

        Raises:
            CheckpointError: There are checkpoints and none is sound.
            RunDirectoryError: The instance's own progress is behind the source's.
        """
        own = _newest(self._own_store(number))
        if own is not None:
            if self._source is not None:
                refuse_another_run(own, self._source.instance(number).path)
            elif self.shared is not None and self.resume_from is not None:
                refuse_another_run(own, self.resume_from)
            return Start(own, _why(own, self._own_store(number)))
        if self._lost is not None:
            raise self._lost
        source = self._newest_of_source(number)
        if source is None:
            return Start(None, self._why_fresh(number))
        if source is self.shared:
            return Start(source, "shared start")
        return Start(source, _why(source, CheckpointStore(source.directory)))

    def all_of(self, number: int) -> list[Checkpoint]:
        """Returns every checkpoint that an instance may go on from, oldest first, unverified."""
        stores = [self._own_store(number)]
        if self._source is not None:
            stores.append(self._store(self._source, number))
        found = [checkpoint for store in stores for checkpoint in store.present()]
        if not found and self._lost is not None:
            raise self._lost
        if self.shared is not None:
            found.append(self.shared)
        return sorted(found, key=lambda checkpoint: checkpoint.iteration)

    def _find_shared(self, path: Path) -> None:
        try:
            self.shared = find_checkpoint(path)
        except CheckpointError as error:
            # A requeued command needs it no more.
            if not any(self._own_store(number).present() for number in self.directory.instances()):
                raise
            logger.warning("%s has progress of its own, which wins: %s", self.directory.path, error)
            self._lost = error

    def _own_store(self, number: int) -> CheckpointStore:
        return self._store(self.directory, number)

    @staticmethod
    def _store(directory: RunDirectory, number: int) -> CheckpointStore:
        return CheckpointStore(directory.instance(number).checkpoints)

    def _newest_of_source(self, number: int) -> Checkpoint | None:
        if self._source is None:
            return self.shared
        return _newest(self._store(self._source, number))

    def _why_fresh(self, number: int) -> str:
        if self.resume_from is None and not self.directory.occupied:
            return "fresh"
        where = (self._source or self.directory).instance(number).checkpoints
        logger.warning("No checkpoint found for instance %d in %s: it starts fresh", number, where)
        return "fresh: no checkpoint"


def find_starts(starts: Starts, count: int, sync_interval: int | None) -> list[Start]:
    """Returns what each of ``count`` instances goes on from.

    Raises:
        HoldemError: An instance has checkpoints and none is sound, or is behind its source.
    """
    if sync_interval is not None:
        found = consistent_starts(starts, count, sync_interval)
        if found is not None:
            return found
        logger.warning(
            "The instances have no synchronisation in common to go on from: those that are behind "
            "catch up alone, and the result is not that of a run that was never cut"
        )
    return [starts.newest(number) for number in range(count)]


def first_round(starts: Sequence[Start], interval: int) -> int:
    """Returns the first synchronisation that all can take part in."""
    return 1 + max(window_of(start.iteration, interval) for start in starts)


def consistent_starts(starts: Starts, count: int, interval: int) -> list[Start] | None:
    """Returns the newest checkpoints from which synchronised instances can go on exactly.

    An iteration i lies in the window of the last synchronisation before it: those of one window
    have taken part in the same ones. An instance that has saved in no more than one window may also
    start fresh, as the others may have been cut before their first save.

    Args:
        interval: Iterations between synchronisations.

    Returns:
        ``None`` where the instances have no window in common.

    Raises:
        CheckpointError: All checkpoints of an instance are damaged.
    """
    windows = [_Windows.of(starts.all_of(number), interval) for number in range(count)]
    while True:
        common = set.intersection(*(set(each.newest) for each in windows))
        if not common:
            return None
        chosen = max(common)
        if all(each.is_sound(chosen) for each in windows):
            return [each.start(chosen) for each in windows]


@dataclass
class _Windows:
    """The checkpoints of one instance by window, the newest of each first."""

    newest: dict[int, list[Checkpoint | None]]
    damaged: list[Checkpoint] = field(default_factory=list)
    verified: set[Path] = field(default_factory=set)

    @classmethod
    def of(cls, checkpoints: Sequence[Checkpoint], interval: int) -> _Windows:
        newest: dict[int, list[Checkpoint | None]] = {}
        for checkpoint in reversed(checkpoints):
            newest.setdefault(window_of(checkpoint.iteration, interval), []).append(checkpoint)
        if len(newest) <= 1:
            newest.setdefault(0, []).append(None)
        return cls(newest)

    def is_sound(self, window: int) -> bool:
        """Verifies the newest checkpoint of a window; a damaged one is let go."""
        checkpoint = self.newest[window][0]
        if checkpoint is None or checkpoint.metadata_path in self.verified:
            return True
        try:
            checkpoint.verify()
        except DamagedCheckpointError as error:
            logger.warning("Checkpoint %d is damaged: %s", checkpoint.iteration, error)
            self.damaged.append(checkpoint)
            self.newest[window].pop(0)
            if not self.newest[window]:
                del self.newest[window]
            if not any(each for found in self.newest.values() for each in found):
                raise CheckpointError(
                    f"{checkpoint.directory}: none of the {len(self.damaged)} checkpoints is sound"
                ) from None
            return False
        self.verified.add(checkpoint.metadata_path)
        return True

    def start(self, window: int) -> Start:
        checkpoint = self.newest[window][0]
        if checkpoint is None:
            return Start(None, "fresh")
        newer = [each for each in self.newest if each > window]
        if self.damaged:
            return Start(checkpoint, f"newest sound one; {_names(self.damaged)} damaged")
        return Start(checkpoint, "as far as all instances have saved" if newer else "newest")


def _newest(store: CheckpointStore) -> Checkpoint | None:
    return store.newest_valid(set_aside=False)


def _why(chosen: Checkpoint, store: CheckpointStore) -> str:
    damaged = [each for each in store.present() if each.iteration > chosen.iteration]
    return f"newest sound one; {_names(damaged)} damaged" if damaged else "newest"


def _names(damaged: Sequence[Checkpoint]) -> str:
    iterations = sorted(checkpoint.iteration for checkpoint in damaged)
    return ", ".join(f"{iteration:,}" for iteration in iterations)
