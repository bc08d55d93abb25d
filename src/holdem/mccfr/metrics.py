"""Writes a run's figures as TensorBoard scalars."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from holdem.mccfr.progress import RunStatus
from holdem.mccfr.protocols import STREET_FIGURES, Solver

if TYPE_CHECKING:
    from tensorboardX.event_file_writer import EventsWriter  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)


class TensorBoardMetrics:
    """Writes one event with all scalars every ``interval_s`` seconds and at the end.

    The step of every scalar is the iteration. Events are written by the calling thread: a writer
    thread that dies of a full disk would leave its queue to fill and the training to hang.
    """

    def __init__(
        self, directory: Path, solver: Solver, interval_s: float, *, instance: int = 0
    ) -> None:
        self._directory = directory
        self._solver = solver
        self._interval_s = interval_s
        self._instance = instance
        self._first_step = solver.iteration
        self._last_step: int | None = None
        self._next_s = interval_s
        self._writer: EventsWriter | None = None
        self._given_up = False

    def update(self, status: RunStatus) -> None:
        if status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + self._interval_s
            self._write(status)

    def close(self, status: RunStatus) -> None:
        self._write(status)
        if self._writer is not None:
            with suppress(OSError):  # the write that failed has been reported
                self._writer.close()
            self._writer = None

    def _write(self, status: RunStatus) -> None:
        if self._given_up or status.iteration == self._last_step:
            return
        try:
            if self._writer is None:
                self._writer = self._open()
            self._writer.write_event(_event(status.iteration, scalars(status, self._solver)))
            self._writer.flush()
        except OSError as error:
            self._given_up = True
            logger.warning("TensorBoard scalars end here: %s: %s", self._directory, error.strerror)
        self._last_step = status.iteration

    def _open(self) -> EventsWriter:
        # Imported at the first point: it would be a third of the time a run takes to start.
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog  # type: ignore[import-untyped]

        self._directory.mkdir(parents=True, exist_ok=True)
        # The default name holds second and host only, which two processes can share.
        suffix = f".{self._instance}.{os.getpid()}"
        writer = EventsWriter(str(self._directory / "events"), suffix)
        if self._first_step > 0:
            # Points after the step this run resumed from belong to a past that did not happen.
            start = SessionLog(status=SessionLog.START)
            writer.write_event(
                Event(wall_time=time.time(), step=self._first_step + 1, session_log=start)
            )
        return writer


def scalars(status: RunStatus, solver: Solver) -> dict[str, float]:
    """Returns every scalar of one point, by TensorBoard tag."""
    values: dict[str, float] = {
        f"{figure}/{street.street}": getattr(street, figure)
        for street in solver.street_metrics()
        for figure in STREET_FIGURES
    }
    return values | {
        "rate/iterations_per_second": status.iterations_per_second,
        "rate/nodes_per_second": status.nodes_per_second,
        "memory/process_bytes": status.memory_bytes,
        "memory/table_bytes": status.table_bytes,
        "memory/infosets": status.num_infosets,
        "schedule/epsilon": solver.current_epsilon,
        "schedule/discount_block": solver.discount_block,
        "schedule/elapsed_seconds": status.elapsed_seconds,
    }


def _event(step: int, values: dict[str, float]) -> object:
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.summary_pb2 import Summary  # type: ignore[import-untyped]

    points = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    return Event(wall_time=time.time(), step=step, summary=Summary(value=points))
