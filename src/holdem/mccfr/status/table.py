"""The instances of a run as people see them: a table, and plain lines for logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdem.mccfr.status.state import InstanceState
from holdem.mccfr.status.totals import Totals, done_share, totals
from holdem.quoting import printable
from holdem.units import format_duration

if TYPE_CHECKING:
    from rich.table import Table

_STYLES = {"failed": "red", "unknown": "red", "running": "green", "complete": "bold green"}


def status_table(states: Sequence[InstanceState]) -> Table:
    """Returns a row for each instance, one of totals if there are several, and what is wrong.

    The table takes the width that it is drawn at: where that is narrow, the columns that matter
    least are left out.
    """
    # Imported here so that the first iterations do not wait for it.
    from rich.markup import escape

    from holdem.mccfr.status.fitting_table import FittingTable, Heading

    table = FittingTable(
        [
            Heading("instance"),
            Heading("state", right=False),
            Heading("range", rank=9, right=False),
            Heading("iteration"),
            Heading("of", rank=5),
            Heading("done"),
            Heading("rate", rank=2),
            Heading("elapsed", rank=6),
            Heading("remaining", rank=1),
            Heading("checkpoint", rank=7),
            Heading("age", rank=3),
            Heading("verified", rank=8, right=False),
            Heading("restarts", rank=4),
        ]
    )
    for state in states:
        table.add_row(*_styled(_cells(state), state.state))
    if len(states) > 1:
        whole = totals(states)
        table.add_row(*_styled(_totals_cells(whole), whole.state), style="bold")
    notes = [
        printable(f"instance {one.progress.instance}: {note}")
        for one in states
        for note in _notes(one)
    ]
    if notes:
        table.caption = escape("\n".join(notes))
        table.caption_style = "red"
    return table


def status_lines(states: Sequence[InstanceState]) -> list[str]:
    """Returns one plain line for each instance, and one of totals if there are several."""
    lines = []
    for state in states:
        one = state.progress
        target = one.target_iteration
        parts = [f"iteration {_share(one.iteration, target, done_share(state))}"]
        if state.state == "running":
            parts.append(f"{_rate(one.iterations_per_second)} iterations/s")
        parts.append(f"{format_duration(one.elapsed_seconds)} elapsed")
        if state.state == "running" and one.remaining_seconds is not None:
            parts.append(f"{format_duration(one.remaining_seconds)} remaining")
        if one.checkpoint_iteration is None:
            parts.append("no checkpoint")
        else:
            age = state.checkpoint_age_seconds
            ago = "" if age is None else f" {format_duration(age)} ago"
            parts.append(f"checkpoint at {one.checkpoint_iteration:,}{ago}")
        if one.restarts:
            parts.append(f"restarts {one.restarts}")
        parts += [*_verdict(state), *([one.error] if one.error else [])]
        lines.append(printable(f"instance {one.instance}: {state.state}, {', '.join(parts)}"))
    return lines if len(states) == 1 else [*lines, _totals_line(totals(states))]


def _totals_line(whole: Totals) -> str:
    share = _share(whole.iterations, whole.target_iterations, whole.done_share)
    parts = [f"{whole.state}, iterations {share}"]
    if whole.iterations_per_second:
        parts.append(f"{_rate(whole.iterations_per_second)} iterations/s")
    if whole.remaining_seconds is not None:
        parts.append(f"{format_duration(whole.remaining_seconds)} remaining")
    return f"all instances: {', '.join(parts)}"


def _cells(state: InstanceState) -> list[str]:
    one, running = state.progress, state.state == "running"
    first_last = one.iteration_range
    age = state.checkpoint_age_seconds
    return [
        str(one.instance),
        state.state,
        f"{first_last[0]:,} to {first_last[1]:,}" if first_last else "",
        f"{one.iteration:,}",
        _number(one.target_iteration),
        _percent(done_share(state)),
        f"{_rate(one.iterations_per_second)}/s" if running else "",
        format_duration(one.elapsed_seconds),
        _duration(one.remaining_seconds if running else None),
        _number(one.checkpoint_iteration) or "none",
        _duration(age),
        (state.checkpoint_verified or "").partition(":")[0],
        str(one.restarts) if one.restarts else "",
    ]


def _totals_cells(whole: Totals) -> list[str]:
    rate = whole.iterations_per_second
    return [
        "all",
        whole.state,
        "",
        f"{whole.iterations:,}",
        _number(whole.target_iterations),
        _percent(whole.done_share),
        f"{_rate(rate)}/s" if rate else "",
        "",
        _duration(whole.remaining_seconds),
        "",
        "",
        "",
        str(whole.restarts) if whole.restarts else "",
    ]


def _styled(cells: list[str], state: str) -> list[str]:
    style = _STYLES.get(state, "yellow")
    return [f"[{style}]{cell}[/]" if cell == state else cell for cell in cells]


def _notes(state: InstanceState) -> list[str]:
    damaged = [text for text in _verdict(state) if text.startswith("damaged")]
    return [*([state.progress.error] if state.progress.error else []), *damaged]


def _verdict(state: InstanceState) -> list[str]:
    return [state.checkpoint_verified] if state.checkpoint_verified else []


def _share(done: int, target: int | None, share: float) -> str:
    of = "" if target is None else f" of {target:,}"
    return f"{done:,}{of} ({_percent(share)})"


def _percent(share: float) -> str:
    # Rounded down: only what is done is 100 %.
    return f"{int(share * 1000) / 10:.1f}%"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else format_duration(seconds)
