"""Draws a chart for a terminal: bars of colour where there are colours, letters where not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.style import Style
from rich.text import Text

from holdem.policy.cards import GRID_RANKS, starting_hand_name
from holdem.policy.chart import Chart, ChartAction

_CELL_WIDTH = 5
_NEARLY_ALWAYS = 0.95

_StyleOf = Callable[[ChartAction], Style]


def print_chart(chart: Chart, console: Console) -> None:
    """Prints a chart in the colours that the terminal has; 80 columns are enough."""
    console.print(Text(chart.title, style="bold"))
    console.print(Text(chart.subtitle))
    console.print()
    if console.color_system is None or console.no_color:
        lines = _letter_lines(chart)
    else:
        lines = _colour_lines(chart, _style_of(console.color_system))
    for line in lines:
        console.print(line, no_wrap=True, crop=False, overflow="ignore")


def split_cell(mix: npt.NDArray[np.float32], width: int) -> list[int]:
    """Shares ``width`` columns among actions by their probabilities.

    Largest remainders get what rounding leaves, so the widths add up.
    """
    exact = mix.astype(float) / mix.sum() * width
    widths = np.floor(exact).astype(int)
    by_remainder = np.argsort(widths - exact, kind="stable")
    widths[by_remainder[: width - widths.sum()]] += 1
    return [int(count) for count in widths]


def _style_of(color_system: str) -> _StyleOf:
    if color_system in ("standard", "windows"):
        return lambda action: Style(
            color="black" if action.terminal_colour == "yellow" else "bright_white",
            bgcolor=action.terminal_colour,
        )
    return lambda action: Style(
        color="#ffffff", bgcolor="#{:02x}{:02x}{:02x}".format(*action.colour)
    )


def _colour_lines(chart: Chart, style_of: _StyleOf) -> list[Text]:
    styles = [style_of(action) for action in chart.actions]
    lines = []
    for row in range(chart.size):
        line = Text(" ")
        for column in range(chart.size):
            name = starting_hand_name(row, column).center(_CELL_WIDTH)
            position = 0
            widths = split_cell(chart.mixes[row, column], _CELL_WIDTH)
            for width, style in zip(widths, styles, strict=True):
                line.append(name[position : position + width], style)
                position += width
            line.append(" ")
        lines.append(line)
    legend = Text(" ")
    for action, style in zip(chart.actions, styles, strict=True):
        legend.append("   ", style)
        legend.append(f" {action.label} {action.share:.1%}   ")
    return [*lines, Text(), legend]


def _letter_lines(chart: Chart) -> list[Text]:
    ranks = GRID_RANKS[: chart.size]
    lines = [Text("     " + "".join(f"{rank:<4}" for rank in ranks))]
    for row, rank in enumerate(ranks):
        cells = (_letter_cell(chart, row, column) for column in range(chart.size))
        lines.append(Text(f"  {rank}  " + "".join(f"{cell:<4}" for cell in cells)))
    legend = "   ".join(
        f"{action.letter} = {action.label} {action.share:.1%}" for action in chart.actions
    )
    return [
        *lines,
        Text(),
        Text(f"  {legend}"),
        Text(
            "  Suited above the diagonal. The likeliest action; 7 means in seven tenths of hands,"
        ),
        Text("  no number: (nearly) always."),
    ]


def _letter_cell(chart: Chart, row: int, column: int) -> str:
    mix = chart.mixes[row, column]
    likeliest = int(np.argmax(mix))
    share = float(mix[likeliest])
    letter = chart.actions[likeliest].letter
    return letter if share >= _NEARLY_ALWAYS else f"{letter}{min(9, round(10 * share))}"
