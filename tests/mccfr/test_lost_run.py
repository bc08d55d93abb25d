"""What a run stands on is taken away under it: it says so, ends, and saves into no wrong place."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from multi_instance_runs import gone, workers_of

from chunked_runs import TIMEOUT_S, start, wait_until, write_config
from holdem.config import load_run_config
from holdem.errors import RunLostError
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.exit_status import train_to_exit_status
from holdem.mccfr.run import open_run
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.trainer import StopReason
from holdem.quoting import printable


def renamed(run: Path) -> None:
    run.rename(run.with_name("elsewhere"))


def renamed_and_made_anew(run: Path) -> None:
    renamed(run)
    (run / "checkpoints").mkdir(parents=True)


def removed(run: Path) -> None:
    while run.exists():  # a save that is under way comes and goes
        shutil.rmtree(run, ignore_errors=True)


def taken_by_another_machine(run: Path) -> None:
    (run / "run.lock").write_text(json.dumps({"pid": 7, "host": "node17", "started": "now"}))


HARMS = [renamed, renamed_and_made_anew, removed, taken_by_another_machine]


class Harm:
    """Does it once, when 300 iterations are trained and saved, or at the very end."""

    def __init__(self, run: Path, harm: Callable[[Path], None], *, at_the_end: bool) -> None:
        self._run, self._harm, self._at_the_end = run, harm, at_the_end
        self.before: set[Path] = set()

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        if last if self._at_the_end else status.iteration == 300:
            self._harm(self._run)
            self.before = set(self._run.parent.rglob("*"))

    def close(self, status: RunStatus) -> None:
        pass


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("at_the_end", [False, True])
def test_it_ends_and_saves_into_no_wrong_place(
    tmp_path: Path,
    harm: Callable[[Path], None],
    at_the_end: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = load_run_config(
        None,
        {
            "num_iterations": 1000,
            "checkpoint_interval": 100,
            "tensorboard": False,
            "game": {"name": "kuhn"},
        },
    )
    logdir = tmp_path / "runs" / "a"
    watcher = Harm(logdir, harm, at_the_end=at_the_end)
    status, result = train_to_exit_status(RunOrder(run, logdir), watchers=[watcher])
    assert status == 1
    assert result is not None
    assert result.reason is StopReason.LOST
    # A save that was under way may have been finished by its writer, but nothing was committed.
    new = {path.name for path in set(logdir.parent.rglob("*")) - watcher.before}
    assert not [name for name in new if name.endswith("metadata.json")]
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert re.search(r"/a.*; nothing is saved after iteration \d", errors[0])


LOST_AT_EVERY_MOMENT = """
import logging, os, sys
from pathlib import Path
from holdem.config import load_run_config
from holdem.mccfr.order import RunOrder
from holdem.mccfr.run import open_run
from holdem.mccfr.trainer import StopReason

settings = {"num_iterations": 2, "checkpoint_interval": 1, "keep_checkpoints": 1}
run = load_run_config(None, {**settings, "game": {"name": "kuhn"}})
here = Path(sys.argv[1])
moments_left = None

def hook(event, arguments):
    global moments_left
    if moments_left is None or not event.startswith(("open", "os.", "pathlib.", "fcntl.")):
        return
    moments_left -= 1
    if moments_left < 0:
        moments_left = None
        logdir.rename(logdir.with_name(f"{logdir.name}-elsewhere"))

def stat(*arguments, **options):
    sys.audit("os.stat")  # Python itself does not
    return plain_stat(*arguments, **options)

plain_stat, os.stat = os.stat, stat
errors = []
handler = logging.Handler(logging.ERROR)
handler.emit = lambda record: errors.append(record.getMessage())
logging.getLogger("holdem").addHandler(handler)
sys.addaudithook(hook)
for moment in range(10_000):
    logdir = here / f"{moment}"
    with open_run(RunOrder(run, logdir)) as trainer:
        moments_left = moment
        reason = trainer.train().reason
    if moments_left is not None:  # the run was over before
        assert reason is StopReason.COMPLETE
        break
    assert not logdir.exists(), f"moment {moment}: {[*logdir.rglob('*')]}"
    if reason is StopReason.LOST:
        (error,) = errors
        assert f"renamed to {logdir}-elsewhere" in error
    else:  # it had been saved
        assert reason is StopReason.COMPLETE
    errors.clear()
print(moment)
"""


def test_nothing_makes_its_directory_again(tmp_path: Path) -> None:
    """It is renamed at each of the calls of a run to the file system in turn."""
    result = subprocess.run(
        [sys.executable, "-c", LOST_AT_EVERY_MOMENT, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 50


def test_a_changed_bucket_file_ends_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = load_run_config(
        None, {"num_iterations": 1000, "tensorboard": False, "game": {"name": "kuhn"}}
    )

    def changed() -> None:
        raise RunLostError("buckets.pkl: changed while it was in use")

    with open_run(RunOrder(run, tmp_path)) as trainer:
        trainer._saver._checks = [changed]
        assert trainer.train().reason is StopReason.LOST
    assert list((tmp_path / "checkpoints").iterdir()) == []
    assert "buckets.pkl: changed while it was in use; nothing is saved after the start" in (
        caplog.text
    )


def saved_in(logdir: Path) -> set[Path]:
    """The directories in which there is a checkpoint."""
    return {path.parent for path in logdir.rglob("*_metadata.json")}


COORDINATED = pytest.mark.parametrize(
    "flags",
    [("--chunked", "--chunk-minutes", "1", "--until-complete"), ("--num-instances", "2")],
    ids=["chunks", "instances"],
)


def endless(tmp_path: Path) -> Path:
    return write_config(
        tmp_path / "run.yaml", "kuhn", time_budget_seconds=60, checkpoint_interval=100_000
    )


@COORDINATED
def test_its_coordinator_starts_no_other_in_its_place(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    config = endless(tmp_path)
    logdir = tmp_path / "a"
    with start(config, logdir, *flags) as coordinator:
        wait_until(lambda: len(saved_in(logdir)) == (2 if "--num-instances" in flags else 1))
        renamed(logdir)
        _, said = coordinator.communicate(timeout=TIMEOUT_S)
    assert coordinator.returncode == 1
    assert "Trying again" not in said
    assert f"renamed to {tmp_path / 'elsewhere'}" in said
    assert not logdir.exists()


def held_by(process: int) -> set[str]:
    """Returns what a process has open."""
    held = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            held.add(str(file.readlink()))
    return held


@COORDINATED
def test_its_coordinator_starts_no_other_after_a_crash(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    config = endless(tmp_path)
    logdir = tmp_path / "a"
    runs = {logdir / f"instance_{k}" for k in range(2)} if "--num-instances" in flags else {logdir}
    with start(config, logdir, *flags) as coordinator:
        wait_until(lambda: set(map(str, runs)) <= held_by(coordinator.pid))
        coordinator.send_signal(signal.SIGSTOP)
        wait_until(lambda: psutil.Process(coordinator.pid).status() == psutil.STATUS_STOPPED)
        for worker in workers_of(coordinator.pid):
            worker.kill()
            wait_until(lambda worker=worker: gone(worker))
        renamed(logdir)
        coordinator.send_signal(signal.SIGCONT)
        _, said = coordinator.communicate(timeout=TIMEOUT_S)
    assert coordinator.returncode == 1
    assert "killed by SIGKILL" in said
    assert "Trying again" not in said
    assert f"renamed to {tmp_path / 'elsewhere'}" in said
    assert not logdir.exists()


CUT_UNDER_A_MAPPING = """
import mmap, os, sys
from pathlib import Path
from holdem.mccfr.process.fatal_signals import explain_fatal_signals
explain_fatal_signals("holdem-train-blueprint", Path(sys.argv[1]))
with open(sys.argv[1], "r+b") as file:
    mapped = mmap.mmap(file.fileno(), 0)
os.truncate(sys.argv[1], 0)
mapped[0]
"""


@pytest.mark.parametrize("name", ["b10.pkl", os.fsdecode(b"not \xff UTF-8")])
def test_a_bus_error_is_not_without_a_word(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(bytes(4096))
    result = subprocess.run(
        [sys.executable, "-c", CUT_UNDER_A_MAPPING, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == -signal.SIGBUS
    last = result.stderr.splitlines()[-1]
    assert last.startswith(
        f"holdem-train-blueprint: bus error: {printable(str(path))} was cut short"
    )
