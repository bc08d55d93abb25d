"""Turns SIGINT, SIGTERM and SIGUSR1 into a flag that the run loop reads between slices."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


class StopSignals:
    """Notes the first stop signal; a second one ends the process at once.

    Use as a context manager, in the main thread. ``received`` is the signal's number, or ``None``.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._previous: dict[signal.Signals, signal.Handlers | object] = {}

    def __enter__(self) -> StopSignals:
        self._previous = {number: signal.signal(number, self._note) for number in STOP_SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def request(self, number: int) -> None:
        """Notes a signal that another process passes on, from any thread.

        It is no first signal: a scheduler sends the same one to each of its processes, so it may be
        on its way to this one as well.
        """
        if self.received is None:
            self.received = number

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.request(number)
        # The default action needs no interpreter, so the second signal works even while the core
        # trains or a checkpoint is being written.
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_DFL)
