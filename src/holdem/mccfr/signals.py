"""Turns the signals that ask for an end into a flag that the run loop reads between slices."""

from __future__ import annotations

import _thread
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class Interrupted(KeyboardInterrupt):
    """A stop signal, raised where what is under way can be given up; ``signal`` is its number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.signal = number


class StopSignals:
    """Notes the first stop signal; a second one ends the process at once.

    A hangup that the process was started to ignore, as nohup does, stays ignored. Use as a context
    manager, in the main thread. ``received`` is the signal's number, or ``None``.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._may_interrupt: Callable[[], bool] | None = None
        self._passed_on = False
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

    @contextmanager
    def interrupting(self, may_interrupt: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Lets a stop signal end what is under way, where that leaves nothing behind.

        Args:
            may_interrupt: Asked when a signal comes.

        Raises:
            Interrupted: A signal came, or had come already.
        """
        self._may_interrupt = may_interrupt
        try:
            if self.received is not None:
                self._interrupt(self.received)
            yield
        finally:
            self._may_interrupt = None

    def request(self, number: int) -> None:
        """Notes a signal that another process passes on, from any thread.

        It is no first signal: a scheduler sends the same one to each of its processes, so it may be
        on its way to this one as well.
        """
        if self.received is None:
            self.received = number
            if self._previous and self._may_interrupt is not None:
                self._passed_on = True
                _thread.interrupt_main(signal.Signals(number))

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._passed_on:
            self._passed_on = False
            return self._interrupt(number)
        if self.received is None:
            self.received = number
        # The default action needs no interpreter, so the second signal works even while the core
        # trains or a checkpoint is being written.
        for each in self._previous:
            again = signal.SIG_IGN if each in _REPEATED_UNASKED else signal.SIG_DFL
            signal.signal(each, again)
        self._interrupt(number)

    def _interrupt(self, number: int) -> None:
        if self._may_interrupt is not None and self._may_interrupt():
            raise Interrupted(number)
