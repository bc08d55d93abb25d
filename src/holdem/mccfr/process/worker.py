"""The process that trains for a coordinator: ``python -m holdem.mccfr.process.worker``.

What the two say to each other is in ``holdem.mccfr.messages``. At the end of its input, which is
the end of the coordinator, the worker saves and stops.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable
from queue import SimpleQueue
from typing import TYPE_CHECKING

from holdem.errors import MessageError
from holdem.exit_codes import REFUSED
from holdem.logs import log_to_terminal
from holdem.mccfr.messages import (
    NOT_AGAIN,
    Closed,
    Instruction,
    LogLine,
    Report,
    StopRequest,
    WorkerOrder,
    read_instruction,
    read_order,
    to_line,
)
from holdem.mccfr.process.exit_status import say, train_to_exit_status
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.trainer import StopReason
from holdem.streams import hold_streams

if TYPE_CHECKING:
    from holdem.mccfr.synchroniser import Synchroniser

_STATUS_INTERVAL_S = 0.5
# Another process would end the same way.
_NOT_AGAIN_REASONS = (StopReason.MEMORY_LIMIT, StopReason.NUMBER_LIMIT, StopReason.LOST)


class Reports:
    """Writes what the coordinator wants to know, a message each line, and never waits for it.

    A coordinator that is stopped does not read, and a pipe holds little. Messages wait here then;
    news of how training goes is dropped.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._waiting = b""
        self._next_s = 0.0

    def send(self, report: Report) -> None:
        self._write()
        if not (self._waiting and isinstance(report, RunStatus)):
            self._waiting += to_line(report).encode() + b"\n"
            self._write()

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        if status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + _STATUS_INTERVAL_S
            self.close(status)

    def close(self, status: RunStatus) -> None:
        self.send(status)

    def _write(self) -> None:
        try:
            while self._waiting:
                written = os.write(self._descriptor, self._waiting)
                self._waiting = self._waiting[written:]
        except BlockingIOError:
            pass
        except OSError:  # a coordinator that is gone: the input says so, too
            self._waiting = b""


class LogLineFormatter(logging.Formatter):
    """Writes each record of the log as a message."""

    def format(self, record: logging.LogRecord) -> str:
        return to_line(LogLine(record.levelno, super().format(record)))


def main() -> int:
    """Trains as ordered and returns the exit status of the process."""
    # Unbuffered: a buffer would be locked by the listener when the interpreter ends.
    coordinator = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
    line = coordinator.readline()
    if not line.endswith(b"\n"):
        sys.exit("no order from a coordinator on standard input")
    try:
        order = read_order(line)
    except MessageError as error:
        say(error)
        return REFUSED
    reports = Reports(_standard_output())
    inbox: SimpleQueue[Instruction] = SimpleQueue()
    log = log_to_terminal(periodic_lines=order.periodic_lines, formatter=LogLineFormatter())
    with StopSignals() as stop, log:
        threading.Thread(target=listen, args=(coordinator, stop, inbox), daemon=True).start()
        status, result = train_to_exit_status(
            order.run,
            synchroniser=_synchroniser(order, reports, inbox),
            stop=stop,
            watchers=[reports],
        )
    if result is not None and result.reason in _NOT_AGAIN_REASONS:
        return NOT_AGAIN
    return status


def _standard_output() -> int:
    """Returns standard output for reports alone: whatever else is printed goes beside the log."""
    reports = os.dup(1)
    os.dup2(2, 1)
    hold_streams(waits=False)
    return reports


def _synchroniser(
    order: WorkerOrder, reports: Reports, inbox: SimpleQueue[Instruction]
) -> Synchroniser | None:
    if order.shared_memory is None:
        return None
    # Loads the core, which a configuration that is refused has no need of.
    from holdem.mccfr.synchroniser import Synchroniser

    return Synchroniser(order.run.instance, order.shared_memory, reports.send, inbox)


def listen(
    coordinator: Iterable[bytes], stop: StopSignals, inbox: SimpleQueue[Instruction]
) -> None:
    """Passes on what comes; at the end of the input, or where it makes no sense, stops the run."""
    told = False
    try:
        for line in coordinator:
            instruction = read_instruction(line)
            if isinstance(instruction, StopRequest):
                stop.request(instruction.signal)
                told = True
            else:
                inbox.put(instruction)
    except MessageError as error:
        say(error)
    else:
        if told:
            # Asked to stop and left alone: the coordinator was told a second time, which means at
            # once.
            os.kill(os.getpid(), signal.SIGKILL)
    stop.request(signal.SIGTERM)
    inbox.put(Closed(chunk_is_over=False))


if __name__ == "__main__":
    sys.exit(main())
