"""The hand index: exact sizes, both directions, and nothing merged that is not isomorphic."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import comb, prod

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core

# Waugh 2013 gives the first four; the others follow from counting orbits.
SIZES = {
    (2,): 169,
    (2, 3): 1_286_792,
    (2, 3, 1): 55_190_538,
    (2, 3, 1, 1): 2_428_287_420,
    (2, 4): 13_960_050,
    (2, 5): 123_156_254,
    (3,): 1_755,
    (4,): 16_432,
    (5,): 134_459,
}
SMALL = [(1,), (2,), (3,), (4,), (5,), (1, 1), (2, 1), (1, 2), (1, 1, 1), (2, 2), (1, 1, 1, 1)]
SUIT_PERMUTATIONS = list(itertools.permutations(range(4)))

Rounds = tuple[int, ...]


def split(deal: Sequence[int], rounds: Rounds) -> list[list[int]]:
    """Cuts a deal into its rounds."""
    ends = list(itertools.accumulate(rounds))
    return [list(deal[end - n : end]) for n, end in zip(rounds, ends, strict=True)]


def canonical(deal: Sequence[int], rounds: Rounds) -> tuple[tuple[int, ...], ...]:
    """The slow reference: the smallest deal that a suit permutation makes of this one."""
    return min(
        tuple(
            tuple(sorted(card // 4 * 4 + permutation[card % 4] for card in cards))
            for cards in split(deal, rounds)
        )
        for permutation in SUIT_PERMUTATIONS
    )


def num_raw_deals(rounds: Rounds) -> int:
    used = itertools.accumulate(rounds, initial=0)
    return prod(comb(52 - u, n) for u, n in zip(used, rounds, strict=False))


def as_cards(deals: Sequence[Sequence[int]]) -> npt.NDArray[np.uint8]:
    return np.array(deals, dtype=np.uint8)


@pytest.mark.parametrize("rounds", SIZES)
def test_sizes_are_the_known_ones(rounds: Rounds) -> None:
    assert _core.HandIndexer(list(rounds)).size == SIZES[rounds]


@pytest.mark.parametrize("rounds", SMALL)
def test_every_index_of_a_small_indexer_comes_back_and_stands_for_its_deals(rounds: Rounds) -> None:
    indexer = _core.HandIndexer(list(rounds))
    indices = np.arange(indexer.size, dtype=np.uint64)
    deals = indexer.unindex(indices)
    assert np.array_equal(indexer.index(deals), indices)
    assert indexer.num_deals(indices).sum(dtype=np.uint64) == num_raw_deals(rounds)


def test_every_flop_index_comes_back_and_stands_for_its_deals() -> None:
    indexer = _core.HandIndexer([2, 3])
    indices = np.arange(indexer.size, dtype=np.uint64)
    assert np.array_equal(indexer.index(indexer.unindex(indices)), indices)
    assert indexer.num_deals(indices).sum(dtype=np.uint64) == num_raw_deals((2, 3))


@pytest.mark.parametrize("rounds", [(2, 4), (2, 5), (2, 3, 1), (2, 3, 1, 1)])
def test_indices_of_large_indexers_come_back(rounds: Rounds) -> None:
    indexer = _core.HandIndexer(list(rounds))
    ends = np.array([0, 1, indexer.size - 2, indexer.size - 1], dtype=np.uint64)
    random = np.random.default_rng(1).integers(indexer.size, size=200_000, dtype=np.uint64)
    indices = np.concatenate([ends, random])
    assert np.array_equal(indexer.index(indexer.unindex(indices)), indices)


@pytest.mark.parametrize("rounds", [(2,), (3,), (1, 1), (2, 1), (1, 2), (4,)])
def test_equal_indices_are_exactly_the_isomorphic_deals(rounds: Rounds) -> None:
    """Over all deals of the first cards of a deck, as sets per round."""
    deck = range(52 if sum(rounds) < 3 else 24)
    deals = [
        deal
        for deal in itertools.permutations(deck, sum(rounds))
        if all(cards == sorted(cards) for cards in split(deal, rounds))
    ]
    indices = _core.HandIndexer(list(rounds)).index(as_cards(deals)).tolist()
    forms = [canonical(deal, rounds) for deal in deals]
    assert len(set(zip(indices, forms, strict=True))) == len(set(indices)) == len(set(forms))


@pytest.mark.parametrize("rounds", SIZES)
def test_random_deals_of_different_canonical_form_differ(rounds: Rounds) -> None:
    """Deals of few ranks, so that many of them are isomorphic."""
    random = np.random.default_rng(2)
    deals = [random.permutation(12)[: sum(rounds)].tolist() for _ in range(3_000)]
    indices = _core.HandIndexer(list(rounds)).index(as_cards(deals)).tolist()
    forms = [canonical(deal, rounds) for deal in deals]
    assert len(set(zip(indices, forms, strict=True))) == len(set(indices)) == len(set(forms))


@given(
    rounds=st.sampled_from(sorted(SIZES)),
    deck=st.permutations(range(52)),
    suits=st.permutations(range(4)),
    data=st.data(),
)
def test_relabelled_suits_and_reordered_rounds_keep_the_index(
    rounds: Rounds, deck: list[int], suits: list[int], data: st.DataObject
) -> None:
    deal = deck[: sum(rounds)]
    other = [
        card // 4 * 4 + suits[card % 4]
        for cards in split(deal, rounds)
        for card in data.draw(st.permutations(cards))
    ]
    first, second = _core.HandIndexer(list(rounds)).index(as_cards([deal, other]))
    assert first == second


def test_the_order_of_turn_and_river_counts_only_when_they_are_rounds() -> None:
    deal, swapped = [0, 5, 10, 15, 20, 25, 33], [0, 5, 10, 15, 20, 33, 25]
    as_set = _core.HandIndexer([2, 5]).index(as_cards([deal, swapped]))
    ordered = _core.HandIndexer([2, 3, 1, 1]).index(as_cards([deal, swapped]))
    assert as_set[0] == as_set[1]
    assert ordered[0] != ordered[1]


@pytest.mark.parametrize("rounds", [[], [1] * 5, [0], [2, 0], [-1], [8], [2, 6]])
def test_impossible_rounds_are_refused(rounds: list[int]) -> None:
    with pytest.raises(ValueError, match="cards_per_round"):
        _core.HandIndexer(rounds)


def test_impossible_deals_and_indices_are_refused() -> None:
    indexer = _core.HandIndexer([2])
    with pytest.raises(ValueError, match=r"cards\[1\]: 52 is not a card"):
        indexer.index(as_cards([[0, 1], [0, 52]]))
    with pytest.raises(ValueError, match="card 7 is dealt twice"):
        indexer.index(as_cards([[7, 7]]))
    with pytest.raises(ValueError, match="3 cards a deal, must be 2"):
        indexer.index(as_cards([[1, 2, 3]]))
    with pytest.raises(ValueError, match="not below the size 169"):
        indexer.unindex(np.array([169], dtype=np.uint64))
