"""Runs a whole run in chunks: one fresh process after the other until the run is complete.

A chunk's memory goes back to the system with its process, and a chunk that crashes takes nothing
with it but the time since its last checkpoint. The processes run ``holdem.mccfr.process.worker``.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from holdem.errors import CheckpointError, ConfigError
from holdem.logs import log_to_file, on_terminal
from holdem.mccfr.checkpoint.files import Checkpoint
from holdem.mccfr.observers.progress import LiveProgress, RunStatus
from holdem.mccfr.process.exit_status import ALREADY_COMPLETE, FAILED, SIGNAL_BASE, STOPPED_AS_ASKED
from holdem.mccfr.process.signals import STOP_SIGNALS, StopSignals
from holdem.mccfr.process.worker import NOT_AGAIN, ChunkOrder
from holdem.mccfr.run_directory import RunDirectory
from holdem.mccfr.trainer import is_complete
from holdem.types import RunConfig

logger = logging.getLogger(__name__)

# Waits before a crashed chunk is started again; used up by crashes without a checkpoint between.
RETRY_DELAYS_S = (1.0, 5.0, 30.0, 120.0)
_POLL_S = 0.2


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
        log_into = stack.enter_context(log_to_file())
        stop = stack.enter_context(StopSignals())
        screen = _Screen()
        stack.callback(screen.close)
        return _Supervisor(run, logdir, resume_from, stop, screen, log_into, retry_delays_s).run()


@dataclass
class _Supervisor:
    run_config: RunConfig
    logdir: Path
    resume_from: Path | None
    stop: StopSignals
    screen: _Screen
    log_into: Callable[[Path], None]
    retry_delays_s: Sequence[float]

    def run(self) -> int:
        """Returns the exit status of the run."""
        chunks, crashes, newest = 0, 0, -1
        while True:
            status, last_line = self._run_chunk()
            chunks += 1
            if chunks == 1:
                self._open_log()
            if -status in STOP_SIGNALS:  # it came before the chunk could note it
                status = SIGNAL_BASE - status
            if status == STOPPED_AS_ASKED and self._is_complete():
                return status
            if status == ALREADY_COMPLETE and chunks > 1:
                return STOPPED_AS_ASKED  # the chunk before was killed after its last checkpoint
            if status == NOT_AGAIN:
                return FAILED
            if status > FAILED:
                return status
            if status != STOPPED_AS_ASKED:
                before, newest = newest, self._newest_iteration()
                crashes = 1 if newest > before else crashes + 1
                self._explain(status, last_line)
                if self.stop.received is not None or not self._wait_for_attempt(crashes):
                    return FAILED
            if self.stop.received is not None:
                return SIGNAL_BASE + self.stop.received

    def _run_chunk(self) -> tuple[int, str]:
        """Runs one chunk; returns the status of its process and the last line of its log."""
        order = ChunkOrder(
            self.run_config, self.logdir, self.resume_from, periodic_lines=not on_terminal()
        )
        with _ChunkProcess(order, self.screen) as chunk:
            passed_on = False
            while chunk.is_talking():
                if self.stop.received is not None and not passed_on:
                    chunk.pass_on(self.stop.received)
                    passed_on = True
            return chunk.process.wait(), chunk.last_line

    def _open_log(self) -> None:
        """Adds to the log of the run, unless the run was refused and has none."""
        if (log := RunDirectory(self.logdir).log).exists():
            with suppress(OSError):
                self.log_into(log)

    def _explain(self, status: int, last_line: str) -> None:
        reason = f"killed by {signal.Signals(-status).name}" if status < 0 else "it failed"
        logger.error("The chunk crashed: %s; its last line: %s", reason, last_line or "none")

    def _wait_for_attempt(self, crashes: int) -> bool:
        """Waits after a crash; returns whether there is another attempt."""
        attempts = len(self.retry_delays_s)
        if crashes > attempts:
            logger.error("Giving up after %d crashes without a new checkpoint", crashes)
            return False
        delay_s = self.retry_delays_s[crashes - 1]
        logger.warning("Trying again in %g s (attempt %d of %d)", delay_s, crashes, attempts)
        until = time.monotonic() + delay_s
        while self.stop.received is None and time.monotonic() < until:
            time.sleep(min(_POLL_S, delay_s))
        return True

    def _newest(self) -> Checkpoint | None:
        from holdem.mccfr.checkpoint import CheckpointStore

        return next(reversed(CheckpointStore(RunDirectory(self.logdir).checkpoints).list()), None)

    def _newest_iteration(self) -> int:
        newest = self._newest()
        return -1 if newest is None else newest.iteration

    def _is_complete(self) -> bool:
        newest = self._newest()
        try:
            elapsed = 0.0 if newest is None else newest.metadata["elapsed_seconds"]
        except CheckpointError:  # the next chunk falls back to the one before
            return False
        return newest is not None and is_complete(
            self.run_config.training, newest.iteration, elapsed
        )


class _ChunkProcess:
    """A running chunk and the three lines to it."""

    def __init__(self, order: ChunkOrder, screen: _Screen) -> None:
        self.last_line = ""
        self._screen = screen
        # A group of its own: Ctrl+C in a terminal reaches the supervisor, which passes it on.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "holdem.mccfr.process.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        assert self.process.stdout
        assert self.process.stderr
        self._write(order.to_json())
        self._selector = selectors.DefaultSelector()
        for output, take in (
            (self.process.stdout, self._show_status),
            (self.process.stderr, self._show_line),
        ):
            self._selector.register(output, selectors.EVENT_READ, _Lines(output, take))

    def __enter__(self) -> _ChunkProcess:
        return self

    def __exit__(self, *error: object) -> None:
        self._selector.close()
        # Closing its input ends a chunk that still runs.
        for line in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                line and line.close()
        self.process.wait()

    def pass_on(self, number: int) -> None:
        """Tells the chunk about a signal."""
        self._write(str(number))

    def is_talking(self) -> bool:
        """Shows what the chunk says within a moment; returns whether there can be more."""
        for key, _ in self._selector.select(_POLL_S):
            if not key.data.read():
                self._selector.unregister(key.fileobj)
        return bool(self._selector.get_map())

    def _write(self, line: str) -> None:
        with suppress(OSError):  # it has ended, and its status says how
            assert self.process.stdin
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def _show_status(self, line: str) -> None:
        self._screen.show_status(RunStatus(**json.loads(line)))

    def _show_line(self, line: str) -> None:
        self.last_line = line or self.last_line
        self._screen.show_line(line)


@dataclass
class _Lines:
    """The lines of a pipe as they come."""

    pipe: IO[bytes]
    take: Callable[[str], None]
    _rest: bytes = field(default=b"", init=False)

    def read(self) -> bool:
        """Takes what there is; returns whether the other end is open."""
        chunk = os.read(self.pipe.fileno(), 65536)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self.take(line.decode(errors="replace"))
        return bool(chunk)


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

    def show_line(self, line: str) -> None:
        if self._live is None:
            print(line, file=sys.stderr, flush=True)
            return
        from rich.markup import escape

        from holdem.logs import console

        console().print(escape(line), soft_wrap=True, highlight=False)

    def close(self) -> None:
        if self._live is not None and self._status is not None:
            self._live.close(self._status)
