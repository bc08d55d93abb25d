"""The process that trains for a coordinator: ``python -m holdem.mccfr.process.worker``.

Its standard input is the line to the coordinator: first the order, then signals by number and what
an instance is to hear of the others, each a line of JSON. The end of the input is the end of the
coordinator: the worker saves and stops. It reports on standard output, a line of JSON each time,
``["status", RunStatus]`` and what the others are to hear; its log is standard error.
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
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TextIO

from holdem.logs import log_to_terminal
from holdem.mccfr.instance import CLOSED, ONLY, Instance
from holdem.mccfr.observers.progress import RunStatus
from holdem.mccfr.process.exit_status import train_to_exit_status
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.trainer import StopReason
from holdem.types import RunConfig

if TYPE_CHECKING:
    from holdem.mccfr.synchroniser import Synchroniser

# Beside those of ``holdem.exit_codes``: failed, and so would another attempt.
NOT_AGAIN = 4
_STATUS_INTERVAL_S = 0.5


@dataclass(frozen=True)
class WorkerOrder:
    """What a coordinator tells a worker.

    Attributes:
        periodic_lines: Whether the log shows progress; a live display does it better.
        not_after: Checkpoints of its own after this iteration are passed over.
        shared_memory: Descriptor of the memory in which instances exchange regrets.
    """

    run: RunConfig
    logdir: Path
    resume_from: Path | None
    periodic_lines: bool
    instance: Instance = ONLY
    not_after: int | None = None
    shared_memory: int | None = None

    def to_json(self) -> str:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            # Only what was given: the log says which given settings have no effect.
            "run": self.run.model_dump(mode="json", exclude_unset=True),
            "logdir": str(self.logdir),
            "resume_from": None if self.resume_from is None else str(self.resume_from),
            "instance": asdict(self.instance),
        }
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str | bytes) -> WorkerOrder:
        fields = json.loads(text)
        resume_from = fields["resume_from"]
        converted = {
            "run": RunConfig.model_validate(fields["run"]),
            "logdir": Path(fields["logdir"]),
            "resume_from": None if resume_from is None else Path(resume_from),
            "instance": Instance.from_json(fields["instance"]),
        }
        return cls(**fields | converted)


class Reports:
    """Writes what the coordinator wants to know, one line of JSON each."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._next_s = 0.0

    def send(self, kind: str, content: Any) -> None:
        with suppress(OSError):  # a coordinator that is gone: the input says so, too
            print(json.dumps([kind, content]), file=self._output, flush=True)

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        if status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + _STATUS_INTERVAL_S
            self.close(status)

    def close(self, status: RunStatus) -> None:
        self.send("status", asdict(status))


def main() -> int:
    """Trains as ordered and returns the exit status of the process."""
    # Unbuffered: a buffer would be locked by the listener when the interpreter ends.
    coordinator = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
    line = coordinator.readline()
    if not line.endswith(b"\n"):
        sys.exit("no order from a coordinator on standard input")
    order = WorkerOrder.from_json(line)
    reports = Reports(sys.stdout)
    inbox: SimpleQueue[Any] = SimpleQueue()
    with StopSignals() as stop, log_to_terminal(periodic_lines=order.periodic_lines):
        threading.Thread(target=_listen, args=(coordinator, stop, inbox), daemon=True).start()
        status, result = train_to_exit_status(
            order.run,
            order.logdir,
            order.resume_from,
            instance=order.instance,
            synchroniser=_synchroniser(order, reports, inbox),
            not_after=order.not_after,
            stop=stop,
            watchers=[reports],
        )
    if result is not None and result.reason in (StopReason.MEMORY_LIMIT, StopReason.LOST):
        return NOT_AGAIN
    return status


def _synchroniser(
    order: WorkerOrder, reports: Reports, inbox: SimpleQueue[Any]
) -> Synchroniser | None:
    if order.shared_memory is None:
        return None
    # Loads the core, which a configuration that is refused has no need of.
    from holdem.mccfr.synchroniser import Synchroniser

    return Synchroniser(order.instance, order.shared_memory, reports.send, inbox)


def _listen(coordinator: RawIOBase, stop: StopSignals, inbox: SimpleQueue[Any]) -> None:
    """Passes on what comes; at the end of the input stops the run."""
    told = False
    for line in coordinator:
        content = json.loads(line)
        if isinstance(content, int):
            stop.request(content)
            told = True
        else:
            inbox.put(content)
    if told:
        # Asked to stop and left alone: the coordinator was told a second time, which means at once.
        os.kill(os.getpid(), signal.SIGKILL)
    stop.request(signal.SIGTERM)
    inbox.put(CLOSED)


if __name__ == "__main__":
    sys.exit(main())
