"""Which hands share a bucket on one board."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from holdem.abstraction.bucket_file import BOARD_CARDS, STREETS, Buckets
from holdem.abstraction.chosen_flops import chosen_flops
from holdem.abstraction.weighted_flops import WholeFlop
from holdem.cards import RANKS, SUITS, format_cards
from holdem.errors import ConfigError
from holdem.flops import highest_relabelling
from holdem.grid.starting_hands import starting_hand_cell

_NUM_CARDS = len(RANKS) * len(SUITS)


@dataclass(frozen=True)
class BoardBuckets:
    """The buckets of all hands that can be dealt beside a board.

    Attributes:
        street: 0 to 3, by the cards of the board.
        board: Its cards.
        num_ranks: Of the deck.
        hands: The pairs of cards, the higher first; the highest pairs first.
        ids: Bucket of each, uint32 [len(hands)].
    """

    street: int
    board: tuple[int, ...]
    num_ranks: int
    hands: tuple[tuple[int, int], ...]
    ids: npt.NDArray[np.uint32]

    @cached_property
    def present(self) -> npt.NDArray[np.uint32]:
        """The different buckets among them, ascending."""
        return np.unique(self.ids)

    @cached_property
    def cells(self) -> dict[tuple[int, int], list[int]]:
        """Numbers of the hands by row and column of their starting hand."""
        cells: dict[tuple[int, int], list[int]] = {}
        for number, hand in enumerate(self.hands):
            cells.setdefault(starting_hand_cell(*hand), []).append(number)
        return cells

    def bucket(self, hand: Sequence[int]) -> int:
        """Returns the bucket of a hand, its cards in any order.

        Raises:
            ConfigError: It cannot be dealt beside the board.
        """
        name = format_cards(hand)
        if len(hand) != 2:
            raise ConfigError(f"hand '{name}': {len(hand)} cards, must be 2")
        _check_deck("hand", hand, self.num_ranks)
        for card in hand:
            if card in self.board:
                raise ConfigError(f"hand '{name}': {format_cards([card])} is on the board")
        first, second = sorted(hand, reverse=True)
        return int(self.ids[self.hands.index((first, second))])

    def hands_in(self, bucket: int) -> list[tuple[int, int]]:
        """Returns the hands in a bucket."""
        return [self.hands[number] for number in np.flatnonzero(self.ids == bucket)]


def board_buckets(
    buckets: Buckets, board: Sequence[int], street: int | None = None
) -> BoardBuckets:
    """Looks up the buckets of all hands on a board.

    Args:
        buckets: Of any deck.
        board: Different cards; none before the flop.
        street: 0 to 3, to be held against the cards of the board.

    Raises:
        ConfigError: No street has so many cards, or the given one has not, a card is not in the
            deck, or the board comes from no flop that the buckets were made for.
    """
    num_ranks = buckets.map.num_ranks
    found = _street_of(board, street)
    _check_deck("board", board, num_ranks)
    _check_flops(board, chosen_flops(buckets.config))
    live = [card for card in range(_first_card(num_ranks), _NUM_CARDS) if card not in board]
    hands = tuple(itertools.combinations(reversed(live), 2))
    deals = np.empty((len(hands), 2 + len(board)), np.uint8)
    deals[:, :2] = hands
    deals[:, 2:] = board
    ids = buckets.map.buckets(found, deals)
    return BoardBuckets(found, tuple(board), num_ranks, hands, ids)


def _street_of(board: Sequence[int], street: int | None) -> int:
    count, name = len(board), format_cards(board)
    if street is not None and count != BOARD_CARDS[street]:
        needed = (
            f"the {STREETS[street]} has {BOARD_CARDS[street]}" if street else "preflop has none"
        )
        raise ConfigError(f"board '{name}': {count} cards, {needed}")
    if count not in BOARD_CARDS:
        raise ConfigError(f"board '{name}': {count} cards, must be none, 3, 4 or 5")
    return BOARD_CARDS.index(count)


def _check_flops(board: Sequence[int], flops: Sequence[WholeFlop]) -> None:
    """Raises ConfigError unless the board comes from one of the flops, where some were chosen."""
    if not board or not flops:
        return
    made_for = {cards for cards, _ in flops}
    if not any(highest_relabelling(flop) in made_for for flop in itertools.combinations(board, 3)):
        raise ConfigError(
            f"board '{format_cards(board)}': from none of the {len(made_for)} flops that these "
            "buckets were made for"
        )


def _first_card(num_ranks: int) -> int:
    return _NUM_CARDS - len(SUITS) * num_ranks


def _check_deck(what: str, cards: Sequence[int], num_ranks: int) -> None:
    if any(card < _first_card(num_ranks) for card in cards):
        lowest = RANKS[len(RANKS) - num_ranks]
        raise ConfigError(
            f"{what} '{format_cards(cards)}': a deck of {num_ranks} ranks has {lowest} to A"
        )
