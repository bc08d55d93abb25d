"""Finds the bucket file that a run was trained with by its hash, wherever both have been moved."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from holdem.abstraction.bucket_file import FORMAT
from holdem.errors import BucketFileError, DataFileError
from holdem.storage.datafile import DataFile

# The directory of a run, the one it lies in, and one more for an instance of a run of several.
_LEVELS = 3

logger = logging.getLogger(__name__)


def find_buckets(bucket_hash: str, runs: Iterable[Path], named: Iterable[Path | None]) -> Path:
    """Returns the first bucket file of a hash; its tables are not read.

    Looks beside the runs, then in ``data/`` below every directory above them, then where the runs
    once found it.

    Args:
        runs: Run directories.
        named: The paths in their configurations; one that does not exist is passed over.

    Raises:
        BucketFileError: There is none; says how to name it.
    """
    runs, before = list(runs), [path for path in named if path is not None]
    for path in dict.fromkeys([*_beside(runs), *before]):
        if _hash_in(path) == bucket_hash:
            logger.info("Buckets: %s", path)
            return path
    gone = "".join(f", nor at {path}" for path in before)
    raise BucketFileError(
        f"{runs[0]}: the bucket file it was trained with (hash {bucket_hash}) is neither beside it "
        f"nor in a directory data/ above it{gone}: name it with --buckets"
    )


def _beside(runs: Iterable[Path]) -> Iterator[Path]:
    for run in map(Path.resolve, runs):
        above = (run, *run.parents)
        for directory in (*above[:_LEVELS], *(each / "data" for each in above)):
            with suppress(OSError):
                yield from sorted(directory.glob("*.pkl"))


def _hash_in(path: Path) -> str | None:
    """Returns the hash that a bucket file says it has; ``None`` for any other file."""
    try:
        content = DataFile.open(path).content
    except (DataFileError, OSError):
        return None
    found = content.get("bucket_hash") if content.get("format") == FORMAT else None
    return found if isinstance(found, str) else None
