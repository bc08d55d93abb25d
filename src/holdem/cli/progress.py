"""What the commands that work for a while show meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress_bar import ProgressBar
from rich.text import Text

from holdem.cli.command import shown
from holdem.logs import console as log_console
from holdem.logs import on_terminal
from holdem.units import format_duration

_ALMOST = 0.99


@contextmanager
def progress_display(step: str, total: float) -> Iterator[Callable[[str, float], None]]:
    """Shows the steps of some work on a terminal, and nothing elsewhere.

    Args:
        step: How a step is shown, its name as ``{task.description}``.
        total: What is done when all is done.

    Yields:
        What to call with the name of the step and how much is done.
    """
    console = Console(stderr=True)
    display = Progress(
        TextColumn(step),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with display:
        task = display.add_task("", total=total)
        yield lambda name, done: display.update(task, description=shown(name), completed=done)


@contextmanager
def stage_display() -> Iterator[Callable[[str, float, float], None]]:
    """Shows the stages of some work on a terminal, each with its remaining time.

    Yields:
        What to call with the name of a stage, the share of it that is done, and the seconds that
        all of it is expected to take: as long as no share is known, the clock moves the bar.
    """
    display = Progress(
        TextColumn("{task.description:24}"),
        _StageBar(),
        TimeElapsedColumn(),
        TextColumn("left"),
        _StageTimeLeft(),
        console=log_console(),
        transient=True,
        disable=not on_terminal(),
    )
    with display:
        task = display.add_task("", total=1.0, expected=0.0)
        current = ""

        def show(stage: str, share_done: float, expected_seconds: float) -> None:
            nonlocal current
            if stage != current:
                display.reset(task, description=shown(stage), expected=expected_seconds)
                current = stage
            display.update(task, completed=share_done)

        yield show


def _share_done(task: Task) -> float:
    """Returns the share of a stage that is done, by the clock where nobody says."""
    expected: float = task.fields["expected"]
    by_clock = (task.elapsed or 0.0) / expected if expected > 0 else 0.0
    return task.completed or min(by_clock, _ALMOST)


class _StageBar(BarColumn):
    def render(self, task: Task) -> ProgressBar:
        bar = super().render(task)
        bar.completed = _share_done(task)
        return bar


class _StageTimeLeft(ProgressColumn):
    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        share = _share_done(task)
        if share <= 0:
            return Text("-:--:--", style="progress.remaining")
        left = (task.elapsed or 0.0) * (1 / share - 1)
        return Text(format_duration(left), style="progress.remaining")
