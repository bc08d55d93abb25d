"""Reading bucket files: what is sound is mapped, what is not is refused in one line."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdem import __version__
from holdem.abstraction.bucket_file import (
    NUM_HANDS,
    Buckets,
    StreetBuckets,
    hash_buckets,
    id_dtype,
    load_buckets,
    write_buckets,
)
from holdem.abstraction.build_file import BucketFile
from holdem.errors import BucketFileError
from holdem.storage.datafile import DataFile, write_data_file


def blank_buckets(last_river_id: int = 0, config: dict[str, Any] | None = None) -> Buckets:
    """Tables of zeros that cost no time, as some other method might have made them."""
    streets = [StreetBuckets(np.zeros(size, np.uint8), 3) for size in NUM_HANDS]
    streets[3].ids[-1] = last_river_id
    return Buckets.make(config or {"method": "other", "weights": [0.5, 1.5], "on": True}, streets)


@contextmanager
def changed_byte(path: Path, offset: int) -> Iterator[None]:
    """Flips a bit and puts it back."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(bytes([byte ^ 4]))
    try:
        yield
    finally:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(bytes([byte]))


def assert_refused(path: Path, message: str, verify: bool = True) -> None:
    with pytest.raises(BucketFileError) as caught:
        load_buckets(path, verify)
    assert re.search(message, str(caught.value))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def head(path: Path) -> dict[str, Any]:
    """The fields of a small file that is a bucket file but for its tables."""
    return {
        "format": "holdem-buckets",
        "version": 1,
        "library_version": "0",
        "bucket_hash": "0" * 16,
        "config": {},
        "streets": [
            {"name": name, "num_hands": size, "num_buckets": 1, "ids": np.zeros(1, np.uint8)}
            for name, size in zip(("preflop", "flop", "turn", "river"), NUM_HANDS, strict=True)
        ],
    }


@pytest.mark.parametrize("verify", [True, False])
def test_a_file_comes_back_as_it_was_built(bucket_file: BucketFile, verify: bool) -> None:
    loaded = load_buckets(bucket_file.path, verify)
    built = bucket_file.buckets
    assert loaded.config == built.config
    assert loaded.bucket_hash == built.bucket_hash
    assert loaded.num_buckets == built.num_buckets
    for loaded_street, built_street in zip(loaded.streets, built.streets, strict=True):
        assert isinstance(loaded_street.ids.base, np.memmap | np.ndarray)
        assert not loaded_street.ids.flags.writeable
        assert np.array_equal(loaded_street.ids, built_street.ids)


def test_the_map_keeps_the_tables(bucket_file: BucketFile) -> None:
    card_map = load_buckets(bucket_file.path).map
    deals = np.array([[48, 49, 0, 5, 10, 15, 20]], dtype=np.uint8)
    assert np.array_equal(card_map.buckets(3, deals), bucket_file.buckets.map.buckets(3, deals))


def test_plain_pickle_reads_the_file(bucket_file: BucketFile) -> None:
    with bucket_file.path.open("rb") as file:
        content = pickle.load(file)
    assert content["config"] == dict(bucket_file.buckets.config)
    ids = content["streets"][1]["ids"]
    assert type(ids["data"]) is bytearray
    assert bytes(ids["data"]) == bucket_file.buckets.streets[1].ids.tobytes()


def test_tables_are_page_aligned(bucket_file: BucketFile) -> None:
    for entry in DataFile.open(bucket_file.path).arrays.values():
        assert entry.offset % 4096 == 0


def test_any_method_and_configuration_can_be_stored(tmp_path: Path) -> None:
    buckets = blank_buckets(last_river_id=2)
    path = tmp_path / "other.pkl"
    write_buckets(path, buckets)
    loaded = load_buckets(path)
    assert loaded.config == buckets.config
    assert loaded.bucket_hash == buckets.bucket_hash


def test_the_hash_covers_configuration_and_tables() -> None:
    streets = [StreetBuckets(np.zeros(size, np.uint8), 3) for size in (4, 5, 6, 7)]
    wider = [StreetBuckets(street.ids.astype(np.uint16), 3) for street in streets]
    more = [StreetBuckets(street.ids, 4) for street in streets]
    changed = [StreetBuckets(street.ids.copy(), 3) for street in streets]
    changed[3].ids[6] = 1
    hashes = [
        hash_buckets(config, tables)
        for config, tables in [
            ({"seed": 0}, streets),
            ({"seed": 1}, streets),
            ({"seed": 0}, wider),
            ({"seed": 0}, more),
            ({"seed": 0}, changed),
        ]
    ]
    assert len(set(hashes)) == len(hashes)
    assert hash_buckets({"b": 1, "a": 2}, streets) == hash_buckets({"a": 2, "b": 1}, streets)


@pytest.mark.parametrize(
    ("num_buckets", "num_bytes"),
    [(1, 1), (256, 1), (257, 2), (65_536, 2), (65_537, 4), (2**32, 4)],
)
def test_ids_take_the_fewest_bytes(num_buckets: int, num_bytes: int) -> None:
    dtype = id_dtype(num_buckets)
    assert dtype.itemsize == num_bytes
    assert np.iinfo(dtype).max >= num_buckets - 1


def test_missing_and_unreadable_files_are_refused(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.pkl", "nothing there")
    assert_refused(tmp_path, "no regular file")
    assert_refused(tmp_path / ("x" * 300), "cannot be read")


def test_truncated_files_are_refused(bucket_file: BucketFile, tmp_path: Path) -> None:
    path = tmp_path / "short.pkl"
    with bucket_file.path.open("rb") as file:
        data = file.read(3_000_000)
    for length in (0, 1, 100, 4095, 4096, 8192, 1 << 20, len(data)):
        path.write_bytes(data[:length])
        assert_refused(path, "not a sound bucket file")


@pytest.mark.parametrize("content", [b"hello", bytes(range(256)) * 32, b"\0" * 4096])
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.pkl"
    path.write_bytes(content)
    assert_refused(path, "not a sound bucket file")


class Malicious:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_malicious_files_are_refused_and_nothing_is_executed(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "executed"
    for content in (Malicious(target), {"format": Malicious(target)}):
        data = pickle.dumps(content, protocol)
        for padded in (data, data + b"\0" * (-len(data) % 4096)):
            path = tmp_path / "malicious.pkl"
            path.write_bytes(padded)
            assert_refused(path, "not a sound bucket file")
            assert not target.exists()


def test_other_data_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.pkl"
    write_data_file(path, {"format": "holdem-checkpoint", "version": 1})
    assert_refused(path, "not a bucket file but a data file of format 'holdem-checkpoint'")
    write_data_file(path, {})
    assert_refused(path, "not a bucket file but some other data file")


def test_a_newer_format_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "newer.pkl"
    write_data_file(path, head(path) | {"version": 2, "library_version": "9.1"})
    assert_refused(path, "bucket format 2 of holdem '9.1', but this version reads up to 1: upgrade")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "1"}, "the format version is '1'"),
        ({"version": True}, "the format version is True"),
        ({"version": 0}, "the format version is 0"),
        ({"config": None}, "config is not"),
        ({"config": {"table": np.zeros(3)}}, "config is not"),
        ({"bucket_hash": 5}, "bucket_hash is missing"),
        ({"library_version": None}, "library_version is missing"),
        ({"streets": []}, "streets is not a list of 4"),
        ({"streets": {}}, "streets is not a list of 4"),
        ({"streets": [1, 2, 3, 4]}, "street 0 is not preflop"),
    ],
)
def test_wrong_fields_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "wrong.pkl"
    write_data_file(path, head(path) | change)
    assert_refused(path, message, verify=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, r"preflop: bucket ids of uint8 \[1\]"),
        ({"ids": np.zeros(169, np.int8)}, r"preflop: bucket ids of int8 \[169\]"),
        ({"ids": np.zeros((13, 13), np.uint8)}, r"preflop: bucket ids of uint8 \[13, 13\]"),
        ({"ids": [0] * 169}, "preflop: the bucket ids are missing"),
        ({"name": "flop"}, "street 0 is not preflop"),
        ({"num_hands": 170}, "preflop: 170 hands, must be 169"),
        ({"num_buckets": 0}, "preflop: 0 buckets, must be 1 to 169"),
        ({"num_buckets": 170}, "preflop: 170 buckets, must be 1 to 169"),
        ({"num_buckets": "3"}, "preflop: '3' buckets"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "wrong.pkl"
    content = head(path)
    content["streets"][0] |= change
    write_data_file(path, content)
    assert_refused(path, message, verify=False)


def test_a_changed_bit_is_refused(bucket_file: BucketFile) -> None:
    """In the structure and in the tables; the library version alone is not part of the hash."""
    path = bucket_file.path
    tables = DataFile.open(path).arrays.values()
    places = [
        table.offset + at
        for table in tables
        for at in (0, table.size_bytes // 2, table.size_bytes - 1)
    ]
    with path.open("rb") as file:
        start = file.read(4096)
    version_at = start.index(__version__.encode(), start.index(b"library_version"))
    version_bytes = range(version_at, version_at + len(__version__))
    places += [at for at in range(0, 4096, 11) if at not in version_bytes]
    for offset in (*places, path.stat().st_size - 1):
        with changed_byte(path, offset):
            assert_refused(path, "")
    assert load_buckets(path).bucket_hash == bucket_file.buckets.bucket_hash


def test_ids_beyond_the_buckets_are_refused(tmp_path: Path) -> None:
    """A file that a faulty writer hashed correctly must not lead the core astray."""
    path = tmp_path / "beyond.pkl"
    write_buckets(path, blank_buckets(last_river_id=3))
    assert_refused(path, "river: bucket id 3, but 3 buckets")
