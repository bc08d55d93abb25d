"""Whether a disk has room for what is going to be saved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from holdem.errors import CheckpointError
from holdem.storage.datafile import Data, encode_data

# Metadata, directory blocks and the file system's own records.
ALLOWANCE_BYTES = 4 << 20


def free_bytes(path: Path) -> int:
    """Returns what this user may still write at a path, which need not exist yet.

    Raises:
        OSError: The system does not say.
    """
    place = next(each for each in (path, *path.absolute().parents) if each.is_dir())
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def checkpoint_bytes(policy: Mapping[str, Data], regrets: Mapping[str, Data]) -> int:
    """Returns what the files of a checkpoint take together; copies and writes nothing."""
    return sum(encode_data(content).size_bytes for content in (policy, regrets)) + ALLOWANCE_BYTES


def check_space(path: Path, needed_bytes: int, count: int = 1) -> None:
    """Refuses a disk that has no room for checkpoints.

    Args:
        path: Where they are going to be.
        needed_bytes: For each of them.
        count: How many instances save one.

    Raises:
        CheckpointError: Says what is needed and what is free.
    """
    try:
        free = free_bytes(path)
    except OSError as error:
        raise CheckpointError(f"{path}: {error}") from error
    if free < count * needed_bytes:
        what = "a checkpoint needs" if count == 1 else f"a checkpoint of {count} instances needs"
        raise CheckpointError(
            f"{path}: {what} {count * needed_bytes:,} bytes and {free:,} are free; nothing was "
            "written"
        )
