"""Keeps runs training in processes of their own: the next chunk, the restart after a crash."""

from __future__ import annotations

import logging
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from selectors import BaseSelector
from typing import Protocol

from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.held_directory import HeldDirectory
from holdem.checkpoint.run_directory import RunDirectory
from holdem.errors import CheckpointError, MessageError, RunLostError
from holdem.exit_codes import ALREADY_COMPLETE, FAILED, REFUSED, SIGNAL_BASE, STOPPED_AS_ASKED
from holdem.mccfr.messages import (
    NOT_AGAIN,
    Instruction,
    LogLine,
    Report,
    StopRequest,
    WorkerOrder,
    read_report,
)
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.worker_process import WorkerProcess
from holdem.mccfr.signals import STOP_SIGNALS, StopSignals
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.status.targets import Targets

logger = logging.getLogger(__name__)

# Waits before a crashed worker is started again; used up by crashes without a checkpoint between.
RETRY_DELAYS_S = (1.0, 5.0, 30.0, 120.0)
_POLL_S = 0.2
# What another process would end with as well; anything else is a crash.
_VERDICTS = {STOPPED_AS_ASKED, REFUSED, ALREADY_COMPLETE} | {
    SIGNAL_BASE + number for number in STOP_SIGNALS
}


class Screen(Protocol):
    """Shows what a worker says."""

    def show_status(self, status: RunStatus) -> None: ...
    def show_line(self, line: LogLine) -> None: ...


@dataclass
class SupervisedRun:
    """A run, or one instance of it, that is kept training until it need not go on.

    Attributes:
        until_complete: Whether a chunk is followed by the next; else one process ends it all.
        name: What log lines call its process.
        exit_status: Of the whole; ``None`` while it is not over.
        restarts: How often a crashed process was followed by another.
        error: Why the last process crashed, if one did and none has come further since.
        status: What its process reported last.
        listen: Hears the other reports of its process.
        has_crashed: Whether its process crashed and the next is still to be started.
        is_held: Whether the process of its next chunk has to wait.
    """

    order: WorkerOrder
    until_complete: bool
    screen: Screen
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S
    name: str = "The chunk"
    listen: Callable[[Report], None] = field(default=lambda report: None, init=False)
    exit_status: int | None = field(default=None, init=False)
    restarts: int = field(default=0, init=False)
    error: str | None = field(default=None, init=False)
    status: RunStatus | None = field(default=None, init=False)
    has_crashed: bool = field(default=False, init=False)
    is_held: bool = field(default=False, init=False)
    _process: WorkerProcess | None = field(default=None, init=False)
    # The run directory, once a run is in it: from then on it is never made again.
    _directory: HeldDirectory | None = field(default=None, init=False)
    _recalled: bool = field(default=False, init=False)
    _stopped_by: int | None = field(default=None, init=False)
    _start_at: float = field(default=0.0, init=False)
    _processes: int = field(default=0, init=False)
    _crashes: int = field(default=0, init=False)
    _newest: int = field(default=-1, init=False)
    _last_line: str = field(default="", init=False)

    @property
    def pid(self) -> int | None:
        """The process that trains now, if there is one."""
        return None if self._process is None else self._process.process.pid

    def advance(self, selector: BaseSelector) -> None:
        """Starts what is due, and draws the conclusions from a process that has ended."""
        if self.exit_status is not None:
            return
        self._hold_directory()
        if self._process is not None:
            if self._process.has_ended:
                status = self._process.close()
                self._process = None
                self._after(status)
        elif self._stopped_by is not None:
            self.exit_status = SIGNAL_BASE + self._stopped_by
        elif not (self._recalled or self.is_held) and time.monotonic() >= self._start_at:
            if self._has_lost_its_directory():
                return
            self._process = WorkerProcess(self.order, self.hear, selector)
            self._processes += 1
            self.has_crashed = False

    def request_stop(self, number: int) -> None:
        """Passes a signal on: the process saves and ends, and no other follows."""
        self._stopped_by = number
        if self._process is not None:
            self._process.tell(StopRequest(number))

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped_by is not None

    def tell(self, instruction: Instruction) -> None:
        """Sends an instruction to its process."""
        if self._process is not None:
            self._process.tell(instruction)

    def recall(self) -> None:
        """Ends its process without saving; none is started before ``restart``."""
        self._recalled = True
        if self._process is not None:
            self._process.kill()

    def restart(self, run: RunOrder) -> None:
        """Goes on after ``recall`` with another order, even if it was complete."""
        self.order = replace(self.order, run=run)
        self._recalled = self.has_crashed = self.is_held = False
        if self.exit_status in (STOPPED_AS_ASKED, ALREADY_COMPLETE):
            self.exit_status = None

    def fail(self, error: str) -> None:
        """Gives up what has no process, if it is not over yet."""
        if self.exit_status is None:
            logger.error("%s", error)
            self.exit_status, self.error = FAILED, error

    def close(self) -> None:
        """Leaves the process, which then saves and stops by itself."""
        if self._process is not None:
            self._process.close()
            self._process = None
        if self._directory is not None:
            self._directory.close()
            self._directory = None

    def hear(self, line: str) -> None:
        """Takes up a line of its process, whatever it is."""
        try:
            report = read_report(line)
        except MessageError as error:
            report = LogLine(logging.ERROR, str(error))
        if isinstance(report, RunStatus):
            self.status = report
            self.screen.show_status(report)
        elif isinstance(report, LogLine):
            self._last_line = report.text or self._last_line
            self.screen.show_line(report)
        else:
            self.listen(report)

    def _hold_directory(self) -> None:
        path = self.order.run.logdir
        if self._directory is None and RunDirectory(path).occupied:
            with suppress(OSError):
                self._directory = HeldDirectory(path)

    def _has_lost_its_directory(self) -> bool:
        """Returns whether the run is over for that reason; else no process makes it anew."""
        if self._directory is None:
            return False
        try:
            self._directory.check()
        except RunLostError as error:
            self.fail(str(error))
            return True
        except OSError:
            pass  # the process says what is wrong
        run = replace(self.order.run, standing=self._directory.path)
        self.order = replace(self.order, run=run)
        return False

    def _after(self, status: int) -> None:
        if self._recalled:
            return
        if -status in STOP_SIGNALS:  # it came before the process could note it
            status = SIGNAL_BASE - status
        if status == ALREADY_COMPLETE and self._processes > 1:
            status = STOPPED_AS_ASKED  # the one before was killed after its last checkpoint
        elif status == STOPPED_AS_ASKED and self.until_complete and not self.is_complete():
            self.order = replace(self.order, run=replace(self.order.run, not_after=None))
            return  # the next chunk follows
        elif status == NOT_AGAIN:
            status = FAILED
        elif status not in _VERDICTS:
            self._after_crash(status)
            return
        self.exit_status = status
        self.error = self._last_line if status in (FAILED, REFUSED) else None

    def _after_crash(self, status: int) -> None:
        reason = "it failed" if status == FAILED else f"it ended with status {status}"
        if status < 0:
            reason = f"killed by {signal.Signals(-status).name}"
        last_line = self._last_line or "none"
        self.error = last_line if status == FAILED else reason
        logger.error("%s crashed: %s; its last line: %s", self.name, reason, last_line)
        if self._has_lost_its_directory():
            return
        before, self._newest = self._newest, self._newest_iteration()
        self._crashes = 1 if self._newest > before else self._crashes + 1
        attempts = len(self.retry_delays_s)
        if self._crashes > attempts:
            logger.error("Giving up after %d crashes without a new checkpoint", self._crashes)
        if self._stopped_by is not None or self._crashes > attempts:
            self.exit_status = FAILED
            return
        delay_s = self.retry_delays_s[self._crashes - 1]
        text = "Trying again in %g s (attempt %d of %d)"
        logger.warning(text, delay_s, self._crashes, attempts)
        self._start_at = time.monotonic() + delay_s
        self.restarts += 1
        self.has_crashed = True

    def _newest_checkpoint(self) -> Checkpoint | None:
        from holdem.checkpoint.store import CheckpointStore

        store = CheckpointStore(RunDirectory(self.order.run.logdir).checkpoints)
        return next(reversed(store.list()), None)

    def _newest_iteration(self) -> int:
        newest = self._newest_checkpoint()
        return -1 if newest is None else newest.iteration

    def is_complete(self) -> bool:
        """Returns whether its newest checkpoint has reached the first of its targets."""
        newest = self._newest_checkpoint()
        try:
            elapsed = 0.0 if newest is None else newest.metadata.get("elapsed_seconds", 0.0)
        except CheckpointError:  # the next chunk falls back to the one before
            return False
        targets = Targets.of(self.order.run.config.training)
        return newest is not None and targets.reached(newest.iteration, elapsed)


def supervise(
    runs: Sequence[SupervisedRun], stop: StopSignals, tick: Callable[[], None] = lambda: None
) -> None:
    """Keeps runs training until the last of them is over; passes a stop signal on.

    Args:
        tick: Called several times a second.
    """
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for run in runs:
            stack.callback(run.close)
        told = False
        while True:
            if stop.received is not None and not told:
                for run in runs:
                    run.request_stop(stop.received)
                told = True
            for run in runs:
                run.advance(selector)
            tick()
            if all(run.exit_status is not None for run in runs):
                return
            for key, _ in selector.select(_POLL_S):
                key.data.read(selector)
