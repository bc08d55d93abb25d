"""A table that fits the width it is drawn at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_GAP = 2


@dataclass(frozen=True)
class Heading:
    """A column: ``rank`` 0 always stays; of the others those with the highest rank go first."""

    text: str
    rank: int = 0
    right: bool = True


class FittingTable(Table):
    """Leaves out columns where not all of them fit, instead of breaking their cells."""

    def __init__(self, headings: Iterable[Heading]) -> None:
        super().__init__(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
        self._ranks: list[int] = []
        for heading in headings:
            self._ranks.append(heading.rank)
            self.add_column(heading.text, justify="right" if heading.right else "left")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._fitted(console, options.max_width)
        if self.caption:  # in the whole width, unlike a caption of the narrower table
            yield console.render_str(
                str(self.caption), style=self.caption_style or "", highlight=False
            )

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._fitted(console, options.max_width))

    def _fitted(self, console: Console, max_width: int) -> Table:
        """Returns the columns that fit; one without content below its heading does not."""
        texts = [[_text(console, cell) for cell in column.cells] for column in self.columns]
        widths = [
            max(len(str(column.header)), *(text.cell_len for text in cells)) if cells else 0
            for column, cells in zip(self.columns, texts, strict=True)
        ]
        kept = [index for index, rank in enumerate(self._ranks) if rank == 0 or any(texts[index])]
        while sum(widths[index] + _GAP for index in kept) - _GAP > max_width:
            worst = max(self._ranks[index] for index in kept)
            if worst == 0:
                break
            kept = [index for index in kept if self._ranks[index] != worst]
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
        for index in kept:
            column = self.columns[index]
            table.add_column(column.header, justify=column.justify, no_wrap=True)
        for row, style in enumerate(self.rows):
            table.add_row(*(texts[index][row] for index in kept), style=style.style)
        return table


def _text(console: Console, cell: object) -> Text:
    return cell if isinstance(cell, Text) else console.render_str(str(cell), highlight=False)
