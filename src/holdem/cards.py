"""Names of cards: ``Ah`` is a card, rank * 4 + suit as a number."""

from __future__ import annotations

from collections.abc import Sequence

from holdem.errors import ConfigError

RANKS = "23456789TJQKA"
SUITS = "cdhs"


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
