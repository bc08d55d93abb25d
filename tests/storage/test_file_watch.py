"""A mapped file that is changed in place is noticed; one that only loses its name is not missed."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from holdem.errors import RunLostError
from holdem.storage.file_watch import FileWatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "buckets.pkl"
    path.write_bytes(b"tables")
    os.utime(path, ns=(1, 1))
    return path


def one_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"T")


def same_bytes(path: Path) -> None:
    path.write_bytes(b"tables")


def cut(path: Path) -> None:
    os.truncate(path, 3)


def extended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@pytest.mark.parametrize("change", [one_byte, same_bytes, cut, extended])
def test_what_is_written_in_place_is_noticed(file: Path, change: Callable[[Path], None]) -> None:
    with closing(FileWatch(file)) as watch:
        watch.check()
        change(file)
        for _ in range(2):
            with pytest.raises(RunLostError, match=f"{file}: changed while it was in use"):
                watch.check()


def removed(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    path.with_name("new").write_bytes(b"others")
    path.with_name("new").rename(path)


@pytest.mark.parametrize("change", [removed, replaced])
def test_a_file_that_lost_its_name_is_the_same_file(
    file: Path, change: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    with closing(FileWatch(file)) as watch:
        change(file)
        watch.check()
        watch.check()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"{file} was removed or replaced while it is in use" in caplog.text


def test_a_file_on_a_disk_that_is_gone_is_lost(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(FileWatch(file)) as watch:
        with monkeypatch.context() as patch:
            patch.setattr(FileWatch, "_look", lambda self: os.fstat(-1))
            with pytest.raises(RunLostError, match="lost while it was in use"):
                watch.check()
        watch.check()
