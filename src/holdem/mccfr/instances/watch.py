"""What people see of several instances: progress files, a live table, lines, what they log."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from holdem.checkpoint.files import Checkpoint
from holdem.exit_codes import ALREADY_COMPLETE, FAILED, REFUSED, SIGNAL_BASE, STOPPED_AS_ASKED
from holdem.logs import on_terminal
from holdem.mccfr.instances.plan import InstancePlan
from holdem.mccfr.messages import LogLine
from holdem.mccfr.observers.progress import start_display
from holdem.mccfr.process.supervisor import SupervisedRun
from holdem.mccfr.status.progress_file import InstanceProgress, utc_text, write_progress
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.status.state import InstanceState
from holdem.mccfr.status.table import status_lines, status_table

if TYPE_CHECKING:
    from rich.live import Live

logger = logging.getLogger(__name__)

_INTERVAL_S = 1.0


@dataclass
class InstanceScreen:
    """Passes on what an instance logs beside news of no consequence, which its own log has."""

    number: int

    def show_status(self, status: RunStatus) -> None:
        """Nothing: ``RunWatch`` shows all instances together."""

    def show_line(self, line: LogLine) -> None:
        if line.severity > logging.INFO and line.text:
            logger.log(line.severity, "Instance %d: %s", self.number, line.text)


class RunWatch:
    """Watches all instances of a run for as long as its coordinator lives."""

    def __init__(
        self,
        directory: Path,
        plans: Sequence[InstancePlan],
        runs: Sequence[SupervisedRun],
        log_interval_s: float,
    ) -> None:
        self._directory = directory
        self._instances = [_Watched(*pair) for pair in zip(plans, runs, strict=True)]
        self._log_interval_s = log_interval_s
        self._next_s = 0.0
        self._next_line_s = time.monotonic() + log_interval_s
        self._live: Live | None = None
        self._cannot_write = False

    def tick(self) -> None:
        """Looks on; call it several times a second."""
        now = time.monotonic()
        if now >= self._next_s:
            self._next_s = now + _INTERVAL_S
            self._look(self._next_line_s <= now)
            if self._next_line_s <= now:
                self._next_line_s = now + self._log_interval_s

    def close(self) -> None:
        """Looks for the last time."""
        self._look(log=True)
        if self._live is not None:
            self._live.stop()

    def _look(self, log: bool) -> None:
        states = [instance.state() for instance in self._instances]
        for state in states:
            self._write(state.progress)
        if on_terminal():
            self._draw(states)
        if log:
            for line in status_lines(states):
                logger.info("%s", line, extra={"periodic": True})

    def _write(self, progress: InstanceProgress) -> None:
        try:
            write_progress(self._directory, progress)
        except OSError as error:  # a full disk: progress files are no reason not to train
            if not self._cannot_write:
                self._cannot_write = True
                logger.warning("Progress files are out of date: %s", error)

    def _draw(self, states: Sequence[InstanceState]) -> None:
        if self._live is None:
            self._live = start_display()
        self._live.update(status_table(states), refresh=True)


class _Watched:
    """One instance: its plan, what has become of it, and what its checkpoint is worth."""

    def __init__(self, plan: InstancePlan, run: SupervisedRun) -> None:
        self._plan = plan
        self._run = run
        self._complete: bool | None = None
        checkpoint = plan.start.checkpoint
        self._checked = -1 if checkpoint is None else checkpoint.iteration
        self._verification = None if checkpoint is None else "sound"
        self._said: str | None = None

    def state(self) -> InstanceState:
        """Returns how the instance stands now; logs it when that is over."""
        status = self._status()
        progress = self._progress(status)
        if status != self._said and status not in ("running", "waiting"):
            at = f"{progress.iteration:,}"
            logger.info("Instance %d: %s at iteration %s", progress.instance, status, at)
        self._said = status
        age = None
        if progress.checkpoint_saved_at is not None:
            saved_at = datetime.fromisoformat(progress.checkpoint_saved_at)
            age = max(0.0, (datetime.now(UTC) - saved_at).total_seconds())
        return InstanceState(progress, status, age, self._verified(progress.checkpoint_iteration))

    def _status(self) -> str:
        exit_status = self._run.exit_status
        if exit_status is None:
            self._complete = None
            return "waiting" if self._run.pid is None else "running"
        if self._complete is None:
            self._complete = exit_status == ALREADY_COMPLETE or (
                exit_status == STOPPED_AS_ASKED and self._run.is_complete()
            )
        if exit_status in (FAILED, REFUSED):
            return "failed"
        if exit_status > SIGNAL_BASE:
            return "interrupted"
        return "complete" if self._complete else "stopped"

    def _progress(self, status: str) -> InstanceProgress:
        plan, run, now = self._plan, self._run, run_status(self._plan, self._run)
        saved_at = None
        if now.checkpoint_iteration is not None:
            saved_at = utc_text(time.time() - now.checkpoint_age_seconds)
        is_training = status == "running"
        checkpoint = plan.start.checkpoint
        return InstanceProgress(
            instance=plan.instance.number,
            status=status,
            iteration_range=plan.instance.iteration_range,
            start_iteration=plan.start.iteration,
            iteration=now.iteration,
            target_iteration=plan.targets.iterations,
            iterations_per_second=now.iterations_per_second if is_training else 0.0,
            elapsed_seconds=now.elapsed_seconds,
            time_budget_seconds=plan.targets.seconds,
            remaining_seconds=now.remaining_seconds if is_training else None,
            memory_bytes=now.memory_bytes if is_training else 0,
            checkpoint_iteration=now.checkpoint_iteration,
            checkpoint_saved_at=saved_at,
            resumed_from=None if checkpoint is None else str(checkpoint.policy_path),
            restarts=run.restarts,
            pid=run.pid,
            error=run.error,
            updated_at=utc_text(time.time()),
        )

    def _verified(self, iteration: int | None) -> str | None:
        """Returns what is known of the newest checkpoint; its sizes are looked at once."""
        if iteration is not None and iteration != self._checked:
            self._checked = iteration
            checkpoint = Checkpoint(self._plan.directory.checkpoints, iteration)
            problem = checkpoint.problem(read_all=False)
            self._verification = "sizes match" if problem is None else f"damaged: {problem}"
        return self._verification


def run_status(plan: InstancePlan, run: SupervisedRun) -> RunStatus:
    """Returns what the process of an instance reported last, or what it is going to begin with."""
    if run.status is not None:
        return run.status
    checkpoint = plan.start.checkpoint
    saved_at = time.time() if checkpoint is None else checkpoint.metadata_path.stat().st_mtime
    return RunStatus(
        iteration=plan.start.iteration,
        targets=plan.targets,
        process_seconds=0.0,
        elapsed_seconds=plan.elapsed_seconds,
        iterations_per_second=0.0,
        nodes_per_second=0.0,
        memory_bytes=0,
        table_bytes=0,
        num_infosets=0,
        checkpoint_iteration=None if checkpoint is None else checkpoint.iteration,
        checkpoint_age_seconds=max(0.0, time.time() - saved_at),
    )
