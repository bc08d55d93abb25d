"""Signals where there is nothing to save: what is under way is given up; else it is waited for."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from fakes import FakeClock, FakeSolver, FakeStore
from holdem.errors import NumberLimitError
from holdem.mccfr.messages import Meeting
from holdem.mccfr.signals import Interrupted, StopSignals
from holdem.mccfr.trainer import StopReason, Trainer, TrainResult
from holdem.types import MCCFRConfig


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_interrupts_what_leaves_nothing_behind(number: int) -> None:
    with StopSignals() as stop:
        with (
            pytest.raises(Interrupted, match=signal.Signals(number).name) as end,
            stop.interrupting(),
        ):
            os.kill(os.getpid(), number)
        assert end.value.signal == stop.received == number
        with pytest.raises(Interrupted), stop.interrupting():
            pytest.fail("a signal had come already")


def test_a_signal_that_another_process_passes_on_interrupts_as_well() -> None:
    """It comes to a thread; and the same one may be on its way to this process by itself."""
    with StopSignals() as stop:
        thread = threading.Thread(target=stop.request, args=(signal.SIGTERM,))
        with pytest.raises(Interrupted), stop.interrupting():  # noqa: PT012
            thread.start()
            thread.join()
            time.sleep(1)
        assert signal.getsignal(signal.SIGTERM) == stop._note


def test_a_signal_is_only_noted_where_something_would_be_lost() -> None:
    with StopSignals() as stop:
        with stop.interrupting(lambda: False):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.received == signal.SIGTERM
    with StopSignals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)  # outside
        assert stop.received == signal.SIGTERM


class SlowSolver(FakeSolver):
    """One iteration a slice; a signal comes in the midst of the one after ``signal_after``."""

    signal_after = 0

    def run(self, iterations: int, seconds: float) -> int:
        if self.iteration == self.signal_after:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().run(1, seconds)


class Meetings:
    """Those with other instances that are always there, every ten iterations."""

    chunk_is_over = False

    def __init__(self) -> None:
        self._due = 10

    def iterations_left(self, iteration: int) -> int:
        return self._due - iteration

    def meet(self, iteration: int, **told: object) -> Meeting:
        return Meeting(save=False, kept_until=iteration)

    def average(self, iteration: int, table: object) -> bool:
        self._due = iteration + 10
        return True


def train(
    solver: FakeSolver, interval: int | None = None, meetings: Meetings | None = None
) -> tuple[TrainResult, list[int]]:
    store = FakeStore()
    training = MCCFRConfig(num_iterations=100, checkpoint_interval=interval)
    with StopSignals() as stop:
        trainer = Trainer(
            training, solver, store, stop=stop, clock=solver.clock, synchroniser=meetings
        )
        result = trainer.train()
    return result, [checkpoint.iteration for checkpoint in store.saved]


@pytest.mark.parametrize(("signal_after", "interval"), [(0, None), (10, 10), (30, 10)])
def test_an_iteration_is_given_up_if_all_before_it_is_saved(
    signal_after: int, interval: int | None
) -> None:
    solver = SlowSolver(FakeClock())
    solver.signal_after = signal_after
    result, saved = train(solver, interval)
    assert (result.reason, result.signal) == (StopReason.SIGNAL, signal.SIGTERM)
    assert result.iteration == solver.iteration == signal_after
    assert saved == list(range(10, signal_after + 1, 10))


def test_an_iteration_is_waited_for_if_something_would_be_lost() -> None:
    solver = SlowSolver(FakeClock())
    solver.signal_after = 15
    result, saved = train(solver, 10)
    assert (result.reason, result.signal) == (StopReason.SIGNAL, signal.SIGTERM)
    assert saved == [10, 16]


def test_an_iteration_after_a_meeting_is_waited_for() -> None:
    """The checkpoint is from before it; the other instances stop after it."""
    solver = SlowSolver(FakeClock())
    solver.signal_after = 30
    result, saved = train(solver, 10, Meetings())
    assert (result.reason, result.signal) == (StopReason.SIGNAL, signal.SIGTERM)
    assert saved == [10, 20, 30, 31]


class LimitedSolver(FakeSolver):
    """A number would leave its range after iteration 50."""

    def run(self, iterations: int, seconds: float) -> int:
        if self.iteration == 50:
            raise NumberLimitError("weights are too large after 50 discount blocks")
        return super().run(min(iterations, 50 - self.iteration), seconds)


def test_what_overflows_all_the_same_saves_first_and_says_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    result, saved = train(LimitedSolver(FakeClock()))
    assert (result.reason, result.iteration) == (StopReason.NUMBER_LIMIT, 50)
    assert not result.as_asked
    assert saved == [50]
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["Training cannot go on: weights are too large after 50 discount blocks"]
