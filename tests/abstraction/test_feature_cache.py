"""The cache of features: what it keeps is verified, bounded and never needed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest

from holdem.abstraction.feature_cache import (
    FeatureCache,
    cache_directory,
    cache_limit,
)
from holdem.errors import ConfigError
from holdem.storage.datafile import write_data_file

POINTS = np.arange(6000, dtype=np.uint16).reshape(-1, 2)


def inputs(number: int = 0) -> dict[str, object]:
    return {"what": "points", "version": 1, "number": number}


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "deep" / "cache")


def test_values_come_back_for_the_same_inputs_alone(cache: FeatureCache) -> None:
    assert cache.load(inputs()) is None
    cache.store(inputs(), {"points": POINTS, "cost": 2**70, "costs": "3 2"})
    found = cache.load(inputs())
    assert found is not None
    assert np.array_equal(found["points"], POINTS)
    assert not found["points"].flags.writeable
    assert (found["cost"], found["costs"]) == (2**70, "3 2")
    for other in (inputs(1), inputs() | {"version": 2}, inputs() | {"what": "other"}):
        assert cache.load(other) is None


def test_what_is_kept_anew_replaces_what_was_there(cache: FeatureCache) -> None:
    for value in (1, 2):
        cache.store(inputs(), {"value": value})
    assert cache.load(inputs()) == {"value": 2}
    assert len(cache.entries()) == 1


def test_a_changed_bit_anywhere_is_found_and_the_entry_goes(
    cache: FeatureCache, caplog: pytest.LogCaptureFixture
) -> None:
    cache.store(inputs(), {"points": POINTS, "cost": 17})
    (entry,) = cache.entries()
    sound = entry.path.read_bytes()
    arrays_at = sound.index(POINTS[:100].tobytes())
    text_at = sound.index(b"digest")
    for at in (0, 30, text_at + 20, arrays_at, arrays_at + POINTS.nbytes - 1):
        damaged = bytearray(sound)
        damaged[at] ^= 4
        entry.path.write_bytes(damaged)
        caplog.clear()
        assert cache.load(inputs()) is None
        assert "is made anew" in caplog.text
        assert not entry.path.exists()


@pytest.mark.parametrize("length", [0, 1, 4000, 4096, 9000])
def test_an_entry_that_was_cut_short_goes(cache: FeatureCache, length: int) -> None:
    cache.store(inputs(), {"points": POINTS})
    (entry,) = cache.entries()
    entry.path.write_bytes(entry.path.read_bytes()[:length])
    assert cache.load(inputs()) is None
    assert not cache.entries()


def test_an_entry_of_something_else_goes(cache: FeatureCache) -> None:
    cache.store(inputs(), {"points": POINTS})
    (entry,) = cache.entries()
    write_data_file(entry.path, {"format": "holdem-buckets", "values": {}})
    assert cache.load(inputs()) is None
    cache.store(inputs(1), {"points": POINTS})
    (other,) = cache.entries()
    other.path.rename(entry.path)  # sound, but of other inputs
    assert cache.load(inputs()) is None


def test_beyond_the_limit_what_was_not_used_for_longest_goes_first(cache: FeatureCache) -> None:
    cache.limit_bytes = 80_000
    for number in range(4):
        cache.store(inputs(number), {"points": POINTS})
        os.utime(cache.entries()[-1].path, (number, number))
    assert cache.load(inputs(0)) is not None  # used now
    cache.store(inputs(4), {"points": POINTS})
    kept = [number for number in range(5) if cache.load(inputs(number)) is not None]
    assert kept == [0, 2, 3, 4]
    assert sum(entry.size_bytes for entry in cache.entries()) <= 80_000


def test_what_is_larger_than_the_limit_is_not_kept_and_that_is_said_once(
    cache: FeatureCache, caplog: pytest.LogCaptureFixture
) -> None:
    cache.limit_bytes = 10_000
    for number in range(3):
        cache.store(inputs(number), {"points": POINTS})
    assert not cache.entries()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    cache.store(inputs(3), {"value": 1})
    assert cache.load(inputs(3)) == {"value": 1}


def test_a_full_disk_and_a_directory_that_cannot_be_made_are_said(
    cache: FeatureCache,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    blocked = FeatureCache(tmp_path / "file" / "cache")
    blocked.store(inputs(), {"points": POINTS})
    assert "Not a directory" in caplog.text
    assert blocked.load(inputs()) is None
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    cache.store(inputs(), {"points": POINTS})
    assert "12.0 KB" in caplog.text or "0.0 MB are free" in caplog.text
    assert not cache.entries()


def test_without_a_directory_nothing_is_kept() -> None:
    cache = FeatureCache()
    cache.store(inputs(), {"points": POINTS})
    assert cache.load(inputs()) is None
    assert (cache.entries(), cache.room_bytes(), cache.clear()) == ([], 0, 0)


def test_half_written_entries_of_ended_processes_go(cache: FeatureCache) -> None:
    cache.store(inputs(), {"points": POINTS})
    assert cache.directory is not None
    ended, own = (cache.directory / f".points-1.pkl.{pid}.tmp" for pid in (2**22 + 1, os.getpid()))
    for path in (ended, own):
        path.write_bytes(b"half")
    cache.store(inputs(1), {"points": POINTS})
    assert not ended.exists()
    assert own.exists()


def test_clear_removes_all(cache: FeatureCache) -> None:
    for number in range(3):
        cache.store(inputs(number), {"points": POINTS})
    size = sum(entry.size_bytes for entry in cache.entries())
    assert cache.clear() == size
    assert cache.directory is not None
    assert not list(cache.directory.iterdir())


def test_the_directory_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "holdem" / "features"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for relative in ("", "some/where"):
        monkeypatch.setenv("XDG_CACHE_HOME", relative)
        assert tmp_path / "home" in cache_directory().parents


def test_the_limit_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOLDEM_CACHE_LIMIT", raising=False)
    assert cache_limit() == 4 * 10**9
    monkeypatch.setenv("HOLDEM_CACHE_LIMIT", "500MB")
    assert cache_limit() == 500 * 10**6
    monkeypatch.setenv("HOLDEM_CACHE_LIMIT", "much")
    with pytest.raises(ConfigError, match="HOLDEM_CACHE_LIMIT = 'much': must be at least 1MB"):
        cache_limit()
