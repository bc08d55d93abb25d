"""What the commands that work for a while show meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from holdem.cli.command import shown


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
