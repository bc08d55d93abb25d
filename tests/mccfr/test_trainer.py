"""The run loop: where it stops, when it saves, what it does when something fails."""

from __future__ import annotations

import logging
import signal

import pytest

from fakes import FakeClock, FakeSolver, FakeStore, make_trainer
from holdem.errors import CheckpointError
from holdem.mccfr.signals import STOP_SIGNALS, StopSignals
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.trainer import SLICE_SECONDS, Origin, StopReason


class Watcher:
    def __init__(self) -> None:
        self.seen: list[RunStatus] = []
        self.closed: list[RunStatus] = []

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        self.seen.append(status)

    def close(self, status: RunStatus) -> None:
        self.closed.append(status)


def test_stops_exactly_at_num_iterations_and_saves_once() -> None:
    trainer = make_trainer(num_iterations=12_345)
    result = trainer.train()
    assert (result.reason, result.iteration, result.signal) == (StopReason.COMPLETE, 12_345, None)
    assert result.complete
    assert trainer.store.iterations == [12_345]


def test_slices_are_short() -> None:
    trainer = make_trainer(num_iterations=5000)
    trainer.train()
    assert max(seconds for _, seconds in trainer.solver.slices) <= SLICE_SECONDS <= 0.25


def test_checkpoints_fall_on_exact_multiples() -> None:
    trainer = make_trainer(num_iterations=1000, checkpoint_interval=300)
    trainer.train()
    assert trainer.store.iterations == [300, 600, 900, 1000]


def test_a_last_interval_checkpoint_is_not_saved_twice() -> None:
    trainer = make_trainer(num_iterations=900, checkpoint_interval=300)
    trainer.train()
    assert trainer.store.iterations == [300, 600, 900]


def test_multiples_are_counted_from_zero_after_a_resume() -> None:
    solver = FakeSolver(FakeClock(), iteration=450)
    trainer = make_trainer(solver=solver, num_iterations=1000, checkpoint_interval=300)
    trainer.train()
    assert trainer.store.iterations == [600, 900, 1000]


def test_snapshots_follow_the_clock() -> None:
    trainer = make_trainer(time_budget_seconds=10.0, snapshot_interval_seconds=3.0)
    trainer.train()
    assert trainer.store.iterations == pytest.approx([3000, 6000, 9000, 10_000], abs=5)


def test_time_budget_counts_earlier_processes_of_the_directory() -> None:
    trainer = make_trainer(
        time_budget_seconds=10.0, origin=Origin(elapsed_seconds=7.0, elapsed_seconds_total=20.0)
    )
    result = trainer.train()
    assert result.iteration == pytest.approx(3000, abs=5)
    metadata = trainer.store.saved[-1].metadata
    assert metadata["elapsed_seconds"] == pytest.approx(10.0, abs=0.01)
    assert metadata["elapsed_seconds_total"] == pytest.approx(23.0, abs=0.01)
    assert metadata["chunk_elapsed_seconds"] == pytest.approx(3.0, abs=0.01)


def test_whichever_target_comes_first() -> None:
    by_iterations = make_trainer(num_iterations=500, time_budget_seconds=10.0).train()
    by_time = make_trainer(num_iterations=50_000, time_budget_seconds=1.0).train()
    assert by_iterations.iteration == 500
    assert by_time.iteration == pytest.approx(1000, abs=5)


def test_iterations_slower_than_the_budget_end_after_one() -> None:
    solver = FakeSolver(FakeClock(), speed=0.5)
    result = make_trainer(solver=solver, time_budget_seconds=1.0).train()
    assert (result.iteration, result.elapsed_seconds) == (1, 2.0)


def test_metadata_says_where_it_came_from_and_how_it_went() -> None:
    solver = FakeSolver(FakeClock(), iteration=100)
    trainer = make_trainer(solver=solver, num_iterations=200, origin=Origin(parent="runs/a/x.pkl"))
    trainer.train()
    metadata = trainer.store.saved[-1].metadata
    assert metadata["instance"] == 0
    assert metadata["parent_checkpoint"] == "runs/a/x.pkl"
    assert metadata["sampler"] == "external"
    assert metadata["metrics"]["iterations_per_second"] == pytest.approx(1000, rel=0.01)
    assert metadata["metrics"]["nodes_per_second"] == pytest.approx(10_000, rel=0.01)
    assert metadata["metrics"]["streets"]["flop"]["mean_positive_regret"] == 2.0


def test_a_failed_save_on_the_way_is_logged_and_tried_at_the_next_interval(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trainer = make_trainer(num_iterations=1000, checkpoint_interval=300, store=FakeStore(300))
    with caplog.at_level(logging.ERROR, "holdem"):
        result = trainer.train()
    assert result.complete
    assert trainer.store.iterations == [600, 900, 1000]
    assert "No checkpoint at iteration 300: no room for iteration 300" in caplog.text


def test_a_failed_snapshot_waits_a_whole_interval() -> None:
    store = FakeStore(*range(3000, 3010))
    make_trainer(time_budget_seconds=8.0, snapshot_interval_seconds=3.0, store=store).train()
    assert store.iterations == pytest.approx([6000, 8000], abs=10)


def test_a_failed_save_at_the_end_is_an_error() -> None:
    with pytest.raises(CheckpointError, match="no room for iteration 1000"):
        make_trainer(num_iterations=1000, store=FakeStore(1000)).train()


def test_memory_limit_saves_and_says_what_to_raise(caplog: pytest.LogCaptureFixture) -> None:
    solver = FakeSolver(FakeClock())
    solver.memory_limit_at = 700
    trainer = make_trainer(solver=solver, num_iterations=5000)
    with caplog.at_level(logging.ERROR, "holdem"):
        result = trainer.train()
    assert (result.reason, result.iteration) == (StopReason.MEMORY_LIMIT, 700)
    assert not result.complete
    assert trainer.store.iterations == [700]
    assert "--memory-limit" in caplog.text


def test_all_that_shells_and_schedulers_send_is_noted() -> None:
    names = {"SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGHUP", "SIGXCPU"}
    assert {number.name for number in STOP_SIGNALS} == names


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_ends_the_slice_and_saves(number: signal.Signals) -> None:
    solver = FakeSolver(FakeClock())
    trainer = make_trainer(solver=solver, num_iterations=100_000)
    solver.after_slice = lambda: signal.raise_signal(number)
    before = signal.getsignal(number)
    with trainer.stop:
        result = trainer.train()
        # A second one would end the process, unless nobody asked for it.
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        for _ in range(2):
            signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGXCPU)
    assert signal.getsignal(number) == before
    assert (result.reason, result.signal) == (StopReason.SIGNAL, number)
    assert trainer.store.iterations == [200]


def test_a_hangup_that_is_ignored_at_the_start_stays_ignored() -> None:
    trainer = make_trainer(num_iterations=1000)
    trainer.solver.after_slice = lambda: signal.raise_signal(signal.SIGHUP)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with trainer.stop:
            assert trainer.train().complete
            signal.raise_signal(signal.SIGTERM)
            assert trainer.stop.received == signal.SIGTERM
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_before_the_first_iteration_still_saves() -> None:
    stop = StopSignals()
    stop.received = signal.SIGTERM
    trainer = make_trainer(num_iterations=100)
    trainer.stop = stop
    assert trainer.train().signal == signal.SIGTERM
    assert trainer.store.iterations == [0]


def test_a_signal_right_after_a_resume_saves_nothing_again() -> None:
    trainer = make_trainer(
        solver=FakeSolver(FakeClock(), iteration=50),
        num_iterations=100,
        origin=Origin(saved_iteration=50),
    )
    trainer.stop.received = signal.SIGTERM
    trainer.train()
    assert trainer.store.iterations == []


def test_a_signal_with_the_last_iteration_counts_as_complete() -> None:
    trainer = make_trainer(num_iterations=100)
    trainer.solver.after_slice = lambda: setattr(trainer.stop, "received", signal.SIGINT)
    result = trainer.train()
    assert (result.reason, result.signal) == (StopReason.COMPLETE, None)


def test_observers_see_progress_and_the_end() -> None:
    watcher = Watcher()
    make_trainer(
        num_iterations=1000, time_budget_seconds=100.0, observers=[watcher], checkpoint_interval=400
    ).train()
    assert [status.iteration for status in watcher.seen] == [200, 400, 600, 800, 1000]
    middle = watcher.seen[2]
    assert middle.iterations_per_second == pytest.approx(1000)
    assert middle.nodes_per_second == pytest.approx(10_000)
    assert middle.remaining_seconds == pytest.approx(0.4)
    assert middle.done_share == pytest.approx(0.6)
    assert middle.checkpoint_iteration == 400
    assert middle.checkpoint_age_seconds == pytest.approx(0.2)
    assert middle.memory_bytes > 1_000_000
    assert [status.iteration for status in watcher.closed] == [1000]


def test_observers_are_closed_when_training_fails() -> None:
    watcher = Watcher()
    trainer = make_trainer(num_iterations=1000, observers=[watcher])
    trainer.solver.after_slice = lambda: (_ for _ in ()).throw(RuntimeError("core failed"))
    with pytest.raises(RuntimeError, match="core failed"):
        trainer.train()
    assert len(watcher.closed) == 1
