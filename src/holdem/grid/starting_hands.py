"""Starting hands as cells of a grid: ``AKs`` is ace and king of one suit."""

from __future__ import annotations

from holdem.cards import RANKS

GRID_RANKS = RANKS[::-1]  # of the rows and columns of a grid, as many as the deck has


def starting_hand_name(row: int, column: int) -> str:
    """Names a cell of the grid: suited above the diagonal, offsuit below."""
    high, low = GRID_RANKS[min(row, column)], GRID_RANKS[max(row, column)]
    return high + low + ("" if row == column else "s" if row < column else "o")


def starting_hand_cards(row: int, column: int) -> tuple[int, int]:
    """Returns two cards that make the starting hand of a cell."""
    high, low = (RANKS.index(GRID_RANKS[i]) for i in (min(row, column), max(row, column)))
    suited = row < column
    return high * 4, low * 4 + (0 if suited else 1)


def starting_hand_cell(first: int, second: int) -> tuple[int, int]:
    """Returns row and column of the starting hand that two cards make."""
    high, low = sorted(len(GRID_RANKS) - 1 - card // 4 for card in (first, second))
    return (high, low) if first % 4 == second % 4 else (low, high)


def num_combinations(row: int, column: int) -> int:
    """Returns how many pairs of cards make the starting hand: 6, 4 or 12."""
    return 6 if row == column else 4 if row < column else 12
