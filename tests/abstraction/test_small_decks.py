"""Hand strength and lossless buckets of decks with fewer ranks."""

from __future__ import annotations

import itertools
from math import comb, prod

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core

Cards = npt.NDArray[np.uint8]
NUM_CARDS = (2, 5, 6, 7)


def deck(num_ranks: int) -> range:
    return range(52 - 4 * num_ranks, 52)


def strengths_of(num_ranks: int, num_workers: int = 1) -> _core.HandStrengths:
    strengths = _core.HandStrengths(num_ranks)
    for street in (3, 2, 1, 0):
        strengths.compute(street, num_workers)
    return strengths


def strength_by_enumeration(num_ranks: int, deal: tuple[int, ...]) -> int:
    """2 * wins + ties over all boards, in the order they come, and hands of the opponent.

    Preflop a board is a flop, as a set, and the two cards that follow it.
    """
    rest = [card for card in deck(num_ranks) if card not in deal]
    boards = set()
    missing = 7 - len(deal)
    for cards in itertools.permutations(rest, missing):
        flop = tuple(sorted(cards[: max(0, missing - 2)]))
        boards.add(flop + cards[len(flop) :])
    total = 0
    for cards in boards:
        board = deal[2:] + cards
        others = itertools.combinations([card for card in rest if card not in cards], 2)
        hands = np.array([deal[:2], *others], dtype=np.uint8)
        rated = _core.evaluate_hands(
            np.concatenate([hands, np.tile(np.array(board, np.uint8), (len(hands), 1))], axis=1)
        )
        total += int(2 * np.sum(rated[0] > rated[1:]) + np.sum(rated[0] == rated[1:]))
    return total


def random_deals(num_ranks: int, street: int, count: int) -> Cards:
    random = np.random.default_rng(street)
    cards = np.array(deck(num_ranks), dtype=np.uint8)
    return np.array([random.permutation(cards)[: NUM_CARDS[street]] for _ in range(count)])


@pytest.mark.parametrize(
    ("num_ranks", "street", "count"),
    [(3, 0, 2), (3, 1, 20), (3, 2, 40), (3, 3, 60), (4, 1, 4), (5, 2, 20), (5, 3, 60), (8, 3, 30)],
)
def test_strength_is_the_enumerated_equity(num_ranks: int, street: int, count: int) -> None:
    deals = random_deals(num_ranks, street, count)
    expected = [strength_by_enumeration(num_ranks, tuple(deal)) for deal in deals.tolist()]
    assert strengths_of(num_ranks).strengths(street, deals).tolist() == expected


@pytest.mark.parametrize("num_ranks", [3, 4, 5, 7])
def test_all_hands_together_win_exactly_half(num_ranks: int) -> None:
    strengths = strengths_of(num_ranks, num_workers=2)
    cards = 4 * num_ranks
    highest_on_the_river = (cards - 7) * (cards - 8)
    runouts = [comb(cards - 2, 3), cards - 5, cards - 6]
    for street, board in enumerate((0, 3, 4, 5)):
        spectrum = strengths.spectrum(street)
        deals = comb(cards, board) * comb(cards - board, 2)
        assert int(spectrum.num_deals.sum()) == deals
        total = sum(
            value * count
            for value, count in zip(
                spectrum.strengths.tolist(), spectrum.num_deals.tolist(), strict=True
            )
        )
        assert 2 * total == highest_on_the_river * prod(runouts[street:]) * deals


def test_strengths_of_too_small_a_deck_are_refused() -> None:
    with pytest.raises(ValueError, match="num_ranks: 2, must be at least 3"):
        _core.HandStrengths(2)
    strengths = strengths_of(5)
    with pytest.raises(ValueError, match="different cards, 32 to 51"):
        strengths.strengths(0, np.array([[0, 50]], dtype=np.uint8))


@pytest.mark.parametrize("num_ranks", [2, 5, 13])
def test_lossless_buckets_are_the_indices_of_sequences(num_ranks: int) -> None:
    buckets = _core.BucketMap.lossless(num_ranks)
    assert buckets.is_lossless
    assert buckets.num_ranks == num_ranks
    for street in range(4):
        indexer = _core.sequence_indexer(street, num_ranks)
        deals = random_deals(num_ranks, street, 1_000)
        assert buckets.num_buckets(street) == indexer.size
        assert np.array_equal(buckets.buckets(street, deals), indexer.index(deals))


def test_lossless_buckets_of_the_full_deck_need_most_of_32_bits() -> None:
    assert _core.BucketMap.lossless().num_buckets(3) == 2_428_287_420
    last = np.array([2_428_287_419], dtype=np.uint64)
    deal = _core.sequence_indexer(3).unindex(last)
    assert _core.BucketMap.lossless().buckets(3, deal).tolist() == [2_428_287_419]


@pytest.mark.parametrize("num_ranks", [2, 3, 4, 5])
def test_a_lossless_bucket_tells_those_of_the_streets_before(num_ranks: int) -> None:
    """Perfect recall: among many deals, those that share a later bucket share all earlier ones."""
    buckets = _core.BucketMap.lossless(num_ranks)
    cards = 4 * num_ranks
    random = np.random.default_rng(num_ranks)
    deals = np.array(
        [52 - cards + random.permutation(cards)[:7] for _ in range(40_000)], dtype=np.uint8
    )
    for street in (1, 2, 3):
        later = buckets.buckets(street, np.ascontiguousarray(deals[:, : NUM_CARDS[street]]))
        earlier = buckets.buckets(
            street - 1, np.ascontiguousarray(deals[:, : NUM_CARDS[street - 1]])
        )
        assert len(np.unique(later)) < len(deals)
        pairs = np.unique(np.stack([later, earlier], axis=1), axis=0)
        assert len(pairs) == len(np.unique(later))


@given(num_ranks=st.integers(2, 13), suits=st.permutations(range(4)), data=st.data())
def test_hands_that_only_suits_tell_apart_share_all_lossless_buckets(
    num_ranks: int, suits: list[int], data: st.DataObject
) -> None:
    deal = np.array(data.draw(st.permutations(deck(num_ranks)))[:7], dtype=np.uint8)
    other = deal // 4 * 4 + np.array(suits, dtype=np.uint8)[deal % 4]
    buckets = _core.BucketMap.lossless(num_ranks)
    for street in range(4):
        both = np.ascontiguousarray(np.stack([deal, other])[:, : NUM_CARDS[street]])
        first, second = buckets.buckets(street, both)
        assert first == second
