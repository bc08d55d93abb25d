"""Builds a bucket file.

What can be refused is refused before the work, and a failure leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from holdem.abstraction.bucket_config import BucketConfig
from holdem.abstraction.bucket_file import Buckets, load_buckets, write_buckets
from holdem.abstraction.builder import build_buckets, check_num_workers, estimate, table_bytes
from holdem.abstraction.feature_cache import FeatureCache
from holdem.abstraction.stages import Progress, no_progress
from holdem.errors import BucketFileError, ConfigError
from holdem.memory import available_memory_bytes
from holdem.storage.durable import temporary_name
from holdem.units import format_bytes, format_duration

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BucketFile:
    """A bucket file that is in place.

    Attributes:
        path: Where.
        buckets: Its content.
        was_there: It was there before, with the same content; nothing was written.
    """

    path: Path
    buckets: Buckets
    was_there: bool


def build_bucket_file(
    config: BucketConfig,
    path: Path,
    num_workers: int | None = None,
    force: bool = False,
    on_progress: Progress = no_progress,
    cache: FeatureCache | None = None,
    memory_limit: int | None = None,
) -> BucketFile:
    """Builds buckets into a file, unless the file is there already.

    Args:
        config: What to build.
        path: The file; missing directories are made.
        num_workers: Threads, by default one for each CPU.
        force: Replace a file with other content.
        on_progress: As for ``build_buckets``.
        cache: As for ``build_buckets``. Where its disk has no room, the build goes on without,
            which is said.
        memory_limit: Bytes that may be used; by default what is free.

    Raises:
        ConfigError: A value out of range, too little memory or room for the file, or a path that
            cannot be written to. Found before the work.
        BucketFileError: There is a file with other content, and no ``force``. Likewise.
        OSError: Writing failed after all. Neither a file nor a directory is left behind.
    """
    num_workers = check_num_workers(num_workers)
    if path.is_dir():
        raise ConfigError(f"out = {path}: is a directory, must be a file name")
    if os.path.lexists(path):
        found = _read_existing(path, force)
        if found is not None and found.config == config.as_dict():
            return BucketFile(path, found, was_there=True)
        if not force:
            raise BucketFileError(
                f"{path}: exists with another configuration; name another file, or replace it with"
                " --force"
            )
    _check_room(path, table_bytes(config))
    needed = estimate(config)
    _check_memory(needed.memory_bytes, memory_limit)
    if cache is not None and not _has_room(cache, needed.cache_bytes):
        cache = None
    if not config.is_percentiles:
        logger.info(
            "About %s of CPU time and %s of memory",
            format_duration(needed.cpu_seconds),
            format_bytes(needed.memory_bytes),
        )
    buckets = build_buckets(config, num_workers, on_progress, cache)
    with _directories(path.parent):
        write_buckets(path, buckets)
    return BucketFile(path, buckets, was_there=False)


def _check_memory(needed: int, limit: int | None) -> None:
    """Raises ConfigError unless a build has the memory that it needs."""
    available = available_memory_bytes() if limit is None else limit
    if needed > available:
        where = "are free" if limit is None else "are allowed (memory_limit)"
        raise ConfigError(
            f"these buckets need {format_bytes(needed)} of memory, {format_bytes(available)} "
            f"{where}: take methods that need less (percentile-ehs the least) or a smaller deck"
        )


def _has_room(cache: FeatureCache, needed: int) -> bool:
    """Returns whether a cache has room for a build; says so if it has none."""
    room = cache.room_bytes()
    if needed <= room:
        return True
    logger.warning(
        "Cache: %s needed, %s are free on the disk of %s: going on without it, so that an "
        "interrupted build begins anew",
        format_bytes(needed),
        format_bytes(room),
        cache.directory,
    )
    return False


def _check_room(path: Path, size_bytes: int) -> None:
    """Raises ConfigError unless ``size_bytes`` can be written to ``path``; leaves no trace."""
    try:
        directory = _existing_ancestor(path.parent)
        probe = directory / temporary_name(path).name
        probe.touch(exist_ok=False)
        probe.unlink()
        free_bytes = shutil.disk_usage(directory).free
    except OSError as error:
        raise ConfigError(f"out = {path}: cannot be written: {error.strerror}") from None
    if free_bytes < size_bytes:
        raise ConfigError(
            f"out = {path}: {size_bytes:,} bytes needed, {free_bytes:,} are free on this disk"
        )


def _read_existing(path: Path, force: bool) -> Buckets | None:
    """Returns the buckets at ``path``; None where something else may be replaced."""
    try:
        return load_buckets(path)
    except BucketFileError as error:
        if force:
            return None
        raise BucketFileError(f"{error}; name another file, or replace it with --force") from None


def _existing_ancestor(directory: Path) -> Path:
    while not os.path.lexists(directory) and directory != directory.parent:
        directory = directory.parent
    return directory


@contextlib.contextmanager
def _directories(directory: Path) -> Iterator[None]:
    """Makes a directory and its missing parents; removes them again if the block fails."""
    missing = []
    while not directory.exists():
        missing.append(directory)
        directory = directory.parent
    try:
        for directory in reversed(missing):
            directory.mkdir(exist_ok=True)
        yield
    except BaseException:
        for directory in missing:
            with contextlib.suppress(OSError):
                directory.rmdir()
        raise
