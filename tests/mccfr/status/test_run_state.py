"""How a run stands: every state from every trace of it, and nothing changed by looking."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoint_samples import flip, save
from holdem.checkpoint import run_lock
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.run_lock import LockState, RunLock
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import ConfigError, RunDirectoryError
from holdem.mccfr.instance import Instance
from holdem.mccfr.order import RunOrder
from holdem.mccfr.run import open_run
from holdem.mccfr.status import run_state as looking
from holdem.mccfr.status import traces
from holdem.mccfr.status.progress_file import progress_path, write_progress
from holdem.mccfr.status.run_state import run_state
from holdem.mccfr.status.state import InstanceState
from holdem.mccfr.status.totals import totals
from holdem.types import RunConfig
from progress_samples import PROGRESS, leduc, make_run

HOLDER = """
import sys
from pathlib import Path
from holdem.checkpoint.run_lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Holds a run directory with another process, which gives it up at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        assert process.stdin
        process.stdin.close()


def abandon(directory: Path) -> int:
    """Leaves the lock of a process that was killed; returns the process."""
    with held(directory) as process:
        process.kill()
        process.wait()
    return process.pid


def only(directory: Path, verify: bool = False) -> InstanceState:
    (instance,) = run_state(directory, verify=verify).instances
    return instance


def refusal(directory: Path) -> str:
    with pytest.raises(RunDirectoryError) as caught:
        run_state(directory, verify=False)
    return str(caught.value)


def coordinated(tmp_path: Path, *instances: str, iteration: int = 500) -> Path:
    """Makes a run whose instances say these things and have saved at 400 and ``iteration``."""
    run = tmp_path / "run"
    make_run(run, num_iterations=1000 * len(instances))
    for number, said in enumerate(instances):
        make_run(run / f"instance_{number}", 400, 1000 if said == "complete" else iteration)
        limits = (1000 * number, 1000 * number + 1000)
        one = replace(PROGRESS, instance=number, status=said, iteration_range=limits)
        write_progress(run, replace(one, iteration=1000) if said == "complete" else one)
    return run


# The lock, looked at


def test_a_look_at_the_lock_says_who_holds_it_and_who_left_it(tmp_path: Path) -> None:
    assert RunLock.look(tmp_path / "none") == LockState(held=False, holder=None)
    assert RunLock.look(tmp_path) == LockState(held=False, holder=None)
    assert list(tmp_path.iterdir()) == []
    with held(tmp_path) as process:
        look = RunLock.look(tmp_path)
        assert look.held
        assert look.holder is not None
        assert (look.holder.pid, look.holder.host) == (process.pid, os.uname().nodename)
    assert RunLock.look(tmp_path) == LockState(held=False, holder=None)
    pid = abandon(tmp_path)
    look = RunLock.look(tmp_path)
    assert not look.held
    assert look.holder is not None
    assert look.holder.pid == pid
    (tmp_path / "run.lock").write_bytes(b"\xff")
    assert RunLock.look(tmp_path) == LockState(held=False, holder=None)


def test_a_lock_is_taken_although_somebody_looks_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = RunLock(tmp_path)
    lock.acquire()
    lock.keep()
    lock.release()
    with lock.path.open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        waits: list[float] = []

        def the_look_ends(seconds: float) -> None:
            waits.append(seconds)
            fcntl.flock(looking, fcntl.LOCK_UN)

        monkeypatch.setattr(run_lock.time, "sleep", the_look_ends)
        with lock:
            assert RunLock.look(tmp_path).held
        assert len(waits) == 1


# Runs without instances


def test_a_run_that_trains(tmp_path: Path) -> None:
    make_run(tmp_path, 400)
    with held(tmp_path) as process:
        one = only(tmp_path)
        assert run_state(tmp_path, verify=False).overall == "running"
    assert one.state == one.progress.status == "running"
    assert one.progress.instance == 0
    assert one.progress.pid == process.pid
    assert one.progress.iteration == one.progress.checkpoint_iteration == 400
    assert one.progress.target_iteration == 1000
    assert one.progress.elapsed_seconds == 200
    assert one.checkpoint_verified == "sizes match"
    assert one.checkpoint_age_seconds is not None


def test_a_run_that_is_complete(tmp_path: Path) -> None:
    make_run(tmp_path, 400, 1000)
    assert run_state(tmp_path, verify=True).overall == "complete"
    assert only(tmp_path, verify=True).checkpoint_verified == "sound"
    make_run(tmp_path / "timed", 1000, time_budget_seconds=500.0)
    assert only(tmp_path / "timed").state == "complete"
    make_run(tmp_path / "more time", 1000, time_budget_seconds=500.5)
    assert only(tmp_path / "more time").state == "interrupted"


def test_a_run_that_gave_its_lock_up_was_interrupted(tmp_path: Path) -> None:
    make_run(tmp_path, 400)
    with held(tmp_path):
        pass
    assert only(tmp_path).state == "interrupted"
    assert run_state(tmp_path, verify=False).overall == "stopped"


def test_a_run_that_ended_a_chunk_is_stopped(tmp_path: Path) -> None:
    make_run(tmp_path)
    store = CheckpointStore(tmp_path / "checkpoints")
    for iteration, complete in ((300, True), (350, False)):
        chunk = {"start_iteration": 0, "complete": complete}
        store.save(iteration, {"a": 1}, {"a": 1}, {"elapsed_seconds": 1.0, "chunk": chunk})
        assert only(tmp_path).state == ("stopped" if complete else "interrupted")
    assert run_state(tmp_path, verify=False).overall == "stopped"


def test_a_run_that_was_killed_has_failed(tmp_path: Path) -> None:
    make_run(tmp_path, 400)
    pid = abandon(tmp_path)
    one = only(tmp_path)
    assert one.state == "failed"
    assert one.progress.error is not None
    assert f"its process is gone (process {pid} on " in one.progress.error
    assert run_state(tmp_path, verify=False).overall == "failed"
    save(CheckpointStore(tmp_path / "checkpoints"), 1000)  # killed after its last save
    assert only(tmp_path).state == "complete"


def test_a_run_before_its_first_checkpoint(tmp_path: Path) -> None:
    make_run(tmp_path)
    with held(tmp_path):
        one = only(tmp_path)
    assert (one.state, one.checkpoint_age_seconds, one.checkpoint_verified) == (
        "running",
        None,
        None,
    )
    assert only(tmp_path).state == "interrupted"


def test_a_run_whose_targets_are_not_known(tmp_path: Path) -> None:
    make_run(tmp_path, 400)
    (tmp_path / "config.yaml").write_text("num_iterations: [")
    one = only(tmp_path)
    assert one.state == "unknown"
    assert one.progress.error is not None
    assert "config.yaml" in one.progress.error
    assert run_state(tmp_path, verify=False).overall == "failed"
    with held(tmp_path):
        assert only(tmp_path).state == "running"


def test_a_run_whose_lock_or_checkpoints_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, 400)
    with monkeypatch.context() as patch:
        patch.setattr(run_lock.fcntl, "flock", no_locks)
        (tmp_path / "run.lock").touch()
        one = only(tmp_path)
        assert (one.state, one.checkpoint_verified) == ("unknown", "sizes match")
        assert "run.lock: cannot be looked at: No locks available" in str(one.progress.error)
        save(CheckpointStore(tmp_path / "checkpoints"), 1000)
        assert only(tmp_path).state == "complete"

    def unreadable(directory: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied", str(directory))

    monkeypatch.setattr(Path, "iterdir", unreadable)
    assert "Permission denied" in refusal(tmp_path)


def no_locks(descriptor: int, kind: int) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_a_damaged_checkpoint_is_named_and_the_one_before_counts(tmp_path: Path) -> None:
    newest = make_run(tmp_path, 400, 1000)[1]
    flip(newest.regrets_path, 5000)
    assert only(tmp_path).checkpoint_verified == "sizes match"
    assert only(tmp_path).state == "complete"
    one = only(tmp_path, verify=True)
    assert one.state == "interrupted"  # the next command goes on from 400
    assert one.checkpoint_verified is not None
    assert one.checkpoint_verified.startswith(f"damaged: {newest.regrets_path}: expected")
    assert (one.progress.iteration, one.progress.checkpoint_iteration) == (400, 1000)
    newest.policy_path.unlink()
    assert "nothing there" in str(only(tmp_path).checkpoint_verified)
    newest.metadata_path.write_text("{")
    assert str(only(tmp_path).checkpoint_verified).startswith("damaged: ")


def tear(checkpoint: Checkpoint) -> None:
    checkpoint.regrets_path.write_bytes(b"torn")


def lose_metadata(checkpoint: Checkpoint) -> None:
    checkpoint.metadata_path.unlink()


@pytest.mark.parametrize("harm", [tear, lose_metadata])
def test_what_has_no_sound_checkpoint_cannot_be_resumed_and_does_not_say_so(
    tmp_path: Path, harm: Callable[[Checkpoint], None]
) -> None:
    alone = make_run(tmp_path / "alone", 400, 600)
    run = coordinated(tmp_path, "interrupted", "complete")
    one_of_two = [CheckpointStore(run / f"instance_{n}" / "checkpoints").list() for n in range(2)]
    for checkpoint in (*alone, *one_of_two[0], *one_of_two[1]):
        harm(checkpoint)
    for state in (only(tmp_path / "alone"), *run_state(run, verify=False).instances):
        assert state.state == "failed"
        assert state.progress.error
        assert str(state.checkpoint_verified).startswith("damaged: ")
    assert only(tmp_path / "alone").progress.error == "none of its checkpoints is sound"
    assert run_state(run, verify=False).overall == "failed"
    with held(tmp_path / "alone"):
        assert only(tmp_path / "alone").state == "running"


def test_the_instance_of_a_directory_by_itself(tmp_path: Path) -> None:
    make_run(tmp_path)
    metadata = {"instance": 3, "iteration_range": [3000, 4000], "elapsed_seconds": 1.0}
    CheckpointStore(tmp_path / "checkpoints").save(1000, {"a": 1}, {"a": 1}, metadata)
    one = only(tmp_path)
    assert (one.progress.instance, one.progress.iteration_range) == (3, (3000, 4000))


# Runs of several instances


@pytest.mark.parametrize(
    ("said", "overall"),
    [
        (("complete", "complete"), "complete"),
        (("complete", "stopped"), "stopped"),
        (("interrupted", "stopped"), "stopped"),
        (("complete", "failed"), "failed"),
        (("interrupted", "failed"), "failed"),
    ],
)
def test_instances_that_have_ended_are_what_they_say(
    tmp_path: Path, said: tuple[str, ...], overall: str
) -> None:
    state = run_state(coordinated(tmp_path, *said), verify=True)
    assert tuple(one.state for one in state.instances) == said
    assert state.overall == overall
    assert all(one.checkpoint_verified == "sound" for one in state.instances)
    assert all(one.progress.iterations_per_second == 0 for one in state.instances)
    assert all(one.progress.pid is None for one in state.instances)


def test_what_runs_is_what_the_file_says(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "running", "waiting", "complete", "failed")
    with held(run):
        state = run_state(run, verify=False)
    assert [one.state for one in state.instances] == ["running", "waiting", "complete", "failed"]
    assert state.overall == "running"
    assert state.instances[0].progress.iterations_per_second == 12.5
    assert state.instances[0].progress.checkpoint_iteration == 500  # as on disk


def test_a_coordinator_that_is_gone(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "running", "waiting", "complete", iteration=450)
    abandon(run)
    state = run_state(run, verify=False)
    assert [one.state for one in state.instances] == ["failed", "failed", "complete"]
    assert [one.progress.error for one in state.instances] == ["its process is gone"] * 2 + [None]
    assert state.instances[0].progress.iteration == 450  # the rest is lost
    assert state.overall == "failed"


def test_instances_that_outlive_their_coordinator_for_a_moment(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "running", "interrupted")
    with held(run / "instance_0"):
        assert [one.state for one in run_state(run, verify=False).instances] == [
            "running",
            "interrupted",
        ]
    with held(run / "instance_1"):  # by a command that has yet to write a file
        state = run_state(run, verify=False)
        assert [one.state for one in state.instances] == ["failed", "running"]
        assert state.overall == "running"


def test_an_instance_that_was_killed_after_its_last_save_is_complete(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "running", iteration=1000)
    assert run_state(run, verify=False).overall == "complete"


@pytest.mark.parametrize("said", ["failed", "interrupted", "stopped"])
def test_whatever_ended_it_after_its_last_save(tmp_path: Path, said: str) -> None:
    run = coordinated(tmp_path, said, iteration=1000)
    assert run_state(run, verify=False).overall == "complete"


def test_a_coordinator_whose_lock_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = coordinated(tmp_path, "running", "stopped")
    (run / "run.lock").touch()
    monkeypatch.setattr(run_lock.fcntl, "flock", no_locks)
    state = run_state(run, verify=False)
    assert [one.state for one in state.instances] == ["unknown", "stopped"]


def test_a_new_coordinator_of_a_stopped_run_makes_it_run(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "stopped", "complete")
    with held(run):
        assert run_state(run, verify=False).overall == "running"
    assert run_state(run, verify=False).overall == "stopped"


def test_complete_needs_a_sound_checkpoint(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "complete", "complete")
    newest = CheckpointStore(run / "instance_1" / "checkpoints").list()[-1]
    flip(newest.policy_path, 5000)
    assert run_state(run, verify=False).overall == "complete"
    state = run_state(run, verify=True)
    assert [one.state for one in state.instances] == ["complete", "failed"]
    assert state.instances[1].progress.error == (
        "complete at iteration 1,000, but of sound checkpoints it has 400"
    )
    for path in newest.directory.iterdir():
        path.unlink()
    assert [one.state for one in run_state(run, verify=False).instances] == ["complete", "failed"]


def test_an_instance_that_was_complete_where_it_came_from_needs_none(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "complete", "complete")
    for path in (run / "instance_1" / "checkpoints").iterdir():
        path.unlink()
    one = replace(PROGRESS, status="complete", start_iteration=1000, iteration=1000)
    write_progress(run, replace(one, resumed_from="elsewhere"))
    assert run_state(run, verify=False).overall == "complete"


@pytest.mark.parametrize("said", ["complete", "running", "stopped"])
def test_a_progress_file_cut_short_falls_back_to_the_checkpoints(tmp_path: Path, said: str) -> None:
    run = coordinated(tmp_path, said, said)
    path = progress_path(run, 1)
    path.write_bytes(path.read_bytes()[:100])
    state = run_state(run, verify=False).instances[1]
    assert state.state == ("complete" if said == "complete" else "interrupted")
    assert state.progress.target_iteration == 1000
    with held(run):
        expected = "complete" if said == "complete" else "waiting"
        assert run_state(run, verify=False).instances[1].state == expected


def test_the_file_of_another_instance_is_none(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "failed", "failed")
    progress_path(run, 0).replace(progress_path(run, 1))
    assert [one.state for one in run_state(run, verify=False).instances] == ["interrupted"] * 2


def test_an_instance_between_that_is_missing_is_not_left_out(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "complete", "complete", "complete")
    (run / "instance_1").rename(tmp_path / "elsewhere")
    progress_path(run, 1).unlink()
    state = run_state(run, verify=False)
    assert [one.state for one in state.instances] == ["complete", "unknown", "complete"]
    assert state.overall == "failed"


def test_a_coordinator_that_has_made_no_instance_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(path: Path, overrides: dict[str, object]) -> RunConfig:
        if path.parent != tmp_path:
            raise ConfigError(f"{path}: no such file")
        return leduc(num_iterations=1000, num_instances=3)

    monkeypatch.setattr(traces, "load_run_config", load)
    with held(tmp_path):
        state = run_state(tmp_path, verify=False)
    assert [one.state for one in state.instances] == ["waiting"] * 3
    assert state.overall == "running"
    assert [one.state for one in run_state(tmp_path, verify=False).instances] == ["unknown"] * 3


def test_trained_instances_without_any_progress_file(tmp_path: Path) -> None:
    for number, iterations in ((0, 3), (1, 4)):
        instance = Instance(number, 2, (4 * number, 4 * number + iterations))
        config = leduc(num_iterations=iterations, tensorboard=False)
        order = RunOrder(config, tmp_path / f"instance_{number}", instance=instance)
        with open_run(order) as trainer:
            if number == 0:
                state = run_state(tmp_path, verify=False)
                assert [one.state for one in state.instances] == ["running"]
            trainer.train()
    state = run_state(tmp_path, verify=True)
    assert state.overall == "complete"
    assert [one.progress.iteration_range for one in state.instances] == [(0, 3), (4, 8)]
    assert totals(state.instances).iterations == 7


# Directories that change, cannot be changed, or are no runs


def test_looking_changes_nothing(tmp_path: Path) -> None:
    run = coordinated(tmp_path, "running", "complete", "failed")
    flip(CheckpointStore(run / "instance_0" / "checkpoints").list()[-1].policy_path, 5000)

    def everything() -> dict[Path, tuple[int, int, int]]:
        found = {path: path.stat() for path in (run, *run.rglob("*"))}
        return {path: (one.st_ino, one.st_mtime_ns, one.st_size) for path, one in found.items()}

    before = everything()
    run_state(run, verify=True)
    assert everything() == before


def test_checkpoints_and_files_may_be_replaced_meanwhile(tmp_path: Path) -> None:
    run = tmp_path / "run"
    make_run(run / "instance_0", 1, num_iterations=100_000)
    write_progress(run, replace(PROGRESS, instance=0, iteration=1))
    store = CheckpointStore(run / "instance_0" / "checkpoints", keep_checkpoints=1)
    done = threading.Event()

    def train() -> None:
        with RunLock(run):
            for iteration in range(2, 60):
                save(store, iteration, size=30)
                write_progress(run, replace(PROGRESS, instance=0, iteration=iteration))
        done.set()

    writer = threading.Thread(target=train)
    with RunLock(run / "instance_0"):
        writer.start()
        last = 0
        while not done.is_set():
            one = only(run, verify=True)
            assert one.state == "running"
            assert one.checkpoint_verified == "sound"
            assert one.progress.checkpoint_iteration is not None
            assert one.progress.checkpoint_iteration >= last
            last = one.progress.checkpoint_iteration
        writer.join()


def test_a_run_that_begins_in_the_middle_of_a_look_has_not_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = coordinated(tmp_path, "stopped")
    lock = RunLock(run)
    read = looking.read_progress

    def read_after_a_start(path: Path) -> object:
        if lock._descriptor is None:
            lock.acquire()
            write_progress(run, replace(PROGRESS, instance=0))
        return read(path)

    monkeypatch.setattr(looking, "read_progress", read_after_a_start)
    assert [one.state for one in run_state(run, verify=False).instances] == ["running"]
    lock.release()


def test_an_instance_that_ends_while_its_checkpoints_are_read_has_not_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = coordinated(tmp_path, "running")
    store = CheckpointStore(run / "instance_0" / "checkpoints")
    lock = RunLock(run)
    lock.acquire()
    find = traces._checkpoints

    def find_before_the_end(*arguments: object) -> object:
        found = find(*arguments)
        if arguments[0].directory == store.directory and len(store.list()) == 2:
            save(store, 1000)
            write_progress(run, replace(PROGRESS, instance=0, status="complete", iteration=1000))
            lock.release()
        return found

    monkeypatch.setattr(traces, "_checkpoints", find_before_the_end)
    assert [one.state for one in run_state(run, verify=True).instances] == ["complete"]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "there is no such directory" in refusal(tmp_path / "none")
    (tmp_path / "file").write_text("")
    assert "is not a directory" in refusal(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert "no run lives here" in refusal(tmp_path / "empty")
    foreign = tmp_path / "foreign"
    (foreign / "checkpoints").mkdir(parents=True)
    (foreign / "instance_0").mkdir()
    (foreign / "progress").mkdir()
    (foreign / "progress" / "instance_0_progress.json").write_text("{}")
    (foreign / "checkpoints" / "model.pt").write_text("")
    (foreign / "config.yaml").write_text("model: large\n")
    assert "no run lives here" in refusal(foreign)
    assert str(foreign) in refusal(foreign)
