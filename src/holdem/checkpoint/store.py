"""The checkpoints of one run: saving, finding the newest sound one, and letting old ones go.

One process writes a directory at a time (``holdem.checkpoint.run_lock``); any number may read it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from holdem.checkpoint.background_save import PendingSave, Streams, fork_writer, total_bytes
from holdem.checkpoint.files import (
    OWN_FIELDS,
    Checkpoint,
    Json,
    compose_metadata,
    iteration_of,
)
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.space import ALLOWANCE_BYTES, check_space
from holdem.errors import CheckpointError, ConfigError, DamagedCheckpointError
from holdem.storage.datafile import Data, FileDigest, encode_data, write_stream
from holdem.storage.durable import fsync_directory, make_directory, temporary_name

_TRIES = 20

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class CheckpointStore:
    """The ``checkpoints`` directory of a run."""

    def __init__(
        self, directory: Path, keep_checkpoints: int | None = None, keep_every: int | None = None
    ) -> None:
        """Names the directory; nothing is read or written yet.

        Args:
            directory: Need not exist before the first save; the one that it is in has to.
            keep_checkpoints: How many of the newest stay; None keeps all.
            keep_every: Checkpoints whose iteration is a multiple of it stay as well.

        Raises:
            ConfigError: A number below 1, or ``keep_every`` where everything is kept anyway.
        """
        for name, value in (("keep_checkpoints", keep_checkpoints), ("keep_every", keep_every)):
            if value is not None and value < 1:
                raise ConfigError(f"{name} is {value}; it must be at least 1")
        if keep_every is not None and keep_checkpoints is None:
            raise ConfigError("keep_every does nothing without keep_checkpoints: all are kept")
        self.directory = directory
        self._run = directory.parent  # never made here: it may have been taken away on purpose
        self._keep_checkpoints = keep_checkpoints
        self._keep_every = keep_every
        self._verified: set[int] = set()  # read back and found sound by this process
        self._protected: set[int] = set()
        self._kept_until: int | None = None

    def list(self) -> list[Checkpoint]:
        """Returns the committed checkpoints, sound or not, by iteration as a number.

        Raises:
            CheckpointError: The directory cannot be read.
        """
        try:
            return [one for one in self._found() if _is_there(one.metadata_path)]
        except OSError as error:
            raise CheckpointError(f"{self.directory}: cannot be read: {error}") from error

    def present(self) -> Sequence[Checkpoint]:
        """Returns the committed checkpoints, and policies that have no metadata, by iteration.

        A crash leaves at most one such policy. Where that is all there is, the first save was cut
        and there is no checkpoint yet; where there are more, somebody has taken the metadata away.

        Raises:
            CheckpointError: The directory cannot be read.
        """
        committed = self.list()
        try:
            cut = [one for one in self._found() if _has_lost_its_metadata(one)]
        except OSError as error:
            raise CheckpointError(f"{self.directory}: cannot be read: {error}") from error
        if not committed and len(cut) == 1:
            return []
        return sorted([*committed, *cut], key=lambda checkpoint: checkpoint.iteration)

    def newest_valid(self, set_aside: bool = True) -> Checkpoint | None:
        """Returns the newest checkpoint of which every byte is right; see ``load_newest``."""
        return self.load_newest(_verified, set_aside)

    def load_newest(
        self,
        load: Callable[[Checkpoint], _T],
        set_aside: bool = True,
        not_after: int | None = None,
        tries: int = _TRIES,
    ) -> _T | None:
        """Returns what ``load`` makes of the newest checkpoint that it finds sound.

        ``load`` reads and verifies (``Checkpoint.load`` does both in one pass). A checkpoint for
        which it raises ``DamagedCheckpointError``, as one without metadata does, is passed over for
        the one before, logged, and, once an older one has proved sound, moved to ``damaged/``.

        Args:
            load: Its other errors end the search: an incompatible checkpoint is no damaged one.
            set_aside: Whether damaged ones are moved, which only the directory's writer may do.
            not_after: Checkpoints after this iteration are passed over.
            tries: How often a reader looks again because a run that lives has let go what it read.

        Returns:
            None where there is no checkpoint at all.

        Raises:
            CheckpointError: There are checkpoints and none is sound. All stay where they are, so
                that the next attempt is refused as well.
        """
        damaged: list[tuple[Checkpoint, DamagedCheckpointError]] = []
        committed = self.list()
        for checkpoint in reversed(self.present()):
            if not_after is not None and checkpoint.iteration > not_after:
                continue
            try:
                result = load(checkpoint)
            except DamagedCheckpointError as error:
                if not set_aside and tries and _was_removed(checkpoint, committed):
                    return self.load_newest(load, set_aside, not_after, tries - 1)
                _log.warning("%s", _verdict(checkpoint, error))
                damaged.append((checkpoint, error))
                continue
            self._verified.add(checkpoint.iteration)
            if set_aside:
                for broken, _ in damaged:
                    self._set_aside(broken)
            return result
        if damaged:
            reasons = "; ".join(str(error) for _, error in damaged)
            raise CheckpointError(
                f"{self.directory}: none of the {len(damaged)} checkpoints is sound: {reasons}"
            )
        return None

    def open_for_writing(self) -> None:
        """Makes the directory, tries it, and clears away what interrupted saves have left.

        Temporaries, and regrets without the two files that are written after them, are removed. A
        policy without metadata may be more than that and is moved to ``damaged/``. The caller holds
        the lock of the run, so their writers are gone.

        Raises:
            CheckpointError: The directory cannot be made or changed.
        """
        try:
            make_directory(self.directory, self._run)
            trial = temporary_name(self.directory / "trial")
            trial.touch()
            trial.unlink()
            for path in sorted(self.directory.glob(".checkpoint_iter*.tmp")):
                _log.info("Removing what an interrupted save left: %s", path)
                path.unlink()
            for checkpoint in self._found():
                if _is_there(checkpoint.metadata_path):
                    continue
                if _has_lost_its_metadata(checkpoint) or not checkpoint.regrets_path.is_file():
                    _log.warning("Checkpoint %d has no metadata", checkpoint.iteration)
                    self._set_aside(checkpoint)
                else:
                    _log.info("Removing an unfinished checkpoint: %s", checkpoint.regrets_path)
                    checkpoint.regrets_path.unlink()
        except OSError as error:
            raise CheckpointError(f"{self.directory}: cannot be written to: {error}") from error

    def save(
        self,
        iteration: int,
        policy: Mapping[str, Data],
        regrets: Mapping[str, Data],
        metadata: Mapping[str, Json],
    ) -> Checkpoint:
        """Saves a checkpoint durably, then lets old ones go.

        A sound checkpoint of this iteration is left as it is; a damaged one is moved aside first.

        Args:
            iteration: Completed iterations, at least 0.
            policy: Content of the average strategy's file.
            regrets: Content of the regrets' file.
            metadata: Further fields of the metadata, JSON.

        Raises:
            TypeError, ValueError: A content cannot be stored; nothing was written.
            CheckpointError: There is too little space, or the file system refused. Earlier
                checkpoints are as they were and nothing of this one is left.
        """
        checkpoint, streams = self._prepare(iteration, policy, regrets, metadata)
        if streams is not None:
            self._commit(
                checkpoint, metadata, lambda: [write_stream(path, one) for path, one in streams]
            )
        return checkpoint

    def begin_save(
        self,
        iteration: int,
        policy: Mapping[str, Data],
        regrets: Mapping[str, Data],
        metadata: Mapping[str, Json],
    ) -> PendingSave:
        """Begins a save that another process writes; what is saved may change once this returns.

        That process has a snapshot: the kernel copies what this one changes meanwhile, at worst
        everything that is saved. Where memory cannot hold that, or the system makes no such
        process, the checkpoint is saved in place and the log says why. One save at a time.

        Raises:
            TypeError, ValueError, CheckpointError: As ``save``. What the other process meets comes
                from ``PendingSave.wait``.
        """
        checkpoint, streams = self._prepare(iteration, policy, regrets, metadata)
        if streams is None:
            return PendingSave(checkpoint)
        try:
            writer = fork_writer(streams)
        except OSError as error:
            _log.warning("Training stands still while this is saved: %s", error.strerror)
            return PendingSave(self.save(iteration, policy, regrets, metadata))
        return PendingSave(
            checkpoint, writer, lambda: self._commit(checkpoint, metadata, writer.wait)
        )

    def update_metadata(self, iteration: int, fields: Mapping[str, Json]) -> None:
        """Replaces some fields of a checkpoint's metadata, durably and atomically.

        Raises:
            CheckpointError: There is no such checkpoint, or the file system refused.
        """
        checkpoint = self._checkpoint(iteration)
        kept = {
            name: value for name, value in checkpoint.metadata.items() if name not in OWN_FIELDS
        }
        try:
            checkpoint.commit(
                checkpoint.regrets_digest, checkpoint.policy_digest, {**kept, **fields}
            )
        except OSError as error:
            raise CheckpointError(f"{checkpoint.metadata_path}: {error}") from error

    def protect(self, checkpoint: Checkpoint) -> None:
        """Keeps a checkpoint, such as the one a run resumed from, until a newer one is verified."""
        self._protected.add(checkpoint.iteration)

    def keep_newest_until(self, iteration: int) -> None:
        """Keeps the newest checkpoint up to an iteration: other instances may have no newer one."""
        self._kept_until = iteration

    def sweep(self) -> None:
        """Removes what the retention rule does not keep.

        One of the newest ``keep_checkpoints`` must have been read back and found sound by this
        process first: what was just written is not trusted because writing it raised no error. So
        the newest is read once in that many saves.
        """
        if self._keep_checkpoints is None:
            return
        try:
            window, kept = self._retained()
            if self._verified.isdisjoint(window) and not kept.issuperset(self._iterations()):
                self.newest_valid()
                window, kept = self._retained()
            newest_verified = max(self._verified, default=-1)
            for iteration in self._iterations():
                if iteration < newest_verified and iteration not in kept:
                    self._remove(self._checkpoint(iteration))
        except (CheckpointError, OSError) as error:
            _log.warning("Old checkpoints were not removed: %s", error)

    def _retained(self) -> tuple[set[int], set[int]]:
        """Returns the newest iterations, and all that the rule keeps."""
        committed = [checkpoint.iteration for checkpoint in self.list()]
        self._verified.intersection_update(committed)
        newest_verified = max(self._verified, default=-1)
        self._protected = {one for one in self._protected if one >= newest_verified}
        window = set(committed[-(self._keep_checkpoints or 0) :])
        periodic = {one for one in committed if self._keep_every and one % self._keep_every == 0}
        shared = [one for one in committed if self._kept_until and one <= self._kept_until][-1:]
        return window, window | periodic | self._protected | set(shared)

    def _checkpoint(self, iteration: int) -> Checkpoint:
        return Checkpoint(self.directory, iteration)

    def _found(self) -> Sequence[Checkpoint]:
        """Those of which there is any file, by iteration."""
        return [*map(self._checkpoint, self._iterations())]

    def _iterations(self) -> Sequence[int]:
        """Iterations of which there is any file, ascending."""
        if not self.directory.is_dir():
            return []
        found = {iteration_of(path.name) for path in self.directory.iterdir()}
        return sorted(iteration for iteration in found if iteration is not None)

    def _is_saved(self, checkpoint: Checkpoint) -> bool:
        if not _is_there(checkpoint.metadata_path):
            return False
        try:
            checkpoint.verify()
        except DamagedCheckpointError as error:
            _log.warning(
                "Checkpoint %d is damaged and saved again: %s", checkpoint.iteration, error
            )
            self._set_aside(checkpoint)
            return False
        self._verified.add(checkpoint.iteration)
        return True

    def _prepare(
        self,
        iteration: int,
        policy: Mapping[str, Data],
        regrets: Mapping[str, Data],
        metadata: Mapping[str, Json],
    ) -> tuple[Checkpoint, Streams | None]:
        """Makes ready for writing; returns what to write where, None where it is saved already."""
        if iteration < 0:
            raise ValueError(f"iteration is {iteration}; it must be at least 0")
        compose_metadata(iteration, {}, metadata)  # refused before anything is written
        checkpoint = self._checkpoint(iteration)
        streams = [
            (checkpoint.regrets_path, encode_data(regrets)),
            (checkpoint.policy_path, encode_data(policy)),
        ]
        try:
            if self._is_saved(checkpoint):
                return checkpoint, None
            if not self.directory.is_dir():
                self.open_for_writing()
        except OSError as error:
            raise CheckpointError(f"{self.directory}: cannot be read: {error}") from error
        check_space(self.directory, total_bytes(streams) + ALLOWANCE_BYTES)
        return checkpoint, streams

    def _commit(
        self,
        checkpoint: Checkpoint,
        metadata: Mapping[str, Json],
        write: Callable[[], Sequence[FileDigest]],
    ) -> None:
        """Writes the data files, then the metadata; leaves nothing where that fails."""
        try:
            regrets, policy = write()
            checkpoint.commit(regrets, policy, metadata)
        except OSError as error:
            self._discard(checkpoint)
            raise CheckpointError(
                f"{self.directory}: checkpoint {checkpoint.iteration} could not be saved: {error}"
            ) from error
        self.sweep()

    def _discard(self, checkpoint: Checkpoint) -> None:
        """Removes the files of a save that failed; a disk that refuses even that keeps them."""
        try:
            for path in checkpoint.paths:
                temporary_name(path).unlink(missing_ok=True)  # of a writer that was killed
            self._remove(checkpoint)
        except OSError as error:
            _log.warning("Cannot remove a failed checkpoint %d: %s", checkpoint.iteration, error)

    def _remove(self, checkpoint: Checkpoint) -> None:
        """Removes a checkpoint so that no instant shows half of one: the commit mark goes first."""
        if _is_there(checkpoint.metadata_path):
            checkpoint.metadata_path.unlink()
            fsync_directory(self.directory)
        checkpoint.policy_path.unlink(missing_ok=True)
        checkpoint.regrets_path.unlink(missing_ok=True)

    def _set_aside(self, checkpoint: Checkpoint) -> None:
        """Moves a damaged checkpoint to a directory of its own below ``damaged/``."""
        self._verified.discard(checkpoint.iteration)
        try:
            target = self._damaged_directory(checkpoint.iteration)
            for path in reversed(checkpoint.paths):
                if _is_there(path):
                    path.rename(target / path.name)
                fsync_directory(self.directory)
            fsync_directory(target)
        except OSError as error:
            raise CheckpointError(
                f"{self.directory}: the damaged checkpoint {checkpoint.iteration}"
                f" cannot be moved aside: {error}"
            ) from error
        _log.warning("Moved the damaged checkpoint %d to %s", checkpoint.iteration, target)

    def _damaged_directory(self, iteration: int) -> Path:
        count = 0
        while True:
            suffix = f".{count}" if count else ""
            target = self.directory / "damaged" / f"checkpoint_iter{iteration}{suffix}"
            if not target.exists():
                make_directory(target, self._run)
                return target
            count += 1


def _was_removed(checkpoint: Checkpoint, committed: Collection[Checkpoint]) -> bool:
    """Returns whether its run has let a checkpoint go since it was listed."""
    return checkpoint in committed and not checkpoint.metadata_path.exists()


def find_checkpoint(path: Path) -> Checkpoint:
    """Finds and verifies the checkpoint that a path means; see ``load_checkpoint``."""
    return load_checkpoint(path, _verified)


def load_checkpoint(path: Path, load: Callable[[Checkpoint], _T]) -> _T:
    """Returns what ``load`` makes of the checkpoint that a path means; changes nothing.

    Args:
        path: A run directory (its newest sound checkpoint), a ``checkpoints`` directory (the same),
            or one of a checkpoint's three files (that one and no other).
        load: Reads and verifies, as for ``CheckpointStore.load_newest``.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    if path.is_dir():
        if instances := RunDirectory(path).instances():
            raise CheckpointError(
                f"{path}: it holds several instances ({len(instances)}): name one of them, as "
                f"{path / f'instance_{instances[0]}'}, or merge them: holdem merge {path} -o OUT"
            )
        newest = run_store(path).load_newest(load, set_aside=False)
        if newest is None:
            raise CheckpointError(f"{path}: there is no checkpoint in it")
        return newest
    iteration = iteration_of(path.name)
    if iteration is None or not path.is_file():
        raise CheckpointError(
            f"{path}: neither a run directory, nor a checkpoints directory,"
            " nor a file checkpoint_iterN.pkl, _regrets.pkl or _metadata.json"
        )
    return load(Checkpoint(path.parent, iteration))


def stores_of(path: Path) -> list[CheckpointStore]:
    """Returns the store of a run, or those of its instances."""
    run = RunDirectory(path)
    instances = [CheckpointStore(run.instance(number).checkpoints) for number in run.instances()]
    return instances or [run_store(path)]


def run_store(path: Path) -> CheckpointStore:
    """Returns the store of a run directory, or of the ``checkpoints`` directory itself."""
    inner = path / "checkpoints"
    return CheckpointStore(inner if inner.is_dir() else path)


def _is_there(path: Path) -> bool:
    """Whether there is anything of this name, if only a link to nowhere."""
    return path.is_symlink() or path.exists()


def _has_lost_its_metadata(checkpoint: Checkpoint) -> bool:
    return _is_there(checkpoint.policy_path) and not _is_there(checkpoint.metadata_path)


def _verdict(checkpoint: Checkpoint, error: DamagedCheckpointError) -> str:
    """Says why a checkpoint is passed over."""
    if _has_lost_its_metadata(checkpoint):
        return (
            f"Checkpoint {checkpoint.iteration} has no metadata: its save was cut, or is not over"
        )
    return f"Checkpoint {checkpoint.iteration} is damaged: {error}"


def _verified(checkpoint: Checkpoint) -> Checkpoint:
    checkpoint.verify()
    return checkpoint
