"""The flops that hold'em is played on, as a configuration names them: all, a number, or a list.

A flop stands for all its relabellings of suits, so there are 1,755 in the full deck. Its text is
three cards, ``As7h2d``, with a weight or without, ``As7h2d:0.5``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from holdem.cards import RANKS, SUITS, format_cards, parse_cards
from holdem.errors import ConfigError

ALL = "all"

_LEAST_WEIGHT, _LARGEST_WEIGHT = 1e-9, 1e9

_SUIT_PERMUTATIONS = tuple(itertools.permutations(range(len(SUITS))))


@dataclass(frozen=True)
class Flop:
    """One flop of a list.

    Attributes:
        cards: Of all relabellings of suits, the one with the highest cards, descending.
        weight: Against that of the others; ``None``: as often as it comes from the deck.
    """

    cards: tuple[int, int, int]
    weight: float | None = None

    @classmethod
    def parse(cls, text: str) -> Flop:
        """Reads a flop.

        Raises:
            ConfigError: It is not three different cards, or its weight is no positive number.
        """
        name, colon, weight = text.partition(":")
        cards = parse_cards(name)
        if len(cards) != 3:
            raise ConfigError(f"flop '{text}': {len(cards)} cards, must be 3, as As7h2d")
        return cls(highest_relabelling(cards), _weight(text, weight) if colon else None)

    @property
    def num_relabellings(self) -> int:
        """Flops of the deck that are this one in other suits, 4, 12 or 24, itself among them."""
        return len({frozenset(relabelled) for relabelled in _relabellings(self.cards)})

    def __str__(self) -> str:
        name = format_cards(self.cards)
        return name if self.weight is None else f"{name}:{self.weight!r}"


def num_flops(num_ranks: int) -> int:
    """Returns how many flops a deck has, relabellings of suits not counted."""
    different_ranks, pairs = math.comb(num_ranks, 3), num_ranks * (num_ranks - 1)
    return 5 * different_ranks + 2 * pairs + num_ranks


def read_flops(value: object, num_ranks: int) -> int | tuple[str, ...] | None:
    """Returns the flops of a setting in one form, whatever form it was written in.

    Args:
        value: A number, ``all``, a list of flops, or one text with commas between them.
        num_ranks: Of the deck, the highest ranks.

    Returns:
        ``None`` for all, a number, or texts of flops in descending order.

    Raises:
        ConfigError: It is none of that, a flop is not in the deck or comes twice, some flops have a
            weight and some have none, or there are not so many.
    """
    if isinstance(value, str):
        value = value.strip()
        if value == ALL:
            return None
        texts = [text for text in value.split(",") if text.strip()]
        value = int(value) if value.isdecimal() else texts
    if value is None:
        return None
    available = num_flops(num_ranks)
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= available:
            raise ConfigError(
                f"must be 1 to {available}, the flops there are with {num_ranks} ranks"
            )
        return value
    if (
        not isinstance(value, list | tuple)
        or not value
        or not all(isinstance(text, str) for text in value)
    ):
        raise ConfigError(
            f"must be a number of flops, 1 to {available}, a list as [As7h2d, KsKh2d], or {ALL}"
        )
    return tuple(str(flop) for flop in parse_flops(value, num_ranks))


def parse_flops(texts: Sequence[str], num_ranks: int) -> list[Flop]:
    """Returns the flops of a list, highest first.

    Raises:
        ConfigError: As ``read_flops``.
    """
    flops: dict[tuple[int, ...], tuple[Flop, str]] = {}
    for text in texts:
        flop = Flop.parse(text)
        if min(flop.cards) < (len(RANKS) - num_ranks) * len(SUITS):
            lowest = RANKS[len(RANKS) - num_ranks]
            raise ConfigError(f"flop '{text}': a deck of {num_ranks} ranks has {lowest} to A")
        if flop.cards in flops:
            raise ConfigError(
                f"'{flops[flop.cards][1]}' and '{text}' are one flop, in the same or other suits"
            )
        flops[flop.cards] = (flop, text)
    ordered = [flops[cards][0] for cards in sorted(flops, reverse=True)]
    if len({flop.weight is None for flop in ordered}) > 1:
        raise ConfigError("all flops must have a weight, or none")
    return ordered


def highest_relabelling(cards: Sequence[int]) -> tuple[int, int, int]:
    """Returns a flop in the suits that make its cards highest, descending."""
    first, second, third = max(_relabellings(cards))
    return first, second, third


def _relabellings(cards: Sequence[int]) -> list[tuple[int, ...]]:
    return [
        tuple(sorted((card // 4 * 4 + suits[card % 4] for card in cards), reverse=True))
        for suits in _SUIT_PERMUTATIONS
    ]


def _weight(text: str, number: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not _LEAST_WEIGHT <= weight <= _LARGEST_WEIGHT:
        raise ConfigError(
            f"flop '{text}': the weight '{number}' must be {_LEAST_WEIGHT:g} to {_LARGEST_WEIGHT:g}"
        )
    return weight
