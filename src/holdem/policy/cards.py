"""Names of cards and starting hands: ``Ah`` is a card, ``AKs`` a starting hand."""

from __future__ import annotations

from collections.abc import Sequence

from holdem.errors import ConfigError

RANKS = "23456789TJQKA"
SUITS = "cdhs"
GRID_RANKS = RANKS[::-1]  # of the rows and columns of a 13 x 13 chart


def parse_cards(text: str) -> list[int]:
    """Returns the cards in a text such as ``AhKd`` or ``Ah Kd``, each as rank * 4 + suit.

    Raises:
        ConfigError: It is no list of different cards.
    """
    compact = "".join(text.split())
    names = [compact[i : i + 2] for i in range(0, len(compact), 2)]
    cards = []
    for name in names:
        if len(name) != 2 or name[0] not in RANKS or name[1] not in SUITS:
            raise ConfigError(
                f"cards '{text}': '{name}' is no card, write a rank of {RANKS} and a suit of "
                f"{SUITS}, as Ah"
            )
        cards.append(RANKS.index(name[0]) * 4 + SUITS.index(name[1]))
    if len(set(cards)) != len(cards):
        raise ConfigError(f"cards '{text}': a card comes twice")
    return cards


def format_cards(cards: Sequence[int]) -> str:
    """Returns cards as text, the way ``parse_cards`` reads them."""
    return "".join(RANKS[card // 4] + SUITS[card % 4] for card in cards)


def starting_hand_name(row: int, column: int) -> str:
    """Names a cell of the 13 x 13 chart: suited above the diagonal, offsuit below."""
    high, low = GRID_RANKS[min(row, column)], GRID_RANKS[max(row, column)]
    return high + low + ("" if row == column else "s" if row < column else "o")


def starting_hand_cards(row: int, column: int) -> tuple[int, int]:
    """Returns two cards that make the starting hand of a cell."""
    high, low = (RANKS.index(GRID_RANKS[i]) for i in (min(row, column), max(row, column)))
    suited = row < column
    return high * 4, low * 4 + (0 if suited else 1)


def num_combinations(row: int, column: int) -> int:
    """Returns how many pairs of cards make the starting hand: 6, 4 or 12."""
    return 6 if row == column else 4 if row < column else 12
