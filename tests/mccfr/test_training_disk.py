"""The training command on a disk that is full, read-only or rationed: it trains on and retries."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from training_process import NOT_SAVED, SAVED, files_of, store_of, training

from crash_tools import mounted, needs, needs_root

pytestmark = [pytest.mark.crash, needs_root]


@pytest.fixture
def flags(tmp_path: Path) -> list[object]:
    config = tmp_path / "leduc.yaml"
    config.write_text("game: {name: leduc}\ndiscount_interval: 1000\n")
    return ["--config", config, "--snapshot-interval", 0.3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted("tmpfs", tmp_path / "disk", "-t", "tmpfs", "-o", "size=12m") as disk:
        yield disk


def fill(disk: Path) -> Path:
    """Writes a file as large as there is room for."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            return ballast
    return ballast


def test_a_full_disk_costs_nothing_but_time(small_disk: Path, flags: list[object]) -> None:
    logdir = small_disk / "run"
    with training(logdir, *flags, "--time-budget", 600) as run:
        run.wait_for(SAVED, 2)
        ballast = fill(small_disk)
        run.wait_for(NOT_SAVED, 2)
        saved = run.acknowledged
        failed = [int(text.replace(",", "")) for text in run.matches(NOT_SAVED)]
        assert failed == sorted(set(failed))  # it trains on between the attempts
        newest = store_of(logdir).newest_valid(set_aside=False)
        assert newest is not None
        assert newest.iteration == max(saved)
        ballast.unlink()
        run.wait_for(SAVED, 1)
        run.process.send_signal(signal.SIGTERM)
        assert run.ended() == 128 + signal.SIGTERM
        listed = store_of(logdir).list()
        assert [one.iteration for one in listed] == run.acknowledged
        for checkpoint in listed:
            checkpoint.verify()


def test_a_disk_that_stays_full_is_a_failure_at_the_end(
    small_disk: Path, flags: list[object]
) -> None:
    logdir = small_disk / "run"
    with training(logdir, *flags, "--time-budget", 600) as run:
        run.wait_for(SAVED, 2)
        fill(small_disk)
        run.wait_for(NOT_SAVED)
        before = files_of(logdir)
        run.process.send_signal(signal.SIGTERM)
        assert run.ended() == 1
        assert run.lines[-1].startswith("holdem-train-blueprint: ")
        assert "Traceback" not in "".join(run.lines)
        assert files_of(logdir) == before
    (small_disk / "ballast").unlink()
    target = max(run.acknowledged) + 10_000
    resumed = [*flags, "--resume-from", logdir, "--iters", target]
    with training(logdir, *resumed) as run:
        assert run.ended() == 0
        assert run.acknowledged[-1] == target


def test_checkpoints_that_become_read_only(tmp_path: Path, flags: list[object]) -> None:
    logdir = tmp_path / "run"
    checkpoints = logdir / "checkpoints"
    with training(logdir, *flags, "--time-budget", 600) as run:
        run.wait_for(SAVED)
        with mounted(checkpoints, checkpoints, "--bind"):
            remount = ["mount", "-o", "remount,bind,ro", str(checkpoints)]
            subprocess.run(remount, check=True)
            run.wait_for(NOT_SAVED, 2)
            assert any("Read-only file system" in line for line in run.lines)
            newest = store_of(logdir).newest_valid(set_aside=False)
            assert newest is not None
            assert newest.iteration == max(run.acknowledged)
        run.wait_for(SAVED)
        run.process.send_signal(signal.SIGINT)
        assert run.ended() == 128 + signal.SIGINT


@needs("strace")
def test_a_quota(tmp_path: Path, flags: list[object]) -> None:
    """Room that the file system has and this user has not: only asking for it shows."""
    logdir = tmp_path / "run"
    with training(logdir, *flags, "--time-budget", 600) as run:
        run.wait_for(SAVED, 2)
        # Every attempt to reserve the room of a data file fails, in the forked writers, too.
        quota = ("-etrace=fallocate", "-einject=fallocate:error=EDQUOT")
        strace = ("strace", "-f", "-qq", "-o", str(tmp_path / "strace.log"), *quota)
        with subprocess.Popen([*strace, "-p", f"{run.process.pid}"]) as tracer:
            run.wait_for(NOT_SAVED, 3)
            tracer.terminate()
        assert sum("Disk quota exceeded" in line for line in run.lines) >= 3
        run.wait_for(SAVED)
        run.process.send_signal(signal.SIGINT)
        assert run.ended() == 128 + signal.SIGINT
    listed = store_of(logdir).list()
    assert [one.iteration for one in listed] == run.acknowledged
    assert len(listed) > 2
    for checkpoint in listed:
        checkpoint.verify()
