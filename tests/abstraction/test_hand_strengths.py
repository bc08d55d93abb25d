"""Exact hand strength against enumeration, and identities that hold over all hands."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core
from holdem.abstraction.methods.percentile_ehs import MAX_BUCKETS

Cards = npt.NDArray[np.uint8]

# Highest strength of each street: 2 * 990, times rivers, times turns, times flops.
MAX_STRENGTH = (1980 * 46 * 47 * 19600, 1980 * 46 * 47, 1980 * 46, 1980)
NUM_DEALS = tuple(comb(52, n) * comb(52 - n, 2) for n in (0, 3, 4, 5))
SUIT_PERMUTATIONS = list(itertools.permutations(range(4)))


def random_deals(num_deals: int, num_cards: int, seed: int) -> Cards:
    random = np.random.default_rng(seed)
    return np.array([random.permutation(52)[:num_cards] for _ in range(num_deals)], dtype=np.uint8)


def river_value(hole_cards: Cards, board: Cards) -> int:
    """2 * wins + ties over the opponent's 990 hands, by enumeration."""
    rest = [card for card in range(52) if card not in {*hole_cards, *board}]
    hands = np.array([*itertools.combinations(rest, 2)], dtype=np.uint8)
    hands = np.concatenate([hole_cards[None, :], hands])
    cards = np.concatenate([hands, np.tile(board, (len(hands), 1))], axis=1)
    rated = _core.evaluate_hands(np.ascontiguousarray(cards))
    own, others = rated[0], rated[1:]
    return int(2 * np.sum(own > others) + np.sum(own == others))


def value_by_enumeration(deal: Cards) -> int:
    """Strength of hole cards and a flop, turn or river board: the sum over the cards to come."""
    hole_cards, board = deal[:2], deal[2:]
    rest = [card for card in range(52) if card not in deal]
    to_come = itertools.permutations(rest, 5 - len(board))
    return sum(
        river_value(hole_cards, np.concatenate([board, np.array(cards, dtype=np.uint8)]))
        for cards in to_come
    )


def test_river_strength_is_the_enumerated_equity(strengths: _core.HandStrengths) -> None:
    deals = random_deals(300, 7, seed=1)
    assert strengths.strengths(3, deals).tolist() == [value_by_enumeration(deal) for deal in deals]


@pytest.mark.parametrize(
    "board",
    [
        (32, 36, 40, 44, 48),  # a royal flush for everyone: all tie
        (0, 1, 2, 3, 48),  # quads and an ace
        (0, 4, 8, 12, 51),  # four to a straight flush
        (0, 1, 4, 5, 8),
    ],
)
def test_all_hands_of_special_boards(
    strengths: _core.HandStrengths, board: tuple[int, ...]
) -> None:
    holes = itertools.combinations([card for card in range(52) if card not in board], 2)
    deals = np.array([(*hole, *board) for hole in holes], dtype=np.uint8)
    values = strengths.strengths(3, deals)
    assert values.tolist() == [value_by_enumeration(deal) for deal in deals]


def test_a_board_that_plays_ties_and_the_nuts_win_everything(
    strengths: _core.HandStrengths,
) -> None:
    board_plays = [0, 5, 32, 36, 40, 44, 48]
    nuts = [48, 44, 32, 36, 40, 1, 6]
    deals = np.array([board_plays, nuts], dtype=np.uint8)
    assert strengths.strengths(3, deals).tolist() == [990, 1980]


def test_turn_strength_is_the_enumerated_expectation(strengths: _core.HandStrengths) -> None:
    deals = random_deals(20, 6, seed=2)
    assert strengths.strengths(2, deals).tolist() == [value_by_enumeration(deal) for deal in deals]


def test_flop_strength_is_the_enumerated_expectation(strengths: _core.HandStrengths) -> None:
    deals = random_deals(2, 5, seed=3)
    assert strengths.strengths(1, deals).tolist() == [value_by_enumeration(deal) for deal in deals]


@pytest.mark.parametrize(
    ("hole_cards", "percent"),
    [
        ((48, 49), 85.204),
        ((44, 45), 82.396),
        ((44, 48), 67.045),
        ((20, 1), 34.584),
        ((0, 5), 32.303),
    ],
)
def test_preflop_equities_are_the_published_ones(
    strengths: _core.HandStrengths, hole_cards: tuple[int, int], percent: float
) -> None:
    """AA, KK, AKs, 72o and 32o all-in before the flop against a random hand."""
    value = int(strengths.strengths(0, np.array([hole_cards], dtype=np.uint8))[0])
    assert 100 * value / MAX_STRENGTH[0] == pytest.approx(percent, abs=6e-4)


@pytest.mark.parametrize("street", range(4))
def test_all_hands_together_win_exactly_half(strengths: _core.HandStrengths, street: int) -> None:
    """The game is symmetric: summed over all deals, strength is half of the highest."""
    spectrum = strengths.spectrum(street)
    total = sum(
        value * deals
        for value, deals in zip(
            spectrum.strengths.tolist(), spectrum.num_deals.tolist(), strict=True
        )
    )
    assert int(spectrum.num_deals.sum()) == NUM_DEALS[street]
    assert 2 * total == MAX_STRENGTH[street] * NUM_DEALS[street]


def test_the_number_of_different_strengths_bounds_the_buckets(
    strengths: _core.HandStrengths,
) -> None:
    counts = []
    for street in range(4):
        values = strengths.spectrum(street).strengths
        assert np.all(values[1:] > values[:-1])
        assert values[-1] <= MAX_STRENGTH[street]
        counts.append(len(values))
    assert tuple(counts) == MAX_BUCKETS


@pytest.mark.parametrize("street", range(4))
def test_relabelled_suits_keep_the_strength(strengths: _core.HandStrengths, street: int) -> None:
    deals = random_deals(50, (2, 5, 6, 7)[street], seed=4)
    expected = strengths.strengths(street, deals)
    for permutation in SUIT_PERMUTATIONS:
        relabelled = deals // 4 * 4 + np.array(permutation, dtype=np.uint8)[deals % 4]
        assert np.array_equal(strengths.strengths(street, relabelled), expected)


@pytest.mark.parametrize("num_workers", [1, 3])
def test_the_number_of_workers_changes_nothing(
    strengths: _core.HandStrengths, num_workers: int
) -> None:
    other = _core.HandStrengths()
    for street in (3, 2, 1, 0):
        other.compute(street, num_workers)
        deals = random_deals(20_000, (2, 5, 6, 7)[street], seed=6)
        assert np.array_equal(other.strengths(street, deals), strengths.strengths(street, deals))
        first, second = other.spectrum(street), strengths.spectrum(street)
        assert np.array_equal(first.strengths, second.strengths)
        assert np.array_equal(first.num_deals, second.num_deals)


def test_misuse_is_refused(strengths: _core.HandStrengths) -> None:
    new = _core.HandStrengths()
    with pytest.raises(ValueError, match="strengths of street 3 have not been computed"):
        new.compute(2, num_workers=1)
    with pytest.raises(ValueError, match="num_workers: 0, must be at least 1"):
        new.compute(3, num_workers=0)
    with pytest.raises(ValueError, match="street: 4, must be 0 to 3"):
        new.compute(4, num_workers=1)
    with pytest.raises(ValueError, match="have not been computed"):
        new.strengths(1, random_deals(1, 5, seed=0))
    with pytest.raises(ValueError, match="5 cards a deal, must be 7"):
        strengths.strengths(3, random_deals(1, 5, seed=0))
    with pytest.raises(ValueError, match="different cards"):
        strengths.strengths(0, np.array([[3, 3]], dtype=np.uint8))
    spectrum = strengths.spectrum(0)
    ids = np.zeros(169, np.uint8)
    with pytest.raises(ValueError, match="one for each strength"):
        strengths.write_ids(spectrum, np.zeros(3, np.uint32), 1, ids)
    with pytest.raises(ValueError, match="one for each hand"):
        strengths.write_ids(spectrum, np.zeros(169, np.uint32), 1, ids[1:])
    with pytest.raises(ValueError, match="above 255"):
        strengths.write_ids(spectrum, np.full(169, 256, np.uint32), 1, ids)
    with pytest.raises(ValueError, match="dtype"):
        strengths.write_ids(spectrum, np.zeros(169, np.uint32), 1, ids.astype(np.int8))
