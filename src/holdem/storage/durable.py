"""Replaces small files so that a reader, a crash or a power cut finds the old bytes or the new."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def temporary_name(path: Path) -> Path:
    """Names the file that ``path`` is written under before it is renamed.

    In the same directory, hidden, ending in ``.tmp`` and carrying the writer's process id.
    """
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def fsync_directory(directory: Path) -> None:
    """Makes the names in a directory durable: renames and removals are not until then."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path, within: Path | None = None) -> list[Path]:
    """Makes a directory and those missing above it, and makes their names durable.

    Args:
        within: A directory that has to be there: neither it nor one above it is made.

    Returns:
        Those that were missing, the highest first.

    Raises:
        OSError: The system refuses, something else has the name, or ``within`` is not there.
    """
    if directory.is_dir():
        return []
    if directory == within:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory))
    made = [] if directory.parent.exists() else make_directory(directory.parent, within)
    directory.mkdir(exist_ok=True)
    fsync_directory(directory.parent)
    return [*made, directory]


def replace_file(path: Path, content: bytes) -> None:
    """Writes ``content`` to ``path`` durably and atomically.

    Raises:
        OSError: Nothing at ``path`` has changed and no temporary is left.
    """
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)
