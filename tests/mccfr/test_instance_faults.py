"""Instances and coordinators that die: who notices, what goes on, and that no byte is different."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from multi_instance_runs import (
    gone,
    newest_digests,
    pid,
    progress,
    wait_for_checkpoints,
    workers_of,
)

from chunked_runs import TIMEOUT_S, metadata, start, train, wait_until, write_config
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.run_lock import RunLock
from holdem.config import load_run_config
from holdem.mccfr.instances.starts import Starts, consistent_starts
from holdem.mccfr.multi_instance_coordinator import run_instances
from holdem.types import RunConfig

COUNT = 2
INSTANCES = ("--num-instances", f"{COUNT}")
ENDLESS = (*INSTANCES, "--iters", "99999999999")
LONG = (*INSTANCES, "--iters", "8000000")  # some seconds
SYNCHRONISED = ("--sync-interval", "2000")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path / "run.yaml", checkpoint_interval=100_000, num_iterations=1)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], object]:
    """Returns the digests of a run that nothing happened to."""
    found: dict[tuple[str, ...], object] = {}

    def run(flags: tuple[str, ...]) -> object:
        if flags not in found:
            directory = tmp_path_factory.mktemp("undisturbed")
            config = write_config(directory / "run.yaml", num_iterations=1)
            assert train(config, directory / "a", *flags)[0] == 0
            found[flags] = newest_digests(directory / "a")
        return found[flags]

    return run


def two_instances() -> RunConfig:
    settings = {"num_iterations": 2000, "num_instances": 2, "tensorboard": False}
    return load_run_config(None, settings | {"game": {"name": "kuhn"}})


def kill(number: int | None) -> None:
    if number is not None:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(number, signal.SIGKILL)


@pytest.mark.parametrize("flags", [LONG, LONG + SYNCHRONISED], ids=["alone", "synchronised"])
def test_an_instance_that_is_killed_is_started_again(
    tmp_path: Path,
    config: Path,
    undisturbed: Callable[[tuple[str, ...]], object],
    flags: tuple[str, ...],
) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, *flags) as coordinator:
        wait_for_checkpoints(logdir, COUNT)
        wait_until(lambda: pid(logdir, 1) is not None)
        other = pid(logdir, 0)
        kill(pid(logdir, 1))
        wait_until(lambda: progress(logdir, 1).restarts == 1)
        if "--sync-interval" not in flags:
            assert pid(logdir, 0) in (other, None)  # nobody has disturbed it
        _, said = coordinator.communicate(timeout=TIMEOUT_S)
    assert coordinator.returncode == 0, said
    assert "Instance 1 crashed: killed by SIGKILL" in said
    assert "Trying again in 1 s (attempt 1 of 4)" in said
    assert ("Going back to where all instances have saved" in said) == ("--sync" in " ".join(flags))
    assert newest_digests(logdir) == undisturbed(flags)
    assert "killed by SIGKILL" in (logdir / "train.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_every_instance(
    tmp_path: Path, config: Path, number: signal.Signals
) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, *ENDLESS) as coordinator:
        wait_until(lambda: all((logdir / f"instance_{k}/train.log").exists() for k in range(COUNT)))
        time.sleep(0.3)
        coordinator.send_signal(number)
        coordinator.communicate(timeout=TIMEOUT_S)
    assert coordinator.returncode == 128 + number
    for k in range(COUNT):
        own = logdir / f"instance_{k}"
        assert f"Interrupted by {number.name}" in (own / "train.log").read_text()
        # It saved where it stopped, which is no multiple of the interval.
        assert progress(logdir, k).status == "interrupted"
        assert progress(logdir, k).iteration == max(metadata(own))


def test_a_signal_to_the_whole_group_loses_nothing(
    tmp_path: Path, config: Path, undisturbed: Callable[[tuple[str, ...]], object]
) -> None:
    """A scheduler signals every process of a job."""
    logdir, flags = tmp_path / "a", (*LONG, *SYNCHRONISED)
    with start(config, logdir, *flags) as coordinator:
        wait_for_checkpoints(logdir, COUNT)
        workers = workers_of(coordinator.pid)
        assert len(workers) == COUNT
        for process in (workers[0], coordinator, workers[1]):
            process.send_signal(signal.SIGTERM)
        coordinator.communicate(timeout=TIMEOUT_S)
    assert coordinator.returncode == 128 + signal.SIGTERM
    stopped_at = [progress(logdir, k).iteration for k in range(COUNT)]
    assert [at for at, _ in newest_digests(logdir)] == stopped_at
    starts = consistent_starts(Starts(RunDirectory(logdir), None), COUNT, 2000)
    assert starts is not None
    assert [start.iteration for start in starts] == stopped_at  # they go on together from there
    assert train(config, logdir, *flags, "--resume-from", str(logdir))[0] == 0
    assert newest_digests(logdir) == undisturbed(flags)


@pytest.mark.parametrize("flags", [(), SYNCHRONISED], ids=["alone", "synchronised"])
def test_an_instance_of_a_stopped_coordinator_still_saves_and_ends(
    tmp_path: Path, config: Path, flags: tuple[str, ...]
) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, *ENDLESS, *flags) as coordinator:
        try:
            wait_for_checkpoints(logdir, COUNT)
            (worker, _) = workers_of(coordinator.pid)
            coordinator.send_signal(signal.SIGSTOP)
            wait_until(lambda: psutil.Process(coordinator.pid).status() == psutil.STATUS_STOPPED)
            own = next(
                p
                for p in logdir.glob("instance_*")
                if f'"pid": {worker.pid},' in (p / "run.lock").read_text()
            )
            before = max(metadata(own))
            worker.send_signal(signal.SIGTERM)
            wait_until(lambda: gone(worker))
            assert max(metadata(own)) >= before
            assert "Interrupted by SIGTERM" in (own / "train.log").read_text()
        finally:
            coordinator.send_signal(signal.SIGCONT)
            coordinator.terminate()
            coordinator.communicate(timeout=TIMEOUT_S)


@pytest.mark.parametrize("flags", [(), SYNCHRONISED], ids=["alone", "synchronised"])
def test_instances_save_and_stop_when_their_coordinator_is_killed(
    tmp_path: Path, config: Path, flags: tuple[str, ...]
) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, *ENDLESS, *flags) as coordinator:
        wait_for_checkpoints(logdir, COUNT)
        workers = workers_of(coordinator.pid)
        coordinator.kill()
        coordinator.communicate(timeout=TIMEOUT_S)
        wait_until(lambda: all(gone(worker) for worker in workers))
    for k in range(COUNT):
        assert "Interrupted by SIGTERM" in (logdir / f"instance_{k}" / "train.log").read_text()


def test_a_directory_in_which_an_orphan_lives_is_refused(tmp_path: Path, config: Path) -> None:
    logdir = tmp_path / "a"
    flags = (*INSTANCES, "--resume-from", str(logdir))
    assert train(config, logdir, *INSTANCES, "--iters", "1000")[0] == 0
    with RunLock(logdir / "instance_1"):
        status, said = train(config, logdir, *flags, "--iters", "2000")
    assert status == 2
    assert f"instance_1: in use by process {os.getpid()}" in said
    assert "instances whose coordinator is gone save and stop: try again soon" in said
    assert train(config, logdir, *flags, "--iters", "2000")[0] == 0


def test_a_second_signal_ends_all_at_once(tmp_path: Path, config: Path) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, *ENDLESS) as coordinator:
        wait_for_checkpoints(logdir, COUNT)
        workers = workers_of(coordinator.pid)
        workers[0].suspend()  # it will not save
        coordinator.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        coordinator.send_signal(signal.SIGTERM)
        coordinator.communicate(timeout=TIMEOUT_S)
        assert coordinator.returncode == -signal.SIGTERM
        workers[0].resume()
        wait_until(lambda: all(gone(worker) for worker in workers))


def test_an_instance_that_keeps_failing_does_not_disturb_the_others(tmp_path: Path) -> None:
    run = two_instances()
    blocked = tmp_path / "a" / "instance_1" / "checkpoints"
    (tmp_path / "a" / "instance_0").mkdir(parents=True)
    blocked.parent.mkdir()
    (blocked.parent / "train.log").mkdir()  # where its log should be
    status = run_instances(run, tmp_path / "a", tmp_path / "a", retry_delays_s=[0.0, 0.0])
    assert status == 2  # the worst: this one was refused
    assert progress(tmp_path / "a", 0).status == "complete"
    assert progress(tmp_path / "a", 1).status == "failed"
    assert "train.log" in (progress(tmp_path / "a", 1).error or "")


def test_crashes_without_progress_end_in_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An instance that dies each time before it saves."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def dies(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).endswith('instance_1/config.yaml'):\n"
        "        os._exit(9)\n"
        "    if event == 'open' and 'instance_1/.config.yaml' in str(arguments[0]):\n"
        "        os._exit(9)\n"
        "sys.addaudithook(dies)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    run = two_instances()
    status = run_instances(run, tmp_path / "a", retry_delays_s=[0.0, 0.0])
    assert status == 1
    assert progress(tmp_path / "a", 1).error == "it ended with status 9"
    assert progress(tmp_path / "a", 1).restarts == 2
    assert progress(tmp_path / "a", 0).status == "complete"


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("flags", [LONG, LONG + SYNCHRONISED], ids=["alone", "synchronised"])
def test_random_kills_change_no_byte(
    tmp_path: Path,
    config: Path,
    undisturbed: Callable[[tuple[str, ...]], object],
    flags: tuple[str, ...],
    seed: int,
) -> None:
    """Kills instances and coordinators at random moments until the run is complete."""
    random_ = random.Random(seed)
    logdir = tmp_path / "a"
    for attempt in range(50):
        # At first a run may have been killed before it wrote anything.
        held = any(logdir.glob("instance_*"))
        if not held:
            shutil.rmtree(logdir, ignore_errors=True)
        resume = ("--resume-from", str(logdir)) if held else ()
        with start(config, logdir, *flags, *resume) as coordinator:
            if attempt < 6:
                time.sleep(random_.uniform(0.2, 1.5))
                victims = random_.sample(range(COUNT), random_.randint(0, COUNT))
                for number in victims:
                    kill(pid(logdir, number))
                time.sleep(random_.uniform(0.0, 1.0))
                if not victims or random_.random() < 0.7:
                    coordinator.send_signal(random_.choice([signal.SIGKILL, signal.SIGTERM]))
            _, said = coordinator.communicate(timeout=TIMEOUT_S)
        status = coordinator.returncode
        if status in (0, 3):
            break
        assert status in (128 + signal.SIGTERM, -signal.SIGTERM, -signal.SIGKILL, 2), said
        # Instances whose coordinator was killed still run, or make their directories only now.
        assert status != 2 or "in use by" in said or "holds a run already" in said, said
        time.sleep(0.2)
    assert newest_digests(logdir) == undisturbed(flags)
