"""What could never be saved is refused before training: status 2, one line, nothing written."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash_tools import mounted, needs_root
from holdem.checkpoint.run_lock import RunLock
from holdem.config import load_run_config
from holdem.mccfr.multi_instance_coordinator import run_instances
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.exit_status import train_to_exit_status
from holdem.types import RunConfig


def run_config(**settings: object) -> RunConfig:
    defaults = {"num_iterations": 100, "tensorboard": False, "game": {"name": "kuhn"}}
    return load_run_config(None, defaults | settings)


def contents(directory: Path) -> dict[Path, bytes]:
    files = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    return {path: content for path, content in files.items() if path.name != "run.lock"}


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Returns the one line of a run that is refused, having seen that nothing was written."""
    logdir = arguments[1]
    assert isinstance(logdir, Path)
    before = contents(logdir)
    capsys.readouterr()
    assert train_to_exit_status(RunOrder(*arguments)) == (2, None)  # type: ignore[arg-type]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("holdem-train-blueprint: ")
    assert contents(logdir) == before
    return said[0]


def leave_free(monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    status = os.statvfs("/")
    small = os.statvfs_result((1, 1, *status[2:4], free_bytes, *status[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: small)


def test_a_disk_too_small_for_one_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_to_exit_status(RunOrder(run_config(), tmp_path / "a"))[0] == 0
    leave_free(monkeypatch, 4_000_000)
    line = r"a checkpoint needs 4,\d+,\d+ bytes and 4,000,000 are free; nothing was written"
    assert re.search(line, refusal(capsys, run_config(), tmp_path / "b"))
    assert not (tmp_path / "b").exists()
    longer = run_config(num_iterations=200)
    assert "are free" in refusal(capsys, longer, tmp_path / "a", tmp_path / "a")
    assert "are free" in refusal(capsys, longer, tmp_path / "c", tmp_path / "a")


def test_a_disk_too_small_for_one_checkpoint_of_each_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_free(monkeypatch, 10_000_000)
    assert run_instances(run_config(num_instances=3), tmp_path / "a") == 2
    assert "a checkpoint of 3 instances needs 12," in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
    assert train_to_exit_status(RunOrder(run_config(), tmp_path / "b"))[0] == 0


def test_checkpoints_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_to_exit_status(RunOrder(run_config(), tmp_path / "a"))[0] == 0
    longer = run_config(num_iterations=200)

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", read_only)
        said = refusal(capsys, longer, tmp_path / "a", tmp_path / "a")
    assert "a/checkpoints: cannot be written to: [Errno 30] Read-only file system" in said
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "checkpoints").write_text("in the way")
    chunks = run_config(enable_chunked_training=True, chunk_size_iterations=10)
    assert "b/checkpoints: cannot be " in refusal(capsys, chunks, tmp_path / "b")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted("tmpfs", tmp_path / "disk", "-t", "tmpfs", "-o", "size=6m") as disk:
        yield disk


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            return


@needs_root
def test_a_disk_that_is_full_to_the_last_byte(
    disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even the lock can say who holds it."""
    assert train_to_exit_status(RunOrder(run_config(), disk / "a"))[0] == 0
    fill(disk)
    longer = run_config(num_iterations=200)
    assert f"{disk}/a" in refusal(capsys, longer, disk / "a", disk / "a")
    assert f"{disk}/b" in refusal(capsys, run_config(), disk / "b")
    assert not (disk / "b").exists()
    (disk / "ballast").unlink()
    assert train_to_exit_status(RunOrder(longer, disk / "a", disk / "a"))[0] == 0


def test_a_disk_that_is_read_only_in_the_end_hides_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("holdem.checkpoint.store.write_stream", read_only)
    monkeypatch.setattr(os, "ftruncate", lambda descriptor, size: size or read_only())
    lock = tmp_path / "run.lock"
    lock.write_bytes(b"")  # of an earlier process; it is emptied at the end
    with monkeypatch.context() as patch:
        patch.setattr(RunLock, "_move_in", lambda self, descriptor: None)
        patch.setattr(RunLock, "check", lambda self: None)
        assert train_to_exit_status(RunOrder(run_config(), tmp_path)) == (1, None)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "checkpoint 100 could not be saved: [Errno 30] Read-only file system" in said[0]
