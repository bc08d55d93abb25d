"""Runs a whole run in chunks: one fresh process after the other until the run is complete.

A chunk's memory goes back to the system with its process, and a chunk that crashes takes nothing
with it but the time since its last checkpoint.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from holdem.checkpoint.run_directory import RunDirectory
from holdem.errors import ConfigError
from holdem.logs import log_to_file, on_terminal, terminal_line
from holdem.mccfr.messages import LogLine, WorkerOrder
from holdem.mccfr.observers.progress import LiveProgress
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.supervisor import RETRY_DELAYS_S, SupervisedRun, supervise
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.status.run_status import RunStatus
from holdem.types import RunConfig


def run_until_complete(
    run: RunConfig,
    logdir: Path,
    resume_from: Path | None = None,
    *,
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
) -> int:
    """Trains chunk after chunk until the run is complete; use in the main thread.

    A stop signal is passed on to the chunk, which saves and ends; so does a chunk whose supervisor
    is gone. A chunk that crashed is started again after a wait.

    Args:
        retry_delays_s: The wait before each attempt, in seconds. One more crash after the last of
            them, without a checkpoint between, is a failure.

    Returns:
        The exit status of the run; see ``holdem.mccfr.process.exit_status``.

    Raises:
        ConfigError: The configuration has no chunks.
    """
    if not run.training.enable_chunked_training:
        raise ConfigError("enable_chunked_training = False: a run without chunks needs no restarts")
    with ExitStack() as stack:
        log = _Log(RunDirectory(logdir).log, stack.enter_context(log_to_file()))
        stop = stack.enter_context(StopSignals())
        screen = _Screen()
        stack.callback(screen.close)
        order = WorkerOrder(RunOrder(run, logdir, resume_from), periodic_lines=not on_terminal())
        chunks = SupervisedRun(order, True, screen, retry_delays_s)
        supervise([chunks], stop, log.open_when_there)
        assert chunks.exit_status is not None
        return chunks.exit_status


class _Log:
    """Adds to the log of the run, unless the run was refused and has none."""

    def __init__(self, path: Path, write_to: Callable[[Path], None]) -> None:
        self._path = path
        self._write_to = write_to
        self._opened = False

    def open_when_there(self) -> None:
        if not self._opened and self._path.exists():
            self._opened = True
            with suppress(OSError):
                self._write_to(self._path)


class _Screen:
    """What a person sees of the whole run: the log of each chunk and one live display."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._live = LiveProgress() if on_terminal() else None
        self._status: RunStatus | None = None

    def show_status(self, status: RunStatus) -> None:
        # The display goes by the time of a process, which here is the supervisor's.
        self._status = replace(status, process_seconds=time.monotonic() - self._started)
        if self._live is not None:
            self._live.update(self._status)

    def show_line(self, line: LogLine) -> None:
        text = line.text if line.level is None else terminal_line(line.level, line.text)
        if self._live is None:
            print(text, file=sys.stderr, flush=True)
            return
        from rich.markup import escape

        from holdem.logs import console

        console().print(escape(text), soft_wrap=True, highlight=False)

    def close(self) -> None:
        if self._live is not None and self._status is not None:
            self._live.close(self._status)
