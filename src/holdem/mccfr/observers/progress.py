"""Shows how a run is going: a live display on a terminal, plain lines everywhere."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Protocol

from holdem.logs import console
from holdem.mccfr.status.run_status import RunStatus
from holdem.units import format_bytes, format_duration

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

logger = logging.getLogger(__name__)

_RATE_WINDOW_S = 10.0
_REFRESH_S = 0.5


class Observer(Protocol):
    """Looks at a run after every slice, and once more at its end."""

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        """Looks after a slice; ``last``: the run stops here and its checkpoint comes next."""

    def close(self, status: RunStatus) -> None:
        """Looks once more, after the checkpoint or after a failure."""


class RateMeter:
    """Speed over the last few seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque()

    def add(self, seconds: float, iterations: int, nodes: int) -> tuple[float, float]:
        """Adds cumulative counts at a time; returns iterations and nodes per second."""
        samples = self._samples
        samples.append((seconds, iterations, nodes))
        # The second-oldest sample marks the window's start: one older sample has to stay.
        while len(samples) > 2 and samples[1][0] < seconds - _RATE_WINDOW_S:
            samples.popleft()
        first_seconds, first_iterations, first_nodes = samples[0]
        span = seconds - first_seconds
        if span <= 0:
            return 0.0, 0.0
        return (iterations - first_iterations) / span, (nodes - first_nodes) / span


class LogProgress:
    """Logs one line every ``interval_s`` seconds and one at the end."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_s = interval_s

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        if status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + self._interval_s
            self.close(status)

    def close(self, status: RunStatus) -> None:
        rows = (f"{name} {text}" for name, text in describe(status))
        logger.info("%s", ", ".join(rows), extra={"periodic": True})


class LiveProgress:
    """A small table on the terminal that is redrawn in place."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._next_s = 0.0

    def update(self, status: RunStatus, *, last: bool = False) -> None:
        if status.process_seconds >= self._next_s:
            self._next_s = status.process_seconds + _REFRESH_S
            self._draw(status)

    def close(self, status: RunStatus) -> None:
        self._draw(status)
        if self._live is not None:
            self._live.stop()

    def _draw(self, status: RunStatus) -> None:
        if self._live is None:
            self._live = start_display()
        self._live.update(_table(status), refresh=True)


def describe(status: RunStatus) -> list[tuple[str, str]]:
    """Returns what there is to say about a run, as pairs of a name and a text."""
    iterations = status.targets.iterations
    target = f" of {iterations:,}" if iterations is not None else ""
    remaining = status.remaining_seconds
    left = f", {format_duration(remaining)} remaining" if remaining is not None else ""
    saved = "none yet"
    if status.checkpoint_iteration is not None:
        age = format_duration(status.checkpoint_age_seconds)
        saved = f"iteration {status.checkpoint_iteration:,}, {age} ago"
    return [
        ("iteration", f"{status.iteration:,}{target}"),
        (
            "speed",
            f"{status.iterations_per_second:,.0f} iterations/s, "
            f"{status.nodes_per_second / 1e6:.2f} M nodes/s",
        ),
        ("time", f"{format_duration(status.elapsed_seconds)} elapsed{left}"),
        (
            "memory",
            f"{format_bytes(status.memory_bytes)}, tables {format_bytes(status.table_bytes)} "
            f"({status.num_infosets:,} infosets)",
        ),
        ("checkpoint", saved),
    ]


def start_display() -> Live:
    """Starts a display on the console that is redrawn in place, by its caller alone."""
    # Imported here so that the first iterations do not wait for it.
    from rich.live import Live

    live = Live(console=console(), auto_refresh=False)
    live.start(refresh=False)
    # A process that is killed could not give the cursor back, so it is never taken away.
    console().show_cursor(True)
    return live


def _table(status: RunStatus) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_row("", ProgressBar(total=1.0, completed=status.done_share, width=50))
    for name, text in describe(status):
        table.add_row(f"[bold]{name}", text)
    return table
