"""An instance's side of synchronisation: it meets the others and averages regrets with them.

Training never reads strategy sums, so each instance keeps its own; what all instances have is
their sum, which ``holdem.mccfr.merge`` forms. Only regrets are exchanged, through memory that all
processes share: each writes its table there, averages its share of the places over all tables, and
takes the shares of all. What is added to what, and in which order, follows from the numbers of the
instances alone.
"""

from __future__ import annotations

import math
import mmap
import os
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

import numpy as np
import numpy.typing as npt
import psutil

from holdem import _core
from holdem.mccfr.instance import Instance, window_of
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

_POLL_S = 0.05
_PATIENCE_S = 1.0
_PIECE_FLOATS = 1 << 20


class Table(Protocol):
    """The regrets of a solver."""

    @property
    def regrets(self) -> npt.NDArray[np.float32]: ...
    def settle_regrets(self) -> None: ...


class Synchroniser:
    """Meets the other instances every so many iterations.

    Attributes:
        chunk_is_over: Whether another instance has ended its chunk, so that this one has to, too.

    A round begins when all have arrived and cannot be left then. Before that it can: an instance
    that has to stop asks the coordinator, who answers with the round or with its end.
    """

    def __init__(
        self,
        instance: Instance,
        shared_memory: int,
        send: Callable[[Report], None],
        inbox: SimpleQueue[Instruction],
    ) -> None:
        """Args:
        shared_memory: Descriptor of a file with a regret table of each instance.
        send: Reports to the coordinator.
        inbox: What the coordinator says; ``Closed`` once there is none.
        """
        assert instance.synchronisation is not None
        assert instance.count is not None
        self._number = instance.number
        self._plan = instance.synchronisation
        flat: npt.NDArray[np.float32] = np.frombuffer(mmap.mmap(shared_memory, 0), np.float32)
        self._tables = list(flat.reshape(instance.count, -1))
        self._send = send
        self._inbox = inbox
        self._rounds_done = 0
        self._idle: Callable[[], bool] = lambda: False
        self.chunk_is_over = False

    def iterations_left(self, iteration: int) -> int | None:
        """Returns the iterations until the next round, 0 where it is due, ``None`` without one."""
        interval = self._plan.interval
        following = max(self._plan.first_round, window_of(iteration, interval) + 1)
        at = max(following, self._rounds_done + 1) * interval
        if self._plan.before_iteration is not None and at >= self._plan.before_iteration:
            return None
        return at - iteration

    def meet(
        self,
        iteration: int,
        *,
        save_due: bool,
        saved_iteration: int | None,
        idle: Callable[[], bool],
    ) -> Meeting | None:
        """Waits for the others at an iteration.

        Args:
            idle: Called now and then while waiting; returns whether this instance has to stop.

        Returns:
            ``None`` if there is no round: this instance, or another one, has to stop.
        """
        self._idle = idle
        self._send(Arrived(iteration, save_due, saved_iteration))
        answer = self._answer(lambda: self._send(Leave()))
        self.chunk_is_over = answer == Closed(chunk_is_over=True)
        return answer if isinstance(answer, Meeting) else None

    def average(self, iteration: int, table: Table) -> bool:
        """Averages the regrets of all instances; returns False, having changed nothing that
        matters, if the coordinator is gone, or stopped while this instance has to stop."""
        table.settle_regrets()
        own = self._tables[self._number]
        regrets = table.regrets
        own[:] = regrets
        if not self._wait_for_all(Published()):
            return False
        first, last = self._share(self._number)
        averages = np.empty(_PIECE_FLOATS, np.float32)
        for begin in range(first, last, _PIECE_FLOATS):
            end = min(last, begin + _PIECE_FLOATS)
            piece = averages[: end - begin]
            _core.average_floats(self._tables, begin, end, piece)
            own[begin:end] = piece
        if not self._wait_for_all(Averaged()):
            return False
        for number, averaged in enumerate(self._tables):
            first, last = self._share(number)
            regrets[first:last] = averaged[first:last]
        self._rounds_done = iteration // self._plan.interval
        return True

    def _share(self, number: int) -> tuple[int, int]:
        """Returns the places whose average an instance computes."""
        size, count = self._tables[0].size, len(self._tables)
        return size * number // count, size * (number + 1) // count

    def _wait_for_all(self, step: Published | Averaged) -> bool:
        self._send(step)
        return isinstance(self._answer(), Go)

    def _answer(self, ask: Callable[[], object] = lambda: None) -> Instruction | None:
        """Waits for the coordinator; ``None``: this instance has to stop, and nobody will answer.

        Args:
            ask: Called once where this instance has to stop.
        """
        asked_at = math.inf
        while True:
            try:
                return self._inbox.get(timeout=_POLL_S)
            except Empty:
                if not self._idle():
                    continue
            if asked_at == math.inf:
                asked_at = time.monotonic()
                ask()
            if time.monotonic() - asked_at >= _PATIENCE_S and _coordinator_is_stopped():
                return None


def _coordinator_is_stopped() -> bool:
    """Returns whether somebody has stopped the coordinator, as Ctrl+Z does."""
    try:
        return bool(psutil.Process(os.getppid()).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False
