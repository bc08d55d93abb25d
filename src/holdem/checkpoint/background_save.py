"""Saves that another process writes while training goes on."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from holdem import _core
from holdem.checkpoint.files import Checkpoint
from holdem.memory import available_memory_bytes
from holdem.storage.datafile import BackgroundWriter
from holdem.units import format_bytes

Streams: TypeAlias = list[tuple[Path, _core.DataStream]]


class PendingSave:
    """A save that ``CheckpointStore.begin_save`` has begun and ``wait`` commits.

    Attributes:
        checkpoint: Exists once ``wait`` has returned.
        copied_bytes: Memory that the save has taken beside its own buffers; known after ``wait``.
            None where it was done in place, before it came back.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        writer: BackgroundWriter | None = None,
        commit: Callable[[], None] = lambda: None,
    ) -> None:
        self.checkpoint = checkpoint
        self.copied_bytes: int | None = None
        self._writer = writer
        self._commit = commit

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to write, so that ``wait`` does not wait."""
        return self._writer is None or self._writer.is_done

    def wait(self) -> Checkpoint:
        """Waits for the files, commits them and lets old checkpoints go. Call it once.

        Raises:
            CheckpointError: As ``CheckpointStore.save``.
        """
        self._commit()
        if self._writer is not None:
            self.copied_bytes = self._writer.copied_bytes
        return self.checkpoint


def fork_writer(streams: Streams) -> BackgroundWriter:
    """Starts writing a snapshot, if memory can hold all that is saved once more.

    Raises:
        OSError: It cannot (ENOMEM), or the system makes no such process. Nothing was written.
    """
    needed, available = total_bytes(streams), available_memory_bytes()
    if available < needed:
        raise OSError(
            errno.ENOMEM,
            f"a snapshot may take {format_bytes(needed)} of memory for a while and"
            f" {format_bytes(available)} can be had",
        )
    return BackgroundWriter(streams)


def total_bytes(streams: Streams) -> int:
    """Returns the size of all files together."""
    return sum(stream.size_bytes for _, stream in streams)
