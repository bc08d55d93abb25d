"""Processes that are killed while they save: what was acknowledged is there, and nothing half.

The crash suite (marker ``crash``) repeats it at every system call of a save and lets
every call fail once, by strace.
"""

import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from checkpoint_samples import assert_holds, digests_unchecked, iterations, regrets_of, save
from crash_tools import go, needs, said, writer
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import DamagedCheckpointError

# The calls that change or reach files. Between two of them the disk stays as it is, so a kill at
# each of them shows all that a kill at any instant can show.
CALLS = (
    "openat,fcntl,fallocate,io_setup,io_submit,io_getevents,io_destroy,pwrite64,write,fsync,"
    "rename,renameat,renameat2,close,unlink,statfs,fstatfs"
)
needs_strace = needs("strace")


def kill_at_random(directory: Path, rounds: int, keep: int, size: int) -> None:
    rng = random.Random(rounds)
    store = CheckpointStore(directory)
    save(store, 0, size)
    acknowledged = 0
    for _ in range(rounds):
        with writer(directory, acknowledged + 1, 10_000, size, keep) as process:
            go(process)
            time.sleep(rng.uniform(0.0, 0.25))
            process.kill()
            lines = said(process)
        assert all(line.isdigit() for line in lines)
        acknowledged = max([acknowledged, *map(int, lines)])
        newest = store.newest_valid()
        assert newest is not None
        # One more may have been committed and not yet reported.
        assert newest.iteration in (acknowledged, acknowledged + 1)
        assert_holds(newest, size)
        # A kill between the last two renames leaves a policy, which is kept aside.
        assert not list(directory.glob("damaged/*/*_metadata.json"))
        acknowledged = newest.iteration
        store.open_for_writing()
        assert not list(directory.glob(".*"))
    assert acknowledged > rounds / 2  # or the kills came before any save


def test_random_kills(tmp_path: Path) -> None:
    kill_at_random(tmp_path, rounds=5, keep=2, size=3000)


@pytest.mark.crash
@pytest.mark.parametrize("size", [20, 3000, 3_000_000])
def test_many_random_kills(tmp_path: Path, size: int) -> None:
    kill_at_random(tmp_path, rounds=100, keep=2, size=size)


@contextmanager
def traced(process: subprocess.Popen[str], *options: str) -> Iterator[Path]:
    """Attaches strace to a waiting writer; gives the path of its log."""
    assert isinstance(process.args, list)
    log = Path(process.args[2]).with_name("strace.log")
    command = ["strace", "-f", "-p", str(process.pid), "-o", str(log), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        assert "attached" in tracer.stderr.readline()
        yield log
        tracer.terminate()


def prepared(tmp_path: Path) -> CheckpointStore:
    """A new directory that holds checkpoint 1; the traced writer saves 2."""
    directory = tmp_path / "checkpoints"
    shutil.rmtree(directory, ignore_errors=True)
    store = CheckpointStore(directory)
    save(store, 1)
    return store


def calls_of_a_save(tmp_path: Path) -> list[tuple[str, int]]:
    """Returns each call of a save in order: its name, and how often it had come by then."""
    store = prepared(tmp_path)
    with (
        writer(store.directory, 2, 1, 3000, 1) as process,
        traced(process, f"-etrace={CALLS}") as log,
    ):
        go(process)
        assert said(process) == ["2"]
    until_the_report = log.read_text().partition("write(1, ")[0]
    names = re.findall(r"^\d+ +(\w+)\(", until_the_report, re.MULTILINE)
    assert len(names) > 40
    return [(name, names[: k + 1].count(name)) for k, name in enumerate(names)]


@pytest.mark.crash
@needs_strace
def test_a_kill_at_every_system_call(tmp_path: Path) -> None:
    """Promise: at every instant a reader finds the new checkpoint or the one before."""
    found = []
    for call, occurrence in calls_of_a_save(tmp_path):
        store = prepared(tmp_path)
        with (
            writer(store.directory, 2, 1, 3000, 1) as process,
            traced(process, f"-einject={call}:signal=KILL:when={occurrence}", f"-etrace={call}"),
        ):
            go(process)
            lines = said(process)
            process.wait()
        newest = store.newest_valid()
        assert newest is not None
        assert newest.iteration == 2 if lines == ["2"] else newest.iteration in (1, 2)
        assert_holds(newest)
        assert not list(store.directory.glob("damaged/*/*_metadata.json"))
        found.append(newest.iteration)
        store.open_for_writing()
        assert_holds(save(store, 2))
        assert not list(store.directory.glob(".*"))
    assert found == sorted(found)  # one instant decides
    assert set(found) == {1, 2}


@pytest.mark.crash
@needs_strace
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_an_error_of_every_system_call(tmp_path: Path, error: str) -> None:
    """Each call fails once: a clear failure or a good save, and checkpoint 1 as long as needed."""
    outcomes = set()
    for call, occurrence in calls_of_a_save(tmp_path):
        store = prepared(tmp_path)
        with (
            writer(store.directory, 2, 1, 3000, 1) as process,
            traced(
                process, f"-einject={call}:error={error}:when={occurrence}", f"-etrace={CALLS}"
            ) as log,
        ):
            go(process)
            lines = said(process)
            process.wait()
        assert process.returncode == 0, (call, occurrence, log.read_text())
        assert len(lines) == 1
        outcome = lines[0].split()[0]
        assert outcome in ("2", "failed"), lines
        outcomes.add(outcome)
        newest = store.newest_valid()
        assert newest is not None
        assert_holds(newest)
        aside = store.directory / "damaged" / "checkpoint_iter2"
        unreadable = (aside / "checkpoint_iter2_metadata.json").exists()
        assert not unreadable or (error, outcome) == (
            "EIO",
            "2",
        )  # retention could not read it back
        expected = 2 if outcome == "2" and not unreadable else 1
        assert newest.iteration == expected, (call, occurrence, log.read_text())
    assert outcomes == {"2", "failed"}


@pytest.mark.crash
@needs_strace
def test_a_write_that_lies_is_found(tmp_path: Path) -> None:
    """The system reports a write that never happened; only the digest knows."""
    store = prepared(tmp_path)
    with (
        writer(store.directory, 2, 1, 3000) as process,
        traced(
            process,
            "-etrace=io_setup,pwrite64",
            "-einject=io_setup:error=ENOSYS",  # plain writes, so that there is a call to falsify
            "-einject=pwrite64:retval=16384:when=1",
        ),
    ):
        go(process)
        assert said(process) == ["2"]  # the save believed it
    checkpoint = store.list()[-1]
    assert checkpoint.iteration == 2
    checkpoint.check_sizes()
    with digests_unchecked():  # without them this test would fail here: 2 passes for sound
        believed = store.newest_valid(set_aside=False)
        assert believed is not None
        assert believed.iteration == 2
    with pytest.raises(DamagedCheckpointError, match="xxh64"):
        checkpoint.verify()
    newest = store.newest_valid()
    assert newest is not None
    assert newest.iteration == 1
    assert iterations(store) == [1]
    # What a reader without digests would have taken for regrets:
    stored = (
        store.directory / "damaged" / "checkpoint_iter2" / checkpoint.regrets_path.name
    ).read_bytes()
    assert regrets_of(2)["regret"].tobytes() not in stored
    assert not np.any(np.frombuffer(stored, np.uint8))


@pytest.mark.crash
def test_a_stopped_writer_does_not_disturb_readers(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    save(store, 0, 1_000_000)
    with writer(tmp_path, 1, 10_000, 1_000_000) as process:
        go(process)
        for _ in range(40):
            time.sleep(0.02)
            process.send_signal(signal.SIGSTOP)
            newest = store.newest_valid(set_aside=False)
            assert newest is not None
            assert_holds(newest, 1_000_000)
            process.send_signal(signal.SIGCONT)
