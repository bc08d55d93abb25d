"""Saves that a forked child writes: the bytes of the moment they began, and no error is lost."""

from __future__ import annotations

import errno
import logging
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from checkpoint_samples import assert_holds, iterations, policy_of, regrets_of, save
from fakes import FakeClock, FakeSolver, FakeStore, make_trainer
from holdem.checkpoint import background_save
from holdem.checkpoint.background_save import PendingSave
from holdem.checkpoint.run_lock import RunLock
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import CheckpointError
from holdem.mccfr.solver import Solver
from holdem.mccfr.trainer import StopReason
from holdem.types import GameConfig, MCCFRConfig

LARGE = 30_000_000  # elements, which take long enough to write that something can happen meanwhile

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="snapshots need Linux")
pytestmark = linux_only


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    store = CheckpointStore(tmp_path / "checkpoints")
    save(store, 1)
    return store


def begin(store: CheckpointStore, iteration: int, size: int = 3000) -> PendingSave:
    metadata = {"seed": 7, "elapsed_seconds": iteration / 2}
    return store.begin_save(
        iteration, policy_of(iteration, size), regrets_of(iteration, size), metadata
    )


def begin_large(store: CheckpointStore) -> PendingSave:
    """Begins to save, as iteration 2, more than is written in a moment."""
    return store.begin_save(2, {}, {"regret": np.ones(LARGE, np.float32)}, {})


def the_child() -> psutil.Process:
    (child,) = psutil.Process().children()
    return child


def files_of(store: CheckpointStore) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.directory.iterdir()}


def test_a_checkpoint_exists_once_it_is_waited_for(store: CheckpointStore) -> None:
    pending = begin(store, 2)
    assert iterations(store) == [1]
    checkpoint = pending.wait()
    assert pending.copied_bytes is not None
    assert_holds(checkpoint)
    assert iterations(store) == [1, 2]
    assert not psutil.Process().children()
    assert begin(store, 2).wait() == checkpoint  # saved already


@pytest.mark.parametrize("sampling", ["external", "outcome"])
def test_the_bytes_are_those_of_the_iteration_it_began_at(tmp_path: Path, sampling: str) -> None:
    def leduc() -> Solver:
        training = MCCFRConfig(num_iterations=1, sampling=sampling, discount_mode="dcfr")
        return Solver(GameConfig(name="leduc"), training, memory_limit_bytes=10**9)

    def content(solver: Solver) -> tuple[int, dict, dict, dict]:  # type: ignore[type-arg]
        metadata = solver.metadata()
        return solver.iteration, solver.policy_content(), solver.regret_content(), metadata

    trained_on, stopped = leduc(), leduc()
    for solver in (trained_on, stopped):
        solver.run(3000, 60.0)
    expected = CheckpointStore(tmp_path / "in place").save(*content(stopped))
    pending = CheckpointStore(tmp_path / "background").begin_save(*content(trained_on))
    trained_on.run(5000, 60.0)
    assert not np.array_equal(trained_on.regrets, stopped.regrets)
    checkpoint = pending.wait()
    checkpoint.verify()
    assert checkpoint.metadata == expected.metadata
    for mine, its in zip(checkpoint.paths, expected.paths, strict=True):
        assert mine.read_bytes() == its.read_bytes()


def test_what_changes_while_it_is_written_is_saved_as_it_was(store: CheckpointStore) -> None:
    table = np.arange(LARGE, dtype=np.float32)
    expected = table.copy()
    pending = store.begin_save(2, {}, {"table": table}, {})
    child = the_child()
    child.suspend()  # so that the change surely comes while it writes
    table[:] = -1
    child.resume()
    checkpoint = pending.wait()
    found = np.empty_like(table)
    checkpoint.load({"table": found}, {})
    assert np.array_equal(found, expected)
    assert pending.copied_bytes is not None
    assert pending.copied_bytes > table.nbytes / 10


def test_one_array_in_two_places_is_saved_twice(store: CheckpointStore) -> None:
    table = np.arange(2_000_000, dtype=np.float32)  # large enough to be given back after writing
    overlapping = {"all": table, "part": table[500_000:]}
    checkpoint = store.begin_save(2, overlapping, {"again": table}, {}).wait()
    for file, name, expected in (
        (checkpoint.regrets(), "again", table),
        (checkpoint.policy(), "all", table),
        (checkpoint.policy(), "part", table[500_000:]),
    ):
        assert np.array_equal(file.array(name), expected)


def test_nothing_has_to_be_kept_alive(store: CheckpointStore) -> None:
    pending = begin_large(store)
    junk = [np.full(LARGE, 3, np.float32) for _ in range(2)]  # where the arrays were
    del junk
    checkpoint = pending.wait()
    checkpoint.verify()
    assert np.all(checkpoint.regrets().array("regret") == 1)


def test_a_child_that_is_killed_costs_only_its_checkpoint(store: CheckpointStore) -> None:
    before = files_of(store)
    pending = begin_large(store)
    the_child().kill()
    with pytest.raises(CheckpointError, match=r"checkpoint 2 could not be saved: .*signal 9"):
        pending.wait()
    assert files_of(store) == before
    assert_holds(begin(store, 2).wait())


def test_a_save_that_is_given_up_leaves_no_process(store: CheckpointStore) -> None:
    pending = begin_large(store)
    child = the_child()
    del pending
    assert not child.is_running()
    store.open_for_writing()
    assert not list(store.directory.glob(".*"))


@pytest.mark.parametrize("limit", [0, 5000, 16_000])
def test_a_file_that_may_not_grow(store: CheckpointStore, limit: int) -> None:
    before = files_of(store)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        pending = begin(store, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with pytest.raises(
        CheckpointError, match=r"checkpoint 2 could not be saved: .*large"
    ) as caught:
        pending.wait()
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert files_of(store) == before


def test_a_commit_that_fails(store: CheckpointStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    before = files_of(store)
    pending = begin(store, 2)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(CheckpointError, match="could not be saved"):
            pending.wait()
    assert files_of(store) == before


def test_too_little_space_is_found_before_the_fork(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdem.checkpoint.store.ALLOWANCE_BYTES", 1 << 60)
    with pytest.raises(CheckpointError, match="nothing was written"):
        begin(store, 2)
    assert not psutil.Process().children()


def test_it_is_saved_in_place_where_memory_is_tight(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background_save, "available_memory_bytes", lambda: 20_000)
    with caplog.at_level(logging.WARNING, "holdem"):
        pending = begin(store, 2)
    assert pending.is_done
    assert iterations(store) == [1, 2]
    assert_holds(pending.wait())
    assert pending.copied_bytes is None
    assert "Training stands still while this is saved: a snapshot may take" in caplog.text


def test_it_is_saved_in_place_where_no_process_can_be_made(
    store: CheckpointStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EAGAIN, "fork: Resource temporarily unavailable")

    monkeypatch.setattr("holdem._core.fork_to_write", refuse)
    assert_holds(begin(store, 2).wait())
    assert "fork: Resource temporarily unavailable" in caplog.text


def test_retention_follows_the_commit(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep_checkpoints=2)
    for iteration in range(1, 6):
        begin(store, iteration).wait()
    assert iterations(store) == [4, 5]


def test_the_child_holds_no_lock_and_no_signal_stops_it(
    tmp_path: Path, store: CheckpointStore
) -> None:
    received: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    }
    try:
        lock = RunLock(tmp_path)
        lock.acquire()
        pending = begin_large(store)
        child = the_child()
        child.suspend()
        for number in before:
            child.send_signal(number)
        lock.release()
        with RunLock(tmp_path):
            assert not pending.is_done
        child.resume()
        pending.wait().verify()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert received == []


PARENT = f"""
import sys, time
from pathlib import Path
import numpy as np, psutil
from holdem.checkpoint.store import CheckpointStore
from holdem.checkpoint.run_lock import RunLock
with RunLock(Path(sys.argv[1])):
    store = CheckpointStore(Path(sys.argv[1]) / "checkpoints")
    pending = store.begin_save(2, {{}}, {{"regret": np.ones({LARGE}, np.float32)}}, {{}})
    print(psutil.Process().children()[0].pid, flush=True)
    time.sleep(60)
"""


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        assert parent.stdout.read() == ""  # returns at once: the child holds no pipe of its parent
    with RunLock(tmp_path):
        deadline = time.monotonic() + 30
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        store = CheckpointStore(tmp_path / "checkpoints")
        store.open_for_writing()
        assert iterations(store) == []
        assert not list(store.directory.glob(".*"))


def test_descriptors_do_not_pile_up(store: CheckpointStore) -> None:
    begin(store, 2).wait()
    before = psutil.Process().num_fds()
    for iteration in range(3, 8):
        begin(store, iteration).wait()
    assert psutil.Process().num_fds() == before


# The run loop -------------------------------------------------------------------------------------


def slow_store(clock: FakeClock, seconds: float, *fail_at: int) -> FakeStore:
    """A store whose background saves take so long."""
    store = FakeStore(*fail_at)
    store.clock, store.background_seconds = clock, seconds
    return store


def test_training_goes_on_during_a_save() -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 1.0)
    trainer = make_trainer(
        solver=solver, store=store, num_iterations=4000, checkpoint_interval=2000
    )
    during: list[int] = []
    solver.after_slice = lambda: store.in_flight and during.append(solver.iteration)
    started = solver.clock.now
    trainer.train()
    assert store.iterations == [2000, 4000]
    assert during == [2200, 2400, 2600, 2800, 3000]
    assert solver.clock.now - started == pytest.approx(4.0)


def test_a_save_due_by_time_waits_for_the_one_under_way() -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 2.5)
    make_trainer(
        solver=solver, store=store, time_budget_seconds=7.5, snapshot_interval_seconds=1.0
    ).train()
    assert store.iterations == pytest.approx([1000, 3500, 6000, 7500], abs=250)
    assert min(seconds for _, seconds in solver.slices) > 0.01  # no hurry while it is written


def test_multiples_stay_exact_and_training_waits_where_the_disk_is_slower() -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 0.5)
    make_trainer(solver=solver, store=store, num_iterations=1000, checkpoint_interval=300).train()
    assert store.iterations == [300, 600, 900, 1000]


def test_a_background_error_surfaces_at_the_next_boundary_and_the_save_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 0.1, 300)
    seen: list[int] = []
    solver.after_slice = lambda: "No checkpoint" in caplog.text and seen.append(solver.iteration)
    trainer = make_trainer(solver=solver, store=store, num_iterations=1000, checkpoint_interval=300)
    with caplog.at_level(logging.ERROR, "holdem"):
        assert trainer.train().complete
    assert store.iterations == [600, 900, 1000]
    assert "No checkpoint at iteration 300: no room for iteration 300" in caplog.text
    assert seen[0] <= 700


def test_an_error_that_comes_with_the_end_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 60.0, 300)
    trainer = make_trainer(solver=solver, store=store, num_iterations=400, checkpoint_interval=300)
    with caplog.at_level(logging.ERROR, "holdem"):
        trainer.train()
    assert store.iterations == [400]
    assert "No checkpoint at iteration 300" in caplog.text


def test_a_signal_during_a_save_loses_neither_of_the_two() -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 60.0)
    trainer = make_trainer(solver=solver, store=store, num_iterations=4000, checkpoint_interval=300)
    solver.after_slice = lambda: store.in_flight and trainer.stop.request(signal.SIGTERM)
    assert trainer.train().reason is StopReason.SIGNAL
    assert store.iterations == [300, 500]


def test_a_run_that_fails_still_commits_what_was_under_way() -> None:
    solver = FakeSolver(FakeClock())
    store = slow_store(solver.clock, 60.0)
    trainer = make_trainer(solver=solver, store=store, num_iterations=4000, checkpoint_interval=300)

    def fail() -> None:
        if solver.iteration > 300:
            raise RuntimeError("core failed")

    solver.after_slice = fail
    with pytest.raises(RuntimeError, match="core failed"):
        trainer.train()
    assert store.iterations == [300]
