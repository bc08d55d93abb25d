"""How many deals hands stand for, against counting them."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import numpy.typing as npt
import pytest
from feature_references import (
    FLOPS,
    THREE_ACES,
    Flops,
    deck,
    flop_weights,
    num_hands,
    same_for_any_workers,
)

from holdem import _core

BOARD_CARDS = (0, 3, 4, 5)


def masses_of(
    num_ranks: int, street: int, flops: Flops, num_workers: int = 2
) -> npt.NDArray[np.uint32]:
    masses = np.ones(num_hands(num_ranks, street), np.uint32)
    _core.hand_masses(num_ranks, street, flops, num_workers, masses)
    return masses


@pytest.mark.parametrize("num_ranks", [3, 5, 13])
@pytest.mark.parametrize("street", range(4))
def test_masses_are_the_numbers_of_deals(num_ranks: int, street: int) -> None:
    masses = masses_of(num_ranks, street, [])
    cards, board = 4 * num_ranks, BOARD_CARDS[street]
    assert masses.sum() == comb(cards, board) * comb(cards - board, 2)
    indices = np.arange(len(masses), dtype=np.uint64)[:: 1 + len(masses) // 100_000]
    deals = _core.street_indexer(street, num_ranks).num_deals(indices)
    assert np.array_equal(masses[indices], deals)


@pytest.mark.parametrize(("num_ranks", "street"), [(3, 0), (3, 1), (3, 2), (3, 3), (4, 2)])
def test_masses_of_chosen_flops_are_the_probabilities(num_ranks: int, street: int) -> None:
    """Over all real deals: the flop by its weight, hole cards and other cards at random."""
    expected = np.zeros(num_hands(num_ranks, street), np.int64)
    weights = flop_weights(FLOPS)
    holes = [*itertools.combinations(deck(num_ranks), 2)]
    deals, deal_weights = [], []
    for board in itertools.combinations(deck(num_ranks), max(3, BOARD_CARDS[street])):
        weight = sum(weights[frozenset(flop)] for flop in itertools.combinations(board, 3))
        if weight:
            live = [hole for hole in holes if not {*hole} & {*board}]
            deals += [hole if street == 0 else (*hole, *board) for hole in live]
            deal_weights += [weight] * len(live)
    indices = _core.street_indexer(street, num_ranks).index(np.array(deals, np.uint8))
    np.add.at(expected, indices, deal_weights)
    masses = masses_of(num_ranks, street, FLOPS).astype(np.int64)
    assert masses.sum() > 0
    assert np.array_equal(masses * expected.sum(), expected * masses.sum())


def test_all_flops_chosen_by_their_relabellings_is_no_choice() -> None:
    indexer = _core.HandIndexer([3], 4)
    indices = np.arange(indexer.size, dtype=np.uint64)
    flops: Flops = [
        (tuple(cards), weight)
        for cards, weight in zip(
            indexer.unindex(indices).tolist(), indexer.num_deals(indices).tolist(), strict=True
        )
    ]
    for street, factor in enumerate((comb(14, 3), 1, 4, 10)):
        every = masses_of(4, street, [])
        assert np.array_equal(masses_of(4, street, flops), every * factor)


def test_a_hand_that_no_chosen_flop_leaves_has_no_mass() -> None:
    aces = _core.street_indexer(0, 3).index(np.array([[51, 50]], np.uint8))
    masses = masses_of(3, 0, THREE_ACES)
    assert masses[aces] == 0
    assert masses.any()


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize("street", range(4))
def test_the_number_of_workers_changes_nothing(street: int, flops: Flops) -> None:
    same_for_any_workers(lambda num_workers: masses_of(5, street, flops, num_workers))


def test_misuse_is_refused() -> None:
    masses = np.zeros(num_hands(3, 1), np.uint32)
    with pytest.raises(ValueError, match="num_ranks: 14"):
        _core.hand_masses(14, 1, [], 1, masses)
    for flops, message in [
        ([((51, 51, 50), 1)], r"flops\[0\]: must be different cards, 40 to 51"),
        ([*FLOPS, ((51, 50, 2), 1)], r"flops\[3\]: must be different cards"),
        ([((51, 50, 49), 0)], "weight 0, must be at least 1"),
        ([((51, 50, 49), 2**31), ((51, 50, 47), 2**31 + 1)], "weights are too large"),
    ]:
        with pytest.raises(ValueError, match=message):
            _core.hand_masses(3, 1, flops, 1, masses)
