"""The user's cache of what takes long to compute: features of hands, centres, bucket ids.

An entry is a data file named by the hash of everything that went into it, versions of algorithms
included. It is written atomically, holds a digest of its values, and is verified when it is used: a
damaged one is removed and what it held is made anew. Builds share the cache. Where it would grow
beyond its limit, the entries that were not used for longest go first. Nothing here is ever needed:
where there is no room, a build goes on without.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import psutil

from holdem import _core
from holdem.errors import ConfigError, DataFileError
from holdem.storage.datafile import Data, DataFile, encode_data, write_stream
from holdem.types import parse_memory
from holdem.units import format_bytes

FORMAT = "holdem-cache"
VERSION = 1
LIMIT_VARIABLE = "HOLDEM_CACHE_LIMIT"
DEFAULT_LIMIT_BYTES = 4 * 10**9

Values: TypeAlias = dict[str, Any]  # numbers, texts and arrays

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CacheEntry:
    """A file of the cache.

    Attributes:
        path: Where it is.
        size_bytes: Of the file.
        used_at: When it was written or used last, in seconds since the epoch.
    """

    path: Path
    size_bytes: int
    used_at: float


def cache_directory() -> Path:
    """Returns where this user's cache is, there or not.

    ``$XDG_CACHE_HOME/holdem/features``, else below ``~/.cache`` (macOS: ``~/Library/Caches``).
    """
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not named.is_absolute():  # the XDG base directory specification ignores such a path
        named = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return named / "holdem" / "features"


def cache_limit() -> int:
    """Returns how many bytes the cache may hold: what ``HOLDEM_CACHE_LIMIT`` says, or 4 GB.

    Raises:
        ConfigError: The variable is no amount of memory.
    """
    text = os.environ.get(LIMIT_VARIABLE)
    try:
        return DEFAULT_LIMIT_BYTES if text is None else parse_memory(text)
    except ValueError as error:
        raise ConfigError(f"{LIMIT_VARIABLE} = {text!r:.80}: {error}") from None


class FeatureCache:
    """Keeps values by what they were made from."""

    def __init__(self, directory: Path | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES):
        """Args:
        directory: Made when something is kept; ``None``: nothing is kept.
        limit_bytes: What all entries together may take.
        """
        self.directory = directory
        self.limit_bytes = limit_bytes
        self._refusal_said = False

    def entries(self) -> list[CacheEntry]:
        """Returns what is there, that not used for longest first."""
        found = []
        for path in self._files("*.pkl"):
            with suppress(OSError):  # another process removes it
                status = path.stat()
                found.append(CacheEntry(path, status.st_size, status.st_mtime))
        return sorted(found, key=lambda entry: (entry.used_at, entry.path))

    def load(self, inputs: Mapping[str, Any]) -> Values | None:
        """Returns what was kept for these inputs, verified; arrays are mapped and read-only."""
        path = self._path(inputs)
        if path is None or not path.exists():
            return None
        try:
            values = _read(path, inputs)
            os.utime(path)
            return values
        except (DataFileError, OSError) as error:
            logger.warning("Cache: %s; what it held is made anew", error)
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None

    def store(self, inputs: Mapping[str, Any], values: Mapping[str, Data]) -> None:
        """Keeps values, in the place of those kept for the same inputs before.

        A cache that cannot be written to, or has no room, says so once.
        """
        path = self._path(inputs)
        if path is None:
            return
        stream = encode_data(_content(inputs, values))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if self._make_room(stream.size_bytes, path):
                write_stream(path, stream)
        except OSError as error:
            self._say_once(f"{path.parent}: {error.strerror or error}")

    def clear(self) -> int:
        """Removes everything; returns how many bytes that were."""
        removed = 0
        for path in [*self._files("*.pkl"), *self._files(".*.tmp")]:
            with suppress(OSError):
                size = path.stat().st_size
                path.unlink()
                removed += size
        return removed

    def room_bytes(self) -> int:
        """Returns how much the file system of the cache can take, its own entries replaced."""
        if self.directory is None:
            return 0
        place = self.directory
        while not place.exists() and place != place.parent:
            place = place.parent
        try:
            free = shutil.disk_usage(place).free
        except OSError:
            return 0
        return free + sum(entry.size_bytes for entry in self.entries())

    def _make_room(self, size: int, path: Path) -> bool:
        """Removes old entries until one of a size fits; returns whether it does."""
        assert self.directory is not None
        self._remove_left_over()
        if size > self.limit_bytes:
            self._say_once(
                f"an entry of {format_bytes(size)} is more than the limit of "
                f"{format_bytes(self.limit_bytes)}"
            )
            return False
        others = [entry for entry in self.entries() if entry.path != path]
        total = sum(entry.size_bytes for entry in others)
        for entry in others:
            has_room = shutil.disk_usage(self.directory).free >= size
            if total + size <= self.limit_bytes and has_room:
                break
            entry.path.unlink(missing_ok=True)
            total -= entry.size_bytes
        free = shutil.disk_usage(self.directory).free
        if free < size:
            self._say_once(f"an entry takes {format_bytes(size)}, {format_bytes(free)} are free")
            return False
        return True

    def _remove_left_over(self) -> None:
        """Removes what processes that are no more have left half-written."""
        for path in self._files(".*.tmp"):
            writer = path.name.split(".")[-2]
            if writer.isdecimal() and not psutil.pid_exists(int(writer)):
                with suppress(OSError):
                    path.unlink()

    def _say_once(self, reason: str) -> None:
        if not self._refusal_said:
            logger.warning("Cache: %s; going on without what does not fit", reason)
        self._refusal_said = True

    def _files(self, pattern: str) -> Iterator[Path]:
        if self.directory is not None and self.directory.is_dir():
            yield from self.directory.glob(pattern)

    def _path(self, inputs: Mapping[str, Any]) -> Path | None:
        if self.directory is None:
            return None
        digest = _core.Xxh64()
        digest.update(_text(inputs).encode())
        return self.directory / f"{inputs['what']}-{digest.digest():016x}.pkl"


def _text(inputs: Mapping[str, Any]) -> str:
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"))


def _content(inputs: Mapping[str, Any], values: Mapping[str, Data]) -> dict[str, Data]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "inputs": _text(inputs),
        "digest": _digest(inputs, values),
        "values": dict(values),
    }


def _read(path: Path, inputs: Mapping[str, Any]) -> Values:
    file = DataFile.open(path)
    content: Mapping[str, Any] = file.content
    values = content.get("values")
    if content.get("format") != FORMAT or not isinstance(values, dict):
        raise DataFileError(path, "an entry of the cache", "something else")
    found = {
        name: file.array(f"values/{name}") if f"values/{name}" in file.arrays else value
        for name, value in values.items()
    }
    sound = content.get("version") == VERSION and content.get("inputs") == _text(inputs)
    if not sound or content.get("digest") != _digest(inputs, found):
        raise DataFileError(path, "what was written", "damaged bytes")
    return found


def _digest(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    digest = _core.Xxh64()
    digest.update(_text(inputs).encode())
    for name, value in sorted(values.items()):
        if isinstance(value, np.ndarray):
            digest.update(f"{name} {value.dtype.str} {value.shape}".encode())
            digest.update(value.reshape(-1))
        else:
            digest.update(f"{name} {value!r}".encode())
    return f"{digest.digest():016x}"
