"""Saves a run: on the way while training goes on, at its end in place, one save at a time."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from holdem.errors import CheckpointError
from holdem.mccfr.protocols import CheckpointWriter, SavedCheckpoint, SaveUnderWay
from holdem.mccfr.status.run_status import RunStatus
from holdem.units import format_bytes

logger = logging.getLogger(__name__)

# Iteration, policy, regrets and metadata, as a store takes them.
Content: TypeAlias = tuple[int, dict[str, Any], dict[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class _Save:
    """A save under way."""

    pending: SaveUnderWay
    iteration: int
    begun_at: float
    standstill_seconds: float


class Saver:
    """Decides when a run is saved, and does it.

    Attributes:
        saved_iteration: Of the newest checkpoint, if there is one.
        saved_at: When that was, by the clock; when training began, before there is one.
    """

    def __init__(
        self,
        store: CheckpointWriter,
        content: Callable[[RunStatus], Content],
        clock: Callable[[], float],
        *,
        checkpoint_interval: int | None,
        snapshot_interval_s: float | None,
        patience: int,
        saved_iteration: int | None,
        checks: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Args:
        content: Returns what to save at a moment of the run.
        checkpoint_interval: Iterations; every multiple is saved.
        snapshot_interval_s: Seconds after which a run is due to be saved.
        patience: Intervals of those seconds before it is saved unasked.
        saved_iteration: Of the checkpoint that the run goes on from, if that is its own.
        checks: Asked before anything is written or committed; a ``RunLostError`` comes through.
        """
        self.saved_iteration = saved_iteration
        self._store = store
        self._content = content
        self._clock = clock
        self._checkpoint_interval = checkpoint_interval
        self._snapshot_interval_s = snapshot_interval_s
        self._patience = patience
        self._checks = checks
        self._save: _Save | None = None
        self.start_clock()

    def start_clock(self) -> None:
        """Counts the seconds from now."""
        self.saved_at = self._tried_at = self._clock()

    @property
    def is_overdue(self) -> bool:
        """Whether the run is due to be saved by time."""
        return self._is_interval_over(1)

    @property
    def seconds_left(self) -> float:
        """Seconds until the run is saved unasked."""
        # One that is overdue waits for the save under way, whose end needs no short slices.
        if self._snapshot_interval_s is None or self._save is not None:
            return math.inf
        return self._patience * self._snapshot_interval_s - (self._clock() - self._tried_at)

    def save_on_the_way(self, status: RunStatus) -> None:
        """Ends a background save that is done, and begins one that is due.

        One that is due by time waits until the boundary at which the other is done; one that is due
        at this very iteration makes training wait instead.
        """
        interval = self._checkpoint_interval
        due_by_iteration = interval is not None and status.iteration % interval == 0
        if self._save is not None and (due_by_iteration or self._save.pending.is_done):
            self.end_save()
        if self._save is None and (due_by_iteration or self._is_interval_over(self._patience)):
            self.begin_save(status)

    def begin_save(self, status: RunStatus) -> None:
        """Begins a save in the background, unless this iteration is saved; none is under way.

        Raises:
            RunLostError: The run has to end unsaved.
        """
        self._check()
        if status.iteration == self.saved_iteration:
            return
        logger.info("Saving checkpoint at iteration %d...", status.iteration)
        begun_at = self._clock()
        try:
            pending = self._store.begin_save(*self._content(status))
        except CheckpointError as error:
            self._report_failure(status.iteration, error)
        else:
            standstill_seconds = self._clock() - begun_at
            self._save = _Save(pending, status.iteration, begun_at, standstill_seconds)
            if pending.is_done:
                self.end_save()
        finally:
            self._tried_at = self._clock()

    def end_save(self) -> None:
        """Waits for the save under way, if there is one; logs what has become of it.

        Raises:
            RunLostError: The run has to end unsaved.
        """
        save, self._save = self._save, None
        if save is None:
            return
        self._check()  # a writer that is not waited for is killed
        try:
            checkpoint = save.pending.wait()
        except CheckpointError as error:
            self._report_failure(save.iteration, error)
            return
        self._note_saved(checkpoint, save.begun_at)
        if (copied_bytes := save.pending.copied_bytes) is not None:
            logger.info(
                "It was written in the background: training stood still for %.3f s, and the "
                "snapshot took %s of memory",
                save.standstill_seconds,
                format_bytes(copied_bytes),
            )

    def save_at_the_end(self, status: RunStatus) -> bool:
        """Saves in place, unless this iteration is saved, after the save under way.

        Returns:
            Whether it had to be saved.

        Raises:
            CheckpointError: The checkpoint cannot be written.
            RunLostError: The run has to end unsaved.
        """
        self.end_save()
        self._check()
        if status.iteration == self.saved_iteration:
            return False
        logger.info("Saving checkpoint at iteration %d...", status.iteration)
        begun_at = self._clock()
        with self.losing():
            checkpoint = self._store.save(*self._content(status))
        self._note_saved(checkpoint, begun_at)
        return True

    @contextmanager
    def losing(self) -> Iterator[None]:
        """Tells a directory that was taken away from one that cannot be written.

        Raises:
            RunLostError: The run has to end unsaved.
            CheckpointError: What came cannot be explained by that.
        """
        try:
            yield
        except CheckpointError:
            self._check()
            raise

    def _check(self) -> None:
        for check in self._checks:
            check()

    def _is_interval_over(self, times: int) -> bool:
        interval = self._snapshot_interval_s
        return interval is not None and self._clock() - self._tried_at >= times * interval

    def _note_saved(self, checkpoint: SavedCheckpoint, begun_at: float) -> None:
        self.saved_at = begun_at  # what came later would be lost
        self.saved_iteration = checkpoint.iteration
        seconds = self._clock() - begun_at
        logger.info("Checkpoint saved successfully: %s (%.2f s)", checkpoint.policy_path, seconds)

    def _report_failure(self, iteration: int, error: CheckpointError) -> None:
        self._check()  # a directory that was taken away is no failure to save
        logger.error(
            "No checkpoint at iteration %s: %s; training goes on and tries again at the next "
            "interval",
            f"{iteration:,}",
            error,
        )
