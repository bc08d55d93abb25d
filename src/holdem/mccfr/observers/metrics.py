"""Writes a run's figures as TensorBoard scalars."""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from holdem.mccfr.observers.event_files import new_event_file, record
from holdem.mccfr.protocols import TrainableSolver
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.status.street_figures import by_street

logger = logging.getLogger(__name__)


class TensorBoardMetrics:
    """Writes one event with all scalars every ``interval_s`` seconds and at the end.

    The step of every scalar is the iteration. Events are written by the calling thread: a writer
    thread that dies of a full disk would leave its queue to fill and the training to hang.
    """

    def __init__(
        self, directory: Path, solver: TrainableSolver, interval_s: float, *, instance: int = 0
    ) -> None:
        self._directory = directory
        self._solver = solver
        self._interval_s = interval_s
        self._instance = instance
        self._first_step = solver.iteration
        self._last_step = self._first_step  # this point is the process's before
        self._next_s = interval_s
        self._file: BinaryIO | None = None
        self._given_up = False

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        # The last point comes before the last checkpoint: whoever resumes from that misses none.
        if last or status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + self._interval_s
            self._write(status)

    def close(self, status: RunStatus) -> None:
        self._write(status)
        if self._file is not None:
            logger.info("Flushing TensorBoard logs...")
            with suppress(OSError):  # a full disk has been reported already
                os.fsync(self._file.fileno())
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, status: RunStatus) -> None:
        if self._given_up or status.iteration == self._last_step:
            return
        try:
            if self._file is None:
                self._file = self._open()
            self._file.write(_point(status.iteration, scalars(status, self._solver)))
            self._file.flush()
        except OSError as error:
            self._given_up = True
            logger.warning("TensorBoard scalars end here: %s: %s", self._directory, error.strerror)
        self._last_step = status.iteration

    def _open(self) -> BinaryIO:
        self._directory.mkdir(exist_ok=True)
        suffix = f"{socket.gethostname()}.{self._instance}.{os.getpid()}"
        file = new_event_file(self._directory, suffix).open("xb")
        file.write(_record(file_version="brain.Event:2"))
        if self._first_step > 0:
            # Points after the step this run resumed from belong to a past that did not happen.
            file.write(_record(step=self._first_step + 1, session_log={"status": "START"}))
        return file


def scalars(status: RunStatus, solver: TrainableSolver) -> dict[str, float]:
    """Returns every scalar of one point, by TensorBoard tag."""
    values: dict[str, float] = {
        f"{figure}/{street}": value
        for street, figures in by_street(solver.street_figures()).items()
        for figure, value in figures.items()
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


def _point(step: int, values: dict[str, float]) -> bytes:
    points = [{"tag": tag, "simple_value": value} for tag, value in values.items()]
    return _record(step=step, summary={"value": points})


def _record(**fields: object) -> bytes:
    # Imported at the first point: it would be a third of the time a run takes to start.
    from tensorboardX.proto.event_pb2 import Event  # type: ignore[import-untyped]

    return record(Event(wall_time=time.time(), **fields).SerializeToString())
