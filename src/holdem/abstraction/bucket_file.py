"""Bucket files: a bucket id for every hand of every street, mapped in place.

A bucket file is a data file (``holdem.storage.datafile``) with the content::

    format            "holdem-buckets"
    version           1
    library_version   of the package that wrote it; no part of the hash
    bucket_hash       XXH64 of configuration and tables, 16 hexadecimal digits
    config            how the buckets were made: "method" and whatever that method needs
    streets           four times, preflop to river: name, num_hands, num_buckets, ids

``ids`` is indexed by the street's hand index (hole cards, then the board as a set) and has 1, 2 or
4 bytes an id. Any card abstraction can be stored: only ``config`` differs. It names the ``ranks``
of the deck where that is not the full one.

Lossless buckets are no file: a bucket is the index of a hand among the sequences of streets.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from holdem import __version__, _core
from holdem.errors import BucketFileError, DataFileError
from holdem.storage.datafile import Data, DataFile, FileDigest, write_data_file
from holdem.types import LOSSLESS, BucketSource

FORMAT = "holdem-buckets"
VERSION = 1
STREETS = ("preflop", "flop", "turn", "river")
BOARD_CARDS = (0, 3, 4, 5)  # of each street
ALL_RANKS = 13


def num_hands(street: int, num_ranks: int = ALL_RANKS) -> int:
    """Returns how many hands a street has, the board as a set."""
    return _core.street_indexer(street, num_ranks).size


# In the full deck.
NUM_HANDS = tuple(num_hands(street) for street in range(len(STREETS)))

BucketIds: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

_ID_DTYPES = ("|u1", "<u2", "<u4")


@dataclass(frozen=True)
class StreetBuckets:
    """The buckets of one street.

    Attributes:
        ids: Bucket of each hand, [num_hands] by hand index; not changed any more.
        num_buckets: All ids are below it.
    """

    ids: BucketIds
    num_buckets: int


@dataclass(frozen=True)
class Buckets:
    """The buckets of all streets, in memory or mapped from a file.

    Attributes:
        config: How they were made.
        streets: Preflop, flop, turn, river; none where they are lossless.
        bucket_hash: Identity of configuration and tables, 16 hexadecimal digits, or ``lossless``.
        map: The same tables for the core; keeps them alive.
    """

    config: Mapping[str, Any]
    streets: tuple[StreetBuckets, ...]
    bucket_hash: str
    map: _core.BucketMap

    @classmethod
    def make(cls, config: Mapping[str, Any], streets: Sequence[StreetBuckets]) -> Buckets:
        """Joins new tables and hashes them."""
        return cls(config, tuple(streets), hash_buckets(config, streets), _map_of(config, streets))

    @property
    def num_buckets(self) -> tuple[int, ...]:
        """Buckets of each street."""
        return tuple(self.map.num_buckets(street) for street in range(len(STREETS)))


@functools.cache
def lossless_buckets(num_ranks: int) -> Buckets:
    """Returns the buckets of a deck in which every hand has its own; always the same object."""
    return Buckets({"method": LOSSLESS}, (), LOSSLESS, _core.BucketMap.lossless(num_ranks))


def open_buckets(source: BucketSource, num_ranks: int, verify: bool = True) -> Buckets:
    """Returns the buckets that a run names: lossless ones of its deck, or those of a file.

    Args:
        verify: As for ``load_buckets``.

    Raises:
        BucketFileError: As ``load_buckets``.
    """
    if isinstance(source, Path):
        return load_buckets(source, verify)
    return lossless_buckets(num_ranks)


def id_dtype(num_buckets: int) -> np.dtype[Any]:
    """Returns the smallest dtype of ids below ``num_buckets``."""
    bits = (num_buckets - 1).bit_length()
    return np.dtype(_ID_DTYPES[0 if bits <= 8 else 1 if bits <= 16 else 2])


def hash_buckets(config: Mapping[str, Any], streets: Sequence[StreetBuckets]) -> str:
    """Hashes what makes two sets of buckets the same: configuration and tables.

    Neither the machine nor the time nor the library version takes part.
    """
    tables = [[street.ids.size, street.num_buckets, street.ids.dtype.str] for street in streets]
    digest = _core.Xxh64()
    header = {"config": config, "tables": tables}
    digest.update(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
    for street in streets:
        digest.update(street.ids)
    return f"{digest.digest():016x}"


def write_buckets(path: Path, buckets: Buckets) -> FileDigest:
    """Writes a bucket file durably and atomically, replacing what is at ``path``.

    The bytes depend on ``buckets`` and the library version only.

    Raises:
        OSError: The file system refused; nothing is left behind.
    """
    streets: list[Data] = [
        {
            "name": name,
            "num_hands": street.ids.size,
            "num_buckets": street.num_buckets,
            "ids": street.ids,
        }
        for name, street in zip(STREETS, buckets.streets, strict=True)
    ]
    content: dict[str, Data] = {
        "format": FORMAT,
        "version": VERSION,
        "library_version": __version__,
        "bucket_hash": buckets.bucket_hash,
        "config": dict(buckets.config),
        "streets": streets,
    }
    return write_data_file(path, content)


def load_buckets(path: Path, verify: bool = True) -> Buckets:
    """Maps a bucket file. Processes that map the same file share its memory.

    Args:
        path: The file.
        verify: Read all tables and compare hash and ids. Without it the tables are trusted: for
            who needs no more than their sizes and the hash that the file names.

    Raises:
        BucketFileError: It is missing, damaged, of a newer format, or no bucket file.
    """
    try:
        return _Reader(path).load(verify)
    except DataFileError as error:
        raise BucketFileError(f"{error} (not a sound bucket file)") from None
    except OSError as error:
        raise BucketFileError(f"{path}: cannot be read: {error.strerror or error}") from None


def _map_of(config: Mapping[str, Any], streets: Sequence[StreetBuckets]) -> _core.BucketMap:
    return _core.BucketMap(
        tuple(street.ids for street in streets),
        [street.num_buckets for street in streets],
        config.get("ranks", ALL_RANKS),
    )


class _Reader:
    """Checks the content of one data file field by field."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = DataFile.open(path)

    def load(self, verify: bool) -> Buckets:
        content: Mapping[str, Any] = self._file.content
        self._check_format(content)
        config = content.get("config")
        if not isinstance(config, dict) or not _is_plain(config):
            self._refuse("config is not a mapping of plain values")
        for name in ("bucket_hash", "library_version"):
            if not isinstance(content.get(name), str):
                self._refuse(f"{name} is missing")
        bucket_hash: str = content["bucket_hash"]
        entries = content.get("streets")
        if not isinstance(entries, list) or len(entries) != len(STREETS):
            self._refuse(f"streets is not a list of {len(STREETS)}")
        num_ranks = config.get("ranks", ALL_RANKS)
        if type(num_ranks) is not int or not 2 <= num_ranks <= ALL_RANKS:
            self._refuse(f"config: {num_ranks!r:.60} ranks, must be 2 to {ALL_RANKS}")
        streets = tuple(
            self._street(street, entry, num_hands(street, num_ranks))
            for street, entry in enumerate(entries)
        )
        if verify:
            self._verify(config, streets, bucket_hash)
        return Buckets(config, streets, bucket_hash, _map_of(config, streets))

    def _check_format(self, content: Mapping[str, Any]) -> None:
        found = content.get("format")
        if found != FORMAT:
            other = f"a data file of format {found!r:.60}" if found else "some other data file"
            self._refuse(f"not a bucket file but {other}")
        version = content.get("version")
        if type(version) is not int or version < 1:
            self._refuse(f"the format version is {version!r:.60}")
        if version > VERSION:
            self._refuse(
                f"bucket format {version} of holdem {content.get('library_version')!r:.60},"
                f" but this version reads up to {VERSION}: upgrade holdem"
            )

    def _street(self, number: int, entry: Any, num_hands: int) -> StreetBuckets:
        name = STREETS[number]
        if not isinstance(entry, dict) or entry.get("name") != name:
            self._refuse(f"street {number} is not {name}")
        if entry.get("num_hands") != num_hands:
            self._refuse(f"{name}: {entry.get('num_hands')!r:.60} hands, must be {num_hands}")
        num_buckets = entry.get("num_buckets")
        if type(num_buckets) is not int or not 1 <= num_buckets <= num_hands:
            self._refuse(f"{name}: {num_buckets!r:.60} buckets, must be 1 to {num_hands}")
        array = self._file.arrays.get(f"streets/{number}/ids")
        if array is None:
            self._refuse(f"{name}: the bucket ids are missing")
        if array.dtype.str not in _ID_DTYPES or array.shape != (num_hands,):
            self._refuse(
                f"{name}: bucket ids of {array.dtype} {list(array.shape)},"
                f" must be uint8, uint16 or uint32 [{num_hands}]"
            )
        return StreetBuckets(self._file.array(array.name), num_buckets)

    def _verify(
        self, config: Mapping[str, Any], streets: Sequence[StreetBuckets], bucket_hash: str
    ) -> None:
        found = hash_buckets(config, streets)
        if found != bucket_hash:
            self._refuse(f"damaged: expected bucket hash {bucket_hash:.60}, found {found}")
        for name, street in zip(STREETS, streets, strict=True):
            largest = int(street.ids.max())
            if largest >= street.num_buckets:
                self._refuse(f"{name}: bucket id {largest}, but {street.num_buckets} buckets")

    def _refuse(self, reason: str) -> NoReturn:
        raise BucketFileError(f"{self._path}: {reason}")


def _is_plain(value: Any) -> bool:
    """Whether a value holds nothing but what JSON has: no arrays."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)
