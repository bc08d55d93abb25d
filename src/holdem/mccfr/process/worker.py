"""The process of one supervised chunk: ``python -m holdem.mccfr.process.worker``.

Its standard input is the line to the supervisor (``holdem.mccfr.chunked_coordinator``): first the
order, one line of JSON, then signals by number, one a line. The end of the input is the end of the
supervisor: the chunk saves and stops. Progress goes to standard output, one ``RunStatus`` of JSON a
line; the log to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import RawIOBase
from pathlib import Path
from typing import TextIO

from holdem.logs import log_to_terminal
from holdem.mccfr.observers.progress import RunStatus
from holdem.mccfr.process.exit_status import train_to_exit_status
from holdem.mccfr.process.signals import StopSignals
from holdem.mccfr.trainer import StopReason
from holdem.types import RunConfig

# Beside the statuses of ``process.exit_status``: failed, and so would another attempt.
NOT_AGAIN = 4
_STATUS_INTERVAL_S = 0.5


@dataclass(frozen=True)
class ChunkOrder:
    """What a supervisor tells the process of a chunk.

    Attributes:
        periodic_lines: Whether the log shows progress; a live display does it better.
    """

    run: RunConfig
    logdir: Path
    resume_from: Path | None
    periodic_lines: bool

    def to_json(self) -> str:
        # Only what was given: the log says which given settings have no effect.
        run = self.run.model_dump(mode="json", exclude_unset=True)
        resume_from = None if self.resume_from is None else str(self.resume_from)
        return json.dumps([run, str(self.logdir), resume_from, self.periodic_lines])

    @classmethod
    def from_json(cls, text: str | bytes) -> ChunkOrder:
        run, logdir, resume_from, periodic_lines = json.loads(text)
        return cls(
            RunConfig.model_validate(run),
            Path(logdir),
            None if resume_from is None else Path(resume_from),
            periodic_lines,
        )


class StatusLines:
    """Writes the state of the run for the supervisor to show."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._next_s = 0.0

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        if status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + _STATUS_INTERVAL_S
            self.close(status)

    def close(self, status: RunStatus) -> None:
        with suppress(OSError):  # a supervisor that is gone: the input says so, too
            print(json.dumps(asdict(status)), file=self._output, flush=True)


def main() -> int:
    """Trains one chunk as ordered and returns the exit status of the process."""
    # Unbuffered: a buffer would be locked by the listener when the interpreter ends.
    supervisor = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
    line = supervisor.readline()
    if not line.endswith(b"\n"):
        sys.exit("no order from a supervisor on standard input")
    order = ChunkOrder.from_json(line)
    with StopSignals() as stop, log_to_terminal(periodic_lines=order.periodic_lines):
        threading.Thread(target=_listen, args=(supervisor, stop), daemon=True).start()
        status, result = train_to_exit_status(
            order.run,
            order.logdir,
            order.resume_from,
            stop=stop,
            watchers=[StatusLines(sys.stdout)],
        )
    if result is not None and result.reason is StopReason.MEMORY_LIMIT:
        return NOT_AGAIN
    return status


def _listen(supervisor: RawIOBase, stop: StopSignals) -> None:
    """Passes signals on as they come; at the end of the input stops the run."""
    told = False
    for line in supervisor:
        stop.request(int(line))
        told = True
    if told:
        # Asked to stop and left alone: the supervisor was told a second time, which means at once.
        os.kill(os.getpid(), signal.SIGKILL)
    stop.request(signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
