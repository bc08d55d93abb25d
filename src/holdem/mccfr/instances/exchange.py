"""The coordinator's side of synchronisation: it says when a round begins and when it is over."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from holdem.checkpoint.run_directory import RunDirectory
from holdem.errors import HoldemError
from holdem.exit_codes import SIGNAL_BASE
from holdem.mccfr.instance import window_of
from holdem.mccfr.instances.starts import Start, first_round
from holdem.mccfr.messages import (
    Arrived,
    Averaged,
    Closed,
    Go,
    Instruction,
    Leave,
    Meeting,
    Published,
    Report,
)
from holdem.mccfr.process.supervisor import SupervisedRun

logger = logging.getLogger(__name__)


def shared_memory(count: int, table_floats: int, directory: Path) -> int:
    """Returns the descriptor of memory for one table an instance, zero until touched.

    It goes with the last process that has it. Where the system has no such memory, it is a file
    without a name in ``directory``.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("holdem-regrets")
    else:
        with tempfile.TemporaryFile(dir=directory) as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, count * table_floats * 4)
    return descriptor


class Exchange:
    """Keeps synchronised instances together.

    Each step of a round begins when all instances have done the one before. An instance that dies
    takes back with it those that have synchronised since its last checkpoint: all go on from where
    all of them have saved, which takes no longer than waiting until it has caught up.
    """

    def __init__(
        self,
        runs: Sequence[SupervisedRun],
        interval: int,
        find_starts: Callable[[], Sequence[Start]],
    ) -> None:
        """Args:
        runs: Of all instances, by number.
        find_starts: Returns what the instances go on from after a crash.
        """
        self._runs = runs
        self._interval = interval
        self._find_starts = find_starts
        self._arrived: dict[int, Arrived] = {}
        # That all are at; None: between two rounds.
        self._step: type[Published | Averaged] | None = None
        self._done: set[int] = set()
        self._pids: dict[int, int] = {}  # of the processes that can meet, by instance
        self._leaving: set[int] = set()  # processes that have to end before the next round
        self._is_over = False  # an instance has ended: no round can be held any more
        self._restarting = False

    def hear(self, number: int, report: Report) -> None:
        """Takes up what an instance reports."""
        if self._restarting:
            return
        if isinstance(report, Arrived):
            self._arrived[number] = report
            self._begin_round()
        elif isinstance(report, Leave):
            self._close()
        elif type(report) is self._step:
            self._done.add(number)
            if len(self._done) == len(self._runs):
                self._next_step()

    def tick(self) -> None:
        """Looks after instances that have ended."""
        if self._restarting:
            if all(run.pid is None for run in self._runs):
                self._restart()
            return
        if any(run.has_crashed for run in self._runs):
            self._restarting = True
            for run in self._runs:
                run.recall()
            return
        self._keep_chunks_together()
        statuses = [run.exit_status for run in self._runs if run.exit_status is not None]
        if statuses:
            self._is_over, self._step = True, None  # nobody can end the step that all are at
            self._send_away()
        if failed := [status for status in statuses if 0 < status != 3]:
            number = max(failed) - SIGNAL_BASE if max(failed) > SIGNAL_BASE else signal.SIGTERM
            for run in self._runs:
                if run.exit_status is None and not run.is_stopping:
                    run.request_stop(number)

    def _keep_chunks_together(self) -> None:
        """Lets all end their chunk where one does, and holds the next until all have."""
        ended = [number for number, pid in self._pids.items() if self._runs[number].pid != pid]
        if ended:
            self._close()
        self._pids = {n: run.pid for n, run in enumerate(self._runs) if run.pid is not None}
        self._leaving &= set(self._pids.values())
        for run in self._runs:
            run.is_held = bool(self._leaving)

    def _begin_round(self) -> None:
        if self._is_over or self._leaving:
            self._send_away()
        elif self._step is None and len(self._arrived) == len(self._runs):
            arrived = self._arrived.values()
            saved = [one.saved_iteration for one in arrived]
            # What all have saved lies in one window at least; see ``consistent_starts``.
            windows = [-1 if at is None else window_of(at, self._interval) for at in saved]
            kept_until = (min(windows) + 1) * self._interval
            self._step, self._done = Published, set()
            self._tell(Meeting(any(one.save_due for one in arrived), kept_until))

    def _next_step(self) -> None:
        self._done = set()
        last = self._step is Averaged
        self._step = None if last else Averaged
        self._tell(Go())
        if last:
            self._arrived = {}

    def _close(self) -> None:
        """Lets no process of now begin another round; one that has begun goes on to its end."""
        self._leaving = {run.pid for run in self._runs if run.pid is not None}
        if self._step is None:
            self._send_away()

    def _send_away(self) -> None:
        """Tells those that have arrived that there is no round."""
        chunked = self._runs[0].order.run.config.training.enable_chunked_training
        self._tell(Closed(chunk_is_over=chunked and not self._is_over))
        self._arrived = {}

    def _tell(self, answer: Instruction) -> None:
        for number in self._arrived:
            self._runs[number].tell(answer)

    def _restart(self) -> None:
        try:
            starts = self._find_starts()
        except HoldemError as error:
            for run in self._runs:
                run.fail(str(error))
            return
        logger.warning(
            "Going back to where all instances have saved: %s",
            ", ".join(f"iteration {start.iteration:,}" for start in starts),
        )
        following = first_round(starts, self._interval)
        for run, start in zip(self._runs, starts, strict=True):
            order = run.order.run
            synchronisation = order.instance.synchronisation
            assert synchronisation is not None
            target = order.config.training.num_iterations
            if run.exit_status is not None and start.iteration == target:
                continue  # it is complete, and no round is left
            instance = replace(
                order.instance,
                synchronisation=replace(synchronisation, first_round=following),
            )
            run.restart(
                replace(
                    order,
                    resume_from=start.elsewhere(RunDirectory(order.logdir)),
                    instance=instance,
                    not_after=start.iteration,
                )
            )
        self._arrived, self._step, self._leaving, self._pids = {}, None, set(), {}
        self._is_over = self._restarting = False
