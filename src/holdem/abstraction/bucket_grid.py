"""The buckets of a board as a grid to draw, their colours from weak to strong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from holdem.abstraction.board_buckets import BoardBuckets
from holdem.abstraction.bucket_file import STREETS, Buckets
from holdem.cards import format_cards
from holdem.grid.grid import Cell, Grid, Rgb, Shade, TerminalColour
from holdem.grid.starting_hands import starting_hand_name

# From the weakest bucket of a board to its strongest.
_COLOURS: tuple[Rgb, ...] = (
    (62, 73, 137),
    (38, 110, 142),
    (30, 135, 110),
    (112, 128, 32),
    (176, 104, 28),
    (172, 44, 52),
)
_TERMINAL_COLOURS: tuple[TerminalColour, ...] = ("blue", "cyan", "green", "yellow", "red")
_LEGEND_LENGTH = 5
_LARGEST_SHOWN = 9_999  # of the buckets' own numbers: what a cell has room for


def bucket_grid(view: BoardBuckets, buckets: Buckets, source: str) -> Grid:
    """Makes the grid of a board.

    Args:
        view: The hands on it.
        buckets: Where they are from.
        source: What to call that, in a subtitle.
    """
    return _Painter(view, buckets).grid(source)


class _Painter:
    """Knows the number and the shade of each bucket on the board."""

    def __init__(self, view: BoardBuckets, buckets: Buckets) -> None:
        self._view = view
        self._street = buckets.streets[view.street]
        self._present = [int(bucket) for bucket in view.present]
        # Where every hand has a bucket, its number is the hand's and says nothing of strength.
        self._by_strength = self._street.num_buckets < self._street.ids.size
        self._has_numbers = self._present[-1] <= _LARGEST_SHOWN
        last = max(1, len(self._present) - 1)
        self._places = {bucket: place / last for place, bucket in enumerate(self._present)}
        self._numbers = {
            bucket: f"{bucket if self._has_numbers else place}"
            for place, bucket in enumerate(self._present, start=1)
        }

    def grid(self, source: str) -> Grid:
        view, size = self._view, range(self._view.num_ranks)
        board = " ".join(format_cards([card]) for card in view.board)
        street = STREETS[view.street].capitalize() + (f" {board}" if board else "")
        cells = tuple(tuple(self._cell(row, column) for column in size) for row in size)
        weakest, strongest = self._ends()
        return Grid(
            title=f"{street}: {len(view.hands):,} hands in {len(self._present):,} of "
            f"{self._street.num_buckets:,} buckets",
            subtitle=source,
            cells=cells,
            legend=self._legend(),
            plain_legend=(
                f"Buckets {weakest} to {strongest}. Suited above the diagonal; - cannot be dealt.",
            ),
            remarks=self._remarks(),
        )

    def _cell(self, row: int, column: int) -> Cell:
        hands = self._view.cells.get((row, column))
        if hands is None:
            return Cell(bars=(), plain="-")
        counts = Counter(int(bucket) for bucket in self._view.ids[hands])
        note = f"({len(counts)})" if len(counts) > 1 else self._numbers[next(iter(counts))]
        bars = tuple((count, self._shade(bucket)) for bucket, count in sorted(counts.items()))
        return Cell(bars, plain=note, note=note)

    def _shade(self, bucket: int) -> Shade:
        place = self._places[bucket]
        terminal = _TERMINAL_COLOURS[min(int(place * 5), 4)]
        return Shade(_blend(_COLOURS, place), terminal)

    def _ends(self) -> tuple[str, str]:
        weakest, strongest = (self._numbers[self._present[end]] for end in (0, -1))
        if not self._by_strength or weakest == strongest:
            return weakest, strongest
        return f"{weakest} (weakest)", f"{strongest} (strongest)"

    def _legend(self) -> tuple[tuple[str, Shade], ...]:
        count = min(_LEGEND_LENGTH, len(self._present))
        places = np.linspace(0, len(self._present) - 1, count).round().astype(int)
        chosen = [self._present[place] for place in places]
        labels = [self._numbers[bucket] for bucket in chosen]
        labels[0], labels[-1] = self._ends()
        return tuple(
            (label, self._shade(bucket)) for label, bucket in zip(labels, chosen, strict=True)
        )

    def _remarks(self) -> tuple[str, ...]:
        remarks = []
        mixed = next(
            (cell for cell, hands in sorted(self._view.cells.items()) if self._is_mixed(hands)),
            None,
        )
        if mixed is not None:
            name = starting_hand_name(*mixed)
            remarks.append(f"(2): its suits are in two buckets; --hand {name} lists them.")
        if not self._has_numbers:
            remarks.append(
                "Buckets are numbered by their place on this board; --hand has their own numbers."
            )
        return tuple(remarks)

    def _is_mixed(self, hands: Sequence[int]) -> bool:
        return any(a != b for a, b in pairwise(self._view.ids[list(hands)].tolist()))


def _blend(colours: Sequence[Rgb], place: float) -> Rgb:
    """Returns the colour at a place, 0 to 1, of a scale."""
    position = place * (len(colours) - 1)
    below = min(int(position), len(colours) - 2)
    share = position - below
    red, green, blue = (
        round(low + (high - low) * share)
        for low, high in zip(colours[below], colours[below + 1], strict=True)
    )
    return red, green, blue
