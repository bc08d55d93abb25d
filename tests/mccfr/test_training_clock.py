"""A clock that is set back or forward changes nothing: not the budget, not what is newest."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from training_process import SAVED, store_of, training

from checkpoint_samples import assert_holds, iterations, save
from crash_tools import needs
from holdem.checkpoint.store import CheckpointStore, find_checkpoint

BUDGET_S = 5.0
DAY_S = 86_400


def test_newest_is_the_highest_iteration_whatever_the_times_of_the_files_say(
    tmp_path: Path,
) -> None:
    store = CheckpointStore(tmp_path, keep_checkpoints=3)
    for age_days, iteration in enumerate([9, 10, 99, 100]):
        for path in save(store, iteration, 20).paths:
            os.utime(path, (0, (1000 - age_days) * DAY_S))
    newest = store.newest_valid()
    assert newest is not None
    assert newest.iteration == find_checkpoint(tmp_path).iteration == 100
    assert_holds(newest, 20)
    assert iterations(store) == [10, 99, 100]


@pytest.fixture
def clock(tmp_path: Path) -> tuple[Path, tuple[str, ...]]:
    """A file that says how far the clock is off, and the prefix of a command that believes it."""
    offset = tmp_path / "offset"
    offset.write_text("+0d\n")
    show = ["faketime", "-f", "+0d", "printenv", "LD_PRELOAD"]
    library = subprocess.run(show, capture_output=True, text=True, check=True).stdout.strip()
    settings = (
        f"LD_PRELOAD={library}",
        f"FAKETIME_TIMESTAMP_FILE={offset}",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",  # no setting of the clock moves the monotonic one
    )
    return offset, ("env", *settings)


@pytest.mark.crash
@needs("faketime")
def test_a_clock_that_jumps_during_training(
    tmp_path: Path, clock: tuple[Path, tuple[str, ...]]
) -> None:
    config, logdir = tmp_path / "kuhn.yaml", tmp_path / "run"
    config.write_text("game: {name: kuhn}\n")
    offset, prefix = clock
    flags = ["--config", config, "--snapshot-interval", 0.2]
    with training(logdir, *flags, "--time-budget", BUDGET_S, prefix=prefix) as run:
        for jump in ("-800d", "+400d", "-4000d"):
            run.wait_for(SAVED)
            offset.write_text(f"{jump}\n")
            run.wait_for(SAVED)
        assert run.ended() == 0
    years = re.findall(r"^(\d{4})-", (logdir / "train.log").read_text(), re.MULTILINE)
    assert len(set(years)) > 2  # or the command has not seen the jumps
    listed = store_of(logdir).list()
    assert [one.iteration for one in listed] == run.acknowledged
    elapsed = [one.metadata["elapsed_seconds"] for one in listed]
    assert elapsed == sorted(elapsed)
    assert elapsed[0] >= 0
    assert BUDGET_S <= elapsed[-1] < BUDGET_S + 60
    target = listed[-1].iteration + 1000
    with training(logdir, *flags, "--iters", target, "--resume-from", logdir, prefix=prefix) as run:
        assert run.ended() == 0
    assert run.matches(r"Successfully resumed from iteration (\d+)") == [str(listed[-1].iteration)]
    assert run.acknowledged[-1] == target
