"""What a grid of starting hands shows, and in what colours, wherever it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Rgb = tuple[int, int, int]
TerminalColour = Literal["blue", "cyan", "green", "yellow", "red", "magenta"]


@dataclass(frozen=True)
class Shade:
    """A colour that white letters can be read on.

    Attributes:
        rgb: For terminals and images that have any colour.
        terminal: The nearest of the sixteen that every colour terminal has.
    """

    rgb: Rgb
    terminal: TerminalColour


@dataclass(frozen=True)
class Cell:
    """One starting hand.

    Attributes:
        bars: Shades side by side, each with its share of the cell in any unit; none where the hand
            cannot be dealt.
        plain: What stands for it where there are no colours, four characters at most.
        note: A second line below the hand's name.
    """

    bars: tuple[tuple[float, Shade], ...]
    plain: str
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """A grid of starting hands.

    Attributes:
        title, subtitle: One line each.
        cells: Rows of cells; aces first, suited hands above the diagonal.
        legend: What the shades mean.
        plain_legend: Lines that say it where there are no colours.
        remarks: Lines below either.
    """

    title: str
    subtitle: str
    cells: tuple[tuple[Cell, ...], ...]
    legend: tuple[tuple[str, Shade], ...]
    plain_legend: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Rows, and columns: the ranks of the deck."""
        return len(self.cells)


def split_cell(shares: npt.ArrayLike, width: int) -> list[int]:
    """Shares ``width`` columns among the bars of a cell.

    Largest remainders get what rounding leaves, so the widths add up.
    """
    parts = np.asarray(shares, dtype=float)
    exact = parts / parts.sum() * width
    widths = np.floor(exact).astype(int)
    by_remainder = np.argsort(widths - exact, kind="stable")
    widths[by_remainder[: width - widths.sum()]] += 1
    return [int(count) for count in widths]
