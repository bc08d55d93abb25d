"""The run loop: trains in short slices, saves when it is time to, stops where it was asked to."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

import psutil

from holdem.checkpoint.history import History, Segment, extended
from holdem.errors import NumberLimitError, RunLostError
from holdem.mccfr.chunk import Chunk
from holdem.mccfr.instance import ONLY, Instance
from holdem.mccfr.observers.progress import Observer, RateMeter
from holdem.mccfr.protocols import CheckpointWriter, Rendezvous, TrainableSolver
from holdem.mccfr.saver import Content, Saver
from holdem.mccfr.signals import Interrupted, StopSignals
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.status.street_figures import by_street
from holdem.mccfr.status.targets import Targets
from holdem.types import MCCFRConfig
from holdem.units import format_bytes, format_duration

logger = logging.getLogger(__name__)

# Short enough that Ctrl+C feels prompt, long enough that the loop itself costs nothing.
SLICE_SECONDS = 0.2
_SHORTEST_SLICE_SECONDS = 0.001
_UNLIMITED_ITERATIONS = 2**31
_IDLE_SECONDS = 0.05


class StopReason(Enum):
    """Why training ended."""

    COMPLETE = "complete"
    CHUNK_END = "chunk end"
    SIGNAL = "signal"
    MEMORY_LIMIT = "memory limit"
    NUMBER_LIMIT = "number limit"
    LOST = "lost"


@dataclass(frozen=True)
class Origin:
    """What a run starts from; the defaults are a fresh run.

    Attributes:
        elapsed_seconds: Training time already spent in this run directory.
        elapsed_seconds_total: The same over all ancestors.
        parent: Path of the checkpoint that was restored.
        saved_iteration: Iteration of the newest checkpoint in this run directory.
        history: What the strategy sums hold; the last segment is the one that is trained.
    """

    elapsed_seconds: float = 0.0
    elapsed_seconds_total: float = 0.0
    parent: str | None = None
    saved_iteration: int | None = None
    history: History = (Segment(0, 0, 0, 0),)


@dataclass(frozen=True)
class TrainResult:
    """How training ended; ``signal`` is the number of the signal that ended it, if one did."""

    reason: StopReason
    iteration: int
    elapsed_seconds: float
    signal: int | None = None

    @property
    def complete(self) -> bool:
        """Whether a target was reached."""
        return self.reason is StopReason.COMPLETE

    @property
    def as_asked(self) -> bool:
        """Whether training stopped where it was asked to: at a target or at the chunk's end."""
        return self.reason in (StopReason.COMPLETE, StopReason.CHUNK_END)


@dataclass
class Trainer:
    """One process's part of a run.

    Attributes:
        observers: Progress and metrics; they look on after every slice.
        clock: Monotonic seconds.
        identity: What a checkpoint has to share with the run that goes on from it.
        checks: Asked at every save; each raises ``RunLostError`` where the run has to end unsaved.
        chunk: The part of the run that this process trains; ``None``: all that is left of it.
        instance: Which of the instances of a run this is.
        synchroniser: Meets the other instances, where they are synchronised.
    """

    training: MCCFRConfig
    solver: TrainableSolver
    store: CheckpointWriter
    origin: Origin = Origin()
    observers: Sequence[Observer] = ()
    stop: StopSignals = field(default_factory=StopSignals)
    clock: Callable[[], float] = time.monotonic
    identity: Mapping[str, Any] = field(default_factory=dict)
    checks: Sequence[Callable[[], None]] = ()
    chunk: Chunk | None = None
    instance: Instance = ONLY
    synchroniser: Rendezvous | None = None

    def __post_init__(self) -> None:
        self._process = psutil.Process()
        self._targets = Targets.of(self.training)
        self._rates = RateMeter()
        self._first_iteration = self.solver.iteration
        self._averaged_iteration = -1  # of the last meeting with the other instances
        self._started = self.clock()
        self._saver = Saver(
            self.store,
            self._content,
            self.clock,
            checkpoint_interval=self.training.checkpoint_interval,
            snapshot_interval_s=self.training.snapshot_interval_seconds,
            # Synchronised instances save together when they meet, if that is not too long to wait.
            patience=1 if self.synchroniser is None else 2,
            saved_iteration=self.origin.saved_iteration,
            checks=self.checks,
        )

    def train(self) -> TrainResult:
        """Trains until a target, the chunk's end, a stop signal or a limit, and saves.

        An iteration that goes on when a signal comes is waited for, or given up if all before it
        is saved, a meeting with other instances included.

        Raises:
            MemoryPlanError: One iteration alone needs more memory than there is.
            CheckpointError: The checkpoint at the end cannot be written. One that fails on the way,
                here or in the background, is logged, and tried again at the next interval.
        """
        self._started = self.clock()
        self._saver.start_clock()
        status = self._status()
        reason = self._reason_to_stop(status)
        try:
            while reason is None:
                if self._has_to_synchronise() and not self._synchronise(status):
                    status, reason = self._wait_for_reason()
                    break
                try:
                    with self.stop.interrupting(self._has_nothing_to_save):
                        self.solver.run(*self._next_slice())
                except Interrupted as interruption:
                    return self._given_up(interruption, status)
                except NumberLimitError as error:
                    logger.error("Training cannot go on: %s", error)
                    reason = StopReason.NUMBER_LIMIT
                status = self._status()
                reason = reason or self._reason_to_stop(status)
                for observer in self.observers:
                    observer.update(status, last=reason is not None)
                if reason is None:
                    self._saver.save_on_the_way(status)
                    # A signal that came meanwhile ends the run here, where it is saved.
                    reason = self._reason_to_stop(status)
            self._announce(reason, status)
            saved = self._saver.save_at_the_end(status)
            if not saved and self.synchroniser is not None:
                self._note_time(status)
            status = self._status()
        except RunLostError as error:
            reason = StopReason.LOST
            logger.error("%s; nothing is saved after %s", error, self._newest_saved())
        finally:
            with suppress(RunLostError):  # why it failed is the one to know
                self._saver.end_save()  # of a run that failed
            for observer in self.observers:
                observer.close(status)
        self._explain(reason, status)
        return TrainResult(
            reason,
            status.iteration,
            status.elapsed_seconds,
            self.stop.received if reason is StopReason.SIGNAL else None,
        )

    def _has_nothing_to_save(self) -> bool:
        # What is saved at a meeting is from before it. An instance that gave up here would end one
        # synchronisation behind the others, and what they train after it would be trained again.
        if self.solver.iteration == self._averaged_iteration:
            return False
        return self.solver.iteration in (self._first_iteration, self._saver.saved_iteration)

    def _given_up(self, interruption: Interrupted, status: RunStatus) -> TrainResult:
        logger.info(
            "Gave up iteration %s, %s; nothing else was left to save",
            f"{status.iteration + 1:,}",
            interruption,
        )
        return TrainResult(
            StopReason.SIGNAL, status.iteration, status.elapsed_seconds, interruption.signal
        )

    def _reason_to_stop(self, status: RunStatus) -> StopReason | None:
        # What is decided from a status holds for the checkpoint that is saved with it.
        if self._targets.reached(status.iteration, status.elapsed_seconds):
            return StopReason.COMPLETE
        if self.stop.received is not None:
            return StopReason.SIGNAL
        if self.solver.memory_limit_reached:
            return StopReason.MEMORY_LIMIT
        if self._chunk_limit(status) is not None:
            return StopReason.CHUNK_END
        return None

    def _has_to_synchronise(self) -> bool:
        return (
            self.synchroniser is not None
            and self.synchroniser.iterations_left(self.solver.iteration) == 0
        )

    def _synchronise(self, status: RunStatus) -> bool:
        """Meets the other instances and averages regrets; returns whether that was possible.

        A checkpoint of this iteration holds what was before. One that is due by time is saved here,
        by all instances, so that all can go on from it; and the save before is over by now, so that
        none is more than one behind the others.
        """
        assert self.synchroniser is not None
        self._saver.end_save()
        meeting = self.synchroniser.meet(
            status.iteration,
            save_due=self._saver.is_overdue,
            saved_iteration=self._saver.saved_iteration,
            idle=lambda: self._look()[1] is not None,
        )
        if meeting is None:
            return False
        self.store.keep_newest_until(meeting.kept_until)
        if meeting.save:
            self._saver.begin_save(self._status())
        if not self.synchroniser.average(status.iteration, self.solver):
            return False
        self._averaged_iteration = status.iteration
        return True

    def _wait_for_reason(self) -> tuple[RunStatus, StopReason]:
        """Waits for what ends this process when another instance has left: time, or a signal."""
        assert self.synchroniser is not None
        while True:
            status, reason = self._look()
            if reason is None and self.synchroniser.chunk_is_over:
                reason = StopReason.CHUNK_END
            if reason is not None:
                return status, reason
            time.sleep(_IDLE_SECONDS)

    def _look(self) -> tuple[RunStatus, StopReason | None]:
        """Lets observers look on while nothing is trained."""
        status = self._status()
        for observer in self.observers:
            observer.update(status)
        return status, self._reason_to_stop(status)

    def _chunk_limit(self, status: RunStatus) -> str | None:
        if self.chunk is None:
            return None
        return self.chunk.limit_reached(status.iteration, status.process_seconds)

    def _next_slice(self) -> tuple[int, float]:
        """Returns iterations and seconds until the loop has something to decide."""
        training, iteration = self.training, self.solver.iteration
        iterations = [_UNLIMITED_ITERATIONS]
        if training.num_iterations is not None:
            iterations.append(training.num_iterations - iteration)
        if training.checkpoint_interval is not None:
            iterations.append(
                training.checkpoint_interval - iteration % training.checkpoint_interval
            )
        if self.chunk is not None and self.chunk.end_iteration is not None:
            iterations.append(self.chunk.end_iteration - iteration)
        if self.synchroniser is not None:
            iterations.append(self.synchroniser.iterations_left(iteration) or _UNLIMITED_ITERATIONS)
        seconds = [SLICE_SECONDS]
        if self.chunk is not None and self.chunk.minutes is not None:
            seconds.append(self.chunk.minutes * 60 - self._process_seconds())
        if training.time_budget_seconds is not None:
            seconds.append(training.time_budget_seconds - self._elapsed_seconds())
        seconds.append(self._saver.seconds_left)
        return min(iterations), max(_SHORTEST_SLICE_SECONDS, min(seconds))

    def _content(self, status: RunStatus) -> Content:
        return (
            status.iteration,
            self.solver.policy_content(),
            self.solver.regret_content(),
            self._metadata(status),
        )

    def _metadata(self, status: RunStatus) -> dict[str, Any]:
        process_seconds = status.process_seconds
        chunk = self.chunk and self.chunk.metadata(status.iteration, process_seconds)
        return {
            **self.solver.metadata(),
            **self.identity,
            "instance": self.instance.number,
            "num_instances": self.instance.count,
            "sync_interval": self.training.sync_interval,
            "iteration_range": self.instance.iteration_range,
            "shared_start": self.instance.shared_start and asdict(self.instance.shared_start),
            "history": extended(self.origin.history, status.iteration),
            "elapsed_seconds": status.elapsed_seconds,
            "elapsed_seconds_total": self.origin.elapsed_seconds_total + process_seconds,
            "chunk_elapsed_seconds": process_seconds,
            "chunk": chunk,
            "parent_checkpoint": self.origin.parent,
            "metrics": {
                "iterations_per_second": status.iterations_per_second,
                "nodes_per_second": status.nodes_per_second,
                "nodes_visited": self.solver.nodes_visited,
                "num_infosets": status.num_infosets,
                "table_bytes": status.table_bytes,
                "memory_bytes": status.memory_bytes,
                "streets": by_street(self.solver.street_figures()),
            },
        }

    def _note_time(self, status: RunStatus) -> None:
        """Lets the last checkpoint know of time that passed without an iteration, in waiting."""
        metadata = self._metadata(status)
        fields = ("elapsed_seconds", "elapsed_seconds_total", "chunk_elapsed_seconds", "chunk")
        with self._saver.losing():
            self.store.update_metadata(status.iteration, {name: metadata[name] for name in fields})

    def _announce(self, reason: StopReason, status: RunStatus) -> None:
        """Says why training ends, before the checkpoint at the end is written."""
        if reason is StopReason.CHUNK_END:
            logger.info("%s", self._chunk_limit(status) or "Another instance has ended its chunk")
        elif reason is StopReason.SIGNAL:
            name = signal.Signals(self.stop.received or 0).name
            logger.info("Interrupted by %s at iteration %s", name, f"{status.iteration:,}")

    def _explain(self, reason: StopReason, status: RunStatus) -> None:
        """Says what is left to do, once everything is on disk."""
        at = f"iteration {status.iteration:,}"
        if reason is StopReason.COMPLETE:
            logger.info("Training complete at %s", at)
        elif reason is StopReason.CHUNK_END:
            logger.info("Chunk Complete - Process will now exit to free memory")
            logger.info("Progress: %s", _progress(status))
        elif reason is StopReason.MEMORY_LIMIT:
            logger.error(
                "Memory limit reached at %s with %s of tables (%s infosets): resume with a higher "
                "--memory-limit, or start anew with fewer buckets or smaller bet menus",
                at,
                format_bytes(self.solver.table_bytes),
                f"{self.solver.num_infosets:,}",
            )

    def _newest_saved(self) -> str:
        saved = self._saver.saved_iteration
        return "the start" if saved is None else f"iteration {saved:,}"

    def _process_seconds(self) -> float:
        return self.clock() - self._started

    def _elapsed_seconds(self) -> float:
        return self.origin.elapsed_seconds + self._process_seconds()

    def _status(self) -> RunStatus:
        now = self.clock()
        process_seconds = now - self._started
        elapsed_seconds = self.origin.elapsed_seconds + process_seconds
        iterations_per_second, nodes_per_second = self._rates.add(
            process_seconds, self.solver.iteration, self.solver.nodes_visited
        )
        return RunStatus(
            iteration=self.solver.iteration,
            targets=self._targets,
            process_seconds=process_seconds,
            elapsed_seconds=elapsed_seconds,
            iterations_per_second=iterations_per_second,
            nodes_per_second=nodes_per_second,
            memory_bytes=self._process.memory_info().rss,
            table_bytes=self.solver.table_bytes,
            num_infosets=self.solver.num_infosets,
            checkpoint_iteration=self._saver.saved_iteration,
            checkpoint_age_seconds=now - self._saver.saved_at,
        )


def _progress(status: RunStatus) -> str:
    iterations, budget = status.targets.iterations, status.targets.seconds
    text = f"iteration {status.iteration}"
    if iterations is not None:
        text += f" of {iterations} ({status.iteration / iterations:.1%})"
    text += f", {format_duration(status.elapsed_seconds)}"
    if budget is not None:
        text += f" of {format_duration(budget)} ({status.elapsed_seconds / budget:.1%})"
    return f"{text} elapsed"
