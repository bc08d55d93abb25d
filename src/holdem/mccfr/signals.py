"""Turns the signals that ask for an end into a flag that the run loop reads between slices."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

# By whom: Ctrl+C; a scheduler or an administrator; schedulers before a limit, likewise the next; a
# terminal that is closed; the kernel at the soft limit of CPU time.
STOP_SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGHUP,
    signal.SIGXCPU,
)
# A shell passes on the hangup that the kernel sends as well, and the kernel repeats its warning
# every second: more of them is no second wish.
_REPEATED_UNASKED = (signal.SIGHUP, signal.SIGXCPU)


class StopSignals:
    """Notes the first stop signal; a second one ends the process at once.

    A hangup that the process was started to ignore, as nohup does, stays ignored. Use as a context
    manager, in the main thread. ``received`` is the signal's number, or ``None``.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._previous: dict[signal.Signals, signal.Handlers | object] = {}

    def __enter__(self) -> StopSignals:
        ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()
        self._previous = {
            number: signal.signal(number, self._note)
            for number in STOP_SIGNALS
            if number not in ignored
        }
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
        for each in self._previous:
            again = signal.SIG_IGN if each in _REPEATED_UNASKED else signal.SIG_DFL
            signal.signal(each, again)
