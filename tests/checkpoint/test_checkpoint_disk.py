"""A full, failing or forbidden disk costs no earlier checkpoint and says what is wrong."""

import errno
import logging
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkpoint_samples import assert_holds, iterations, save
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import CheckpointError


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    store = CheckpointStore(tmp_path / "checkpoints")
    save(store, 1)
    return store


def files_of(store: CheckpointStore) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.directory.iterdir()}


@contextmanager
def file_size_limit(num_bytes: int) -> Iterator[None]:
    """Lets no file of this process grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("limit", [0, 4096, 5000, 12_288])
def test_a_file_that_may_not_grow(store: CheckpointStore, limit: int) -> None:
    before = files_of(store)
    with (
        pytest.raises(CheckpointError, match=r"checkpoint 2 could not be saved: .*large") as caught,
        file_size_limit(limit),
    ):
        save(store, 2)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert files_of(store) == before
    assert_holds(save(store, 2))  # the run goes on and the next save succeeds


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("step", ["first data file", "second data file", "metadata", "directory"])
def test_an_error_at_each_step(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    from holdem.checkpoint import store as checkpoint
    from holdem.storage import durable

    error = OSError(code, os.strerror(code), "somewhere")
    real_write = checkpoint.write_stream
    writes = iter([step == "first data file", step == "second data file"])

    def write(path: Path, stream: object) -> object:
        if next(writes):
            raise error
        return real_write(path, stream)  # type: ignore[arg-type]

    def fail(*_: object) -> None:
        raise error

    before = files_of(store)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_stream", write)
        if step == "metadata":
            patch.setattr(Path, "replace", fail)
        if step == "directory":
            patch.setattr(durable, "fsync_directory", fail)
        with pytest.raises(CheckpointError, match="checkpoint 2 could not be saved") as caught:
            save(store, 2)
    assert caught.value.__cause__ is error
    assert files_of(store) == before
    assert_holds(save(store, 2))


def test_a_disk_that_cannot_even_be_looked_at(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, **_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    before = files_of(store)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", fail)
        for attempt in (lambda: save(store, 2), store.list, store.newest_valid):
            with pytest.raises(CheckpointError, match=r"cannot be read: .*Input/output error"):
                attempt()
    assert files_of(store) == before
    assert_holds(save(store, 2))


def test_too_little_space_touches_nothing(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(store)
    status = os.statvfs(store.directory)
    little = os.statvfs_result((*status[:4], 3, *status[5:]))  # three blocks for ordinary users
    monkeypatch.setattr(os, "statvfs", lambda _: little)
    with pytest.raises(
        CheckpointError, match=rf"needs [\d,]+ bytes and {3 * status[1]:,} are free"
    ):
        save(store, 2)
    assert files_of(store) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB, where this user may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CheckpointStore(small_disk / "checkpoints")
    save(store, 1)
    before = files_of(store)
    large = 1_000_000
    with pytest.raises(CheckpointError, match="are free; nothing was written"):
        save(store, 2, large)
    assert files_of(store) == before
    monkeypatch.setattr("holdem.checkpoint.store.ALLOWANCE_BYTES", -100 * large)
    with pytest.raises(CheckpointError, match="No space left on device"):
        save(store, 2, large)  # as when others fill the disk after the check
    assert files_of(store) == before
    assert_holds(save(store, 3))
    assert iterations(store) == [1, 3]


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match="cannot be written to"):
        save(CheckpointStore(tmp_path / "file" / "checkpoints"), 1)


def test_a_sweep_that_fails_is_reported_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = CheckpointStore(tmp_path, keep_checkpoints=1)
    save(store, 1)

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(Path, "unlink", fail)
        save(store, 2)
    assert "Old checkpoints were not removed" in caplog.text
    assert iterations(store) == [1, 2]
    save(store, 3)
    assert iterations(store) == [3]
