"""Percentile buckets of real hands, and the file they end up in."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core
from holdem.abstraction.bucket_config import BucketConfig, percentiles
from holdem.abstraction.bucket_file import STREETS, id_dtype, load_buckets
from holdem.abstraction.build_file import BucketFile, build_bucket_file
from holdem.abstraction.builder import build_buckets
from holdem.errors import BucketFileError, ConfigError

ROUNDS = ((2,), (2, 3), (2, 4), (2, 5))


def random_deals(num_deals: int, street: int, seed: int) -> npt.NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    deals = [random.permutation(52)[: sum(ROUNDS[street])] for _ in range(num_deals)]
    return np.array(deals, dtype=np.uint8)


def test_every_street_has_the_buckets_asked_for(
    bucket_file: BucketFile, small_config: BucketConfig
) -> None:
    assert bucket_file.buckets.num_buckets == small_config.k
    for street, k in zip(bucket_file.buckets.streets, small_config.k, strict=True):
        assert street.ids.dtype == id_dtype(k)
        assert np.array_equal(np.unique(street.ids), np.arange(k))


def test_preflop_is_lossless(bucket_file: BucketFile) -> None:
    assert bucket_file.buckets.streets[0].ids.tolist() == list(range(169))


@pytest.mark.parametrize("street", [1, 2])
def test_buckets_hold_equal_shares_of_the_deals(bucket_file: BucketFile, street: int) -> None:
    """Counted from the tables by hand index, not from the strengths they were cut by."""
    ids = bucket_file.buckets.streets[street].ids
    indexer = _core.HandIndexer(list(ROUNDS[street]))
    deals = indexer.num_deals(np.arange(indexer.size, dtype=np.uint64))
    shares = np.bincount(ids, weights=deals) / deals.sum(dtype=np.uint64)
    assert shares * len(shares) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("street", [1, 2, 3])
def test_buckets_ascend_with_strength_and_equal_strengths_share_one(
    bucket_file: BucketFile, strengths: _core.HandStrengths, street: int
) -> None:
    deals = random_deals(50_000, street, seed=street)
    values = strengths.strengths(street, deals)
    buckets = bucket_file.buckets.map.buckets(street, deals)
    order = np.lexsort((buckets, values))
    values, buckets = values[order], buckets[order]
    assert np.all(buckets[1:] >= buckets[:-1])
    assert np.all((values[1:] != values[:-1]) | (buckets[1:] == buckets[:-1]))


@pytest.mark.parametrize("street", range(4))
def test_the_map_reads_the_tables_by_hand_index_whatever_the_suits(
    bucket_file: BucketFile, street: int
) -> None:
    deals = random_deals(500, street, seed=9)
    indices = _core.HandIndexer(list(ROUNDS[street])).index(deals)
    expected = bucket_file.buckets.streets[street].ids[indices]
    for permutation in itertools.permutations(range(4)):
        relabelled = deals // 4 * 4 + np.array(permutation, dtype=np.uint8)[deals % 4]
        assert np.array_equal(bucket_file.buckets.map.buckets(street, relabelled), expected)


@pytest.mark.parametrize(("street", "k"), [(0, 10), (1, 200), (1, 70_000), (2, 1000)])
def test_ids_are_the_same_for_any_number_of_workers(
    strengths: _core.HandStrengths, street: int, k: int
) -> None:
    spectrum = strengths.spectrum(street)
    buckets = _core.percentile_buckets(spectrum.num_deals, k)
    size = _core.HandIndexer(list(ROUNDS[street])).size
    tables = [np.zeros(size, id_dtype(k)) for _ in range(3)]
    for num_workers, ids in enumerate(tables, start=1):
        strengths.write_ids(spectrum, buckets, num_workers, ids)
    assert tables[0].max() == k - 1
    assert np.array_equal(tables[0], tables[1])
    assert np.array_equal(tables[0], tables[2])


def test_fewer_preflop_buckets_keep_the_order_of_hands(strengths: _core.HandStrengths) -> None:
    spectrum = strengths.spectrum(0)
    ids = np.zeros(169, np.uint8)
    strengths.write_ids(spectrum, _core.percentile_buckets(spectrum.num_deals, 8), 1, ids)
    hands = {"aces": (48, 49), "nine-five": (28, 13), "three-two": (0, 5)}
    index = _core.HandIndexer([2]).index(np.array([*hands.values()], dtype=np.uint8))
    aces, nine_five, three_two = ids[index]
    assert (aces, three_two) == (7, 0)
    assert 0 < nine_five < 7


def test_the_same_request_leaves_the_file_alone(
    bucket_file: BucketFile, small_config: BucketConfig
) -> None:
    before = bucket_file.path.stat()
    again = build_bucket_file(small_config, bucket_file.path)
    assert again.was_there
    assert not bucket_file.was_there
    assert again.buckets.bucket_hash == bucket_file.buckets.bucket_hash
    after = bucket_file.path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [entry.name for entry in bucket_file.path.parent.iterdir()] == [bucket_file.path.name]


def test_another_configuration_is_not_overwritten(bucket_file: BucketFile) -> None:
    with pytest.raises(BucketFileError, match=r"another configuration.*--force"):
        build_bucket_file(percentiles(169, 10, 10, 10), bucket_file.path)


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(BucketFileError, match=r"not a sound bucket file.*--force"):
        build_bucket_file(percentiles(169, 10, 10, 10), path)
    assert path.read_text() == "mine"


def test_a_write_that_fails_leaves_no_directories_behind(
    tmp_path: Path, bucket_file: BucketFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> object:
        return bucket_file.buckets

    def write(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("holdem.abstraction.build_file.build_buckets", build)
    monkeypatch.setattr("holdem.abstraction.build_file.write_buckets", write)
    with pytest.raises(OSError, match="No space left"):
        build_bucket_file(percentiles(169, 10, 10, 10), tmp_path / "a" / "b" / "c.pkl")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "is a directory"),
        ("file/buckets.pkl", "Not a directory"),
        (f"{'x' * 250}.pkl", "File name too long"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.delattr("holdem.abstraction.build_file.build_buckets")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=f"out = .*{message}"):
        build_bucket_file(percentiles(169, 10, 10, 10), tmp_path / path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("holdem.abstraction.build_file.build_buckets")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(ConfigError, match="138,403,265 bytes needed, 1,000 are free"):
        build_bucket_file(percentiles(169, 10, 10, 10), tmp_path / "buckets.pkl")


@pytest.mark.parametrize(("number", "street"), [*enumerate(STREETS)])
def test_counts_out_of_range_are_refused(number: int, street: str) -> None:
    for count in (-1, 0):
        counts = [1, 1, 1, 1]
        counts[number] = count
        with pytest.raises(ConfigError, match=f"^k_{street} = {count}: must be an integer >= 1$"):
            percentiles(*counts)


def test_other_values_out_of_range_are_refused(tmp_path: Path) -> None:
    for seed in (-1, 2**32):
        with pytest.raises(
            ConfigError, match=f"seed = {seed}: must be an integer >= 0 and <= 4294967295"
        ):
            percentiles(1, 1, 1, 1, seed)
    for num_workers in (-1, 0, 1025):
        with pytest.raises(ConfigError, match=f"num_workers = {num_workers}: must be 1 to 1024"):
            build_bucket_file(percentiles(1, 1, 1, 1), tmp_path / "b.pkl", num_workers)


@pytest.mark.slow
def test_the_file_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    config = percentiles(169, 70_000, 500, 1_950, seed=1)
    digests = set()
    for num_workers in (1, 2, 5):
        path = tmp_path / f"{num_workers}.pkl"
        build_bucket_file(config, path, num_workers)
        digests.add(path.read_bytes())
        assert load_buckets(path).num_buckets == config.k
    assert len(digests) == 1


@pytest.mark.slow
def test_the_hash_of_a_known_configuration() -> None:
    """The tables are part of every run that used them: they must not change silently."""
    assert build_buckets(percentiles(169, 200, 200, 200)).bucket_hash == "147b83467a83925a"
