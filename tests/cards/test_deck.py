"""Hand indices of smaller decks: the highest ranks, in the numbers of the full deck."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import comb, prod

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core

STREETS = [(2,), (2, 3), (2, 4), (2, 5)]
SEQUENCES = [(2,), (2, 3), (2, 3, 1), (2, 3, 1, 1)]
BOARDS = [(3,), (4,), (5,)]
SMALL_DECKS = [2, 3, 4, 5]
SUIT_PERMUTATIONS = np.array([*itertools.permutations(range(4))], dtype=np.uint8)
MOST_DEALS = 400_000

Rounds = tuple[int, ...]
Cards = npt.NDArray[np.uint8]


def deck(num_ranks: int) -> range:
    return range(52 - 4 * num_ranks, 52)


def num_deals(num_ranks: int, rounds: Rounds) -> int:
    used = itertools.accumulate(rounds, initial=0)
    return prod(comb(4 * num_ranks - u, n) for u, n in zip(used, rounds, strict=False))


def all_deals(cards: tuple[int, ...], rounds: Rounds) -> Iterator[tuple[int, ...]]:
    """Every deal of some cards, as sets per round."""
    if not rounds:
        yield ()
        return
    for first in itertools.combinations(cards, rounds[0]):
        rest = tuple(card for card in cards if card not in first)
        for others in all_deals(rest, rounds[1:]):
            yield first + others


def canonical_forms(deals: Cards, rounds: Rounds) -> npt.NDArray[np.uint64]:
    """The slow reference: the smallest of all relabellings, sorted by round, as one number."""
    forms = []
    for permutation in SUIT_PERMUTATIONS:
        relabelled = deals // 4 * 4 + permutation[deals % 4]
        ends = np.cumsum(rounds)
        for end, size in zip(ends, rounds, strict=True):
            relabelled[:, end - size : end].sort(axis=1)
        places = np.uint64(52) ** np.arange(deals.shape[1], dtype=np.uint64)
        forms.append((relabelled * places).sum(axis=1, dtype=np.uint64))
    return np.min(forms, axis=0)


def few_enough_deals() -> list[tuple[int, Rounds]]:
    """Decks and rounds that the slow reference can list."""
    all_rounds = sorted({*STREETS, *SEQUENCES, *BOARDS, (1, 1), (4, 2)})
    pairs = itertools.product(SMALL_DECKS, all_rounds)
    return [(n, rounds) for n, rounds in pairs if num_deals(n, rounds) <= MOST_DEALS]


@pytest.mark.parametrize(("num_ranks", "rounds"), few_enough_deals())
def test_equal_indices_are_exactly_the_isomorphic_deals(num_ranks: int, rounds: Rounds) -> None:
    deals = np.array([*all_deals(tuple(deck(num_ranks)), rounds)], dtype=np.uint8)
    assert len(deals) == num_deals(num_ranks, rounds)
    indexer = _core.HandIndexer(list(rounds), num_ranks)
    indices = indexer.index(deals)
    forms = canonical_forms(deals, rounds)
    pairs = np.unique(np.stack([indices, forms], axis=1), axis=0)
    assert len(pairs) == len(np.unique(indices)) == len(np.unique(forms)) == indexer.size
    assert indices.max() == indexer.size - 1


@pytest.mark.parametrize("num_ranks", SMALL_DECKS)
@pytest.mark.parametrize("rounds", sorted({*STREETS, *SEQUENCES, *BOARDS}))
def test_every_index_comes_back_and_stands_for_its_deals(num_ranks: int, rounds: Rounds) -> None:
    indexer = _core.HandIndexer(list(rounds), num_ranks)
    indices = np.arange(indexer.size, dtype=np.uint64)
    deals = indexer.unindex(indices)
    assert deals.min() == 52 - 4 * num_ranks
    assert np.array_equal(indexer.index(deals), indices)
    assert indexer.num_deals(indices).sum(dtype=np.uint64) == num_deals(num_ranks, rounds)


@pytest.mark.parametrize("num_ranks", range(6, 14))
@pytest.mark.parametrize("rounds", sorted({*STREETS, *SEQUENCES, *BOARDS}))
def test_indices_of_larger_decks_come_back(num_ranks: int, rounds: Rounds) -> None:
    indexer = _core.HandIndexer(list(rounds), num_ranks)
    random = np.random.default_rng(num_ranks).integers(indexer.size, size=5_000, dtype=np.uint64)
    indices = np.concatenate([random, np.array([0, indexer.size - 1], dtype=np.uint64)])
    assert np.array_equal(indexer.index(indexer.unindex(indices)), indices)


@given(
    num_ranks=st.integers(2, 13),
    rounds=st.sampled_from(SEQUENCES + STREETS),
    suits=st.permutations(range(4)),
    data=st.data(),
)
def test_relabelled_suits_and_reordered_rounds_keep_the_index(
    num_ranks: int, rounds: Rounds, suits: list[int], data: st.DataObject
) -> None:
    deal = data.draw(st.permutations(deck(num_ranks)))[: sum(rounds)]
    ends = itertools.accumulate(rounds)
    parts = [deal[end - n : end] for n, end in zip(rounds, ends, strict=True)]
    other = [
        card // 4 * 4 + suits[card % 4]
        for cards in parts
        for card in data.draw(st.permutations(cards))
    ]
    indexer = _core.HandIndexer(list(rounds), num_ranks)
    first, second = indexer.index(np.array([deal, other], dtype=np.uint8))
    assert first == second < indexer.size


@pytest.mark.parametrize("num_ranks", [2, 5, 13])
def test_the_indexers_of_streets_are_those_of_their_rounds(num_ranks: int) -> None:
    for street in range(4):
        for made, rounds in (
            (_core.street_indexer(street, num_ranks), STREETS[street]),
            (_core.sequence_indexer(street, num_ranks), SEQUENCES[street]),
        ):
            expected = _core.HandIndexer(list(rounds), num_ranks)
            indices = np.arange(min(expected.size, 1_000), dtype=np.uint64)
            assert made.size == expected.size
            assert np.array_equal(made.unindex(indices), expected.unindex(indices))


def test_what_no_deck_has_is_refused() -> None:
    for num_ranks in (1, 14, -1):
        with pytest.raises(ValueError, match=f"num_ranks: {num_ranks}, must be 2 to 13"):
            _core.HandIndexer([2], num_ranks)
        with pytest.raises(ValueError, match=f"num_ranks: {num_ranks}, must be 2 to 13"):
            _core.sequence_indexer(0, num_ranks)
    with pytest.raises(ValueError, match="street: 4, must be 0 to 3"):
        _core.street_indexer(4)
    with pytest.raises(ValueError, match=r"cards\[0\]: 31 is not a card, must be 32 to 51"):
        _core.HandIndexer([2], 5).index(np.array([[31, 40]], dtype=np.uint8))
