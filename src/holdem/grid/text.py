"""Draws a grid for a terminal: bars of colour where there are colours, characters where not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.style import Style
from rich.text import Text

from holdem.grid.grid import Cell, Grid, Shade, split_cell
from holdem.grid.starting_hands import GRID_RANKS, starting_hand_name

_CELL_WIDTH = 5

_StyleOf = Callable[[Shade], Style]


def print_grid(grid: Grid, console: Console) -> None:
    """Prints a grid in the colours that the terminal has; 80 columns are enough."""
    console.print(Text(grid.title, style="bold"))
    console.print(Text(grid.subtitle))
    console.print()
    if console.color_system is None or console.no_color:
        lines = [*_plain_lines(grid), Text(), *_indented(grid.plain_legend)]
    else:
        style_of = _style_of(console.color_system)
        lines = [*_colour_lines(grid, style_of), Text(), _legend_line(grid, style_of)]
    for line in [*lines, *_indented(grid.remarks)]:
        console.print(line, no_wrap=True, crop=False, overflow="ignore")


def _style_of(color_system: str) -> _StyleOf:
    if color_system in ("standard", "windows"):
        return lambda shade: Style(
            color="black" if shade.terminal in ("cyan", "yellow") else "bright_white",
            bgcolor=shade.terminal,
        )
    return lambda shade: Style(color="#ffffff", bgcolor="#{:02x}{:02x}{:02x}".format(*shade.rgb))


def _colour_lines(grid: Grid, style_of: _StyleOf) -> list[Text]:
    noted = any(cell.note for cells in grid.cells for cell in cells)
    lines = []
    for row, cells in enumerate(grid.cells):
        names = [starting_hand_name(row, column) for column in range(grid.size)]
        lines.append(_colour_line(cells, names, style_of))
        if noted:
            lines.append(_colour_line(cells, [cell.note for cell in cells], style_of))
    return lines


def _colour_line(cells: Sequence[Cell], words: Sequence[str], style_of: _StyleOf) -> Text:
    line = Text(" ")
    for cell, word in zip(cells, words, strict=True):
        _append_bars(line, cell, word.center(_CELL_WIDTH), style_of)
        line.append(" ")
    return line


def _append_bars(line: Text, cell: Cell, word: str, style_of: _StyleOf) -> None:
    if not cell.bars:
        line.append(word, Style(dim=True))
        return
    position = 0
    widths = split_cell([share for share, _ in cell.bars], _CELL_WIDTH)
    for width, (_, shade) in zip(widths, cell.bars, strict=True):
        line.append(word[position : position + width], style_of(shade))
        position += width


def _legend_line(grid: Grid, style_of: _StyleOf) -> Text:
    legend = Text(" ")
    for label, shade in grid.legend:
        legend.append("   ", style_of(shade))
        legend.append(f" {label}   ")
    return legend


def _plain_lines(grid: Grid) -> list[Text]:
    ranks = GRID_RANKS[: grid.size]
    longest = max(len(cell.plain) for cells in grid.cells for cell in cells)
    width = max(4, longest + 1)
    lines = [Text("     " + "".join(f"{rank:<{width}}" for rank in ranks))]
    for rank, cells in zip(ranks, grid.cells, strict=True):
        lines.append(Text(f"  {rank}  " + "".join(f"{cell.plain:<{width}}" for cell in cells)))
    return lines


def _indented(lines: Sequence[str]) -> list[Text]:
    return [Text(f"  {line}") for line in lines]
