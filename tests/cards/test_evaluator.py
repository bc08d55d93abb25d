"""The seven-card evaluator against the rules, known counts and another evaluator."""

from __future__ import annotations

import functools
import itertools
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phevaluator import evaluate_cards

from holdem import _core

Hands = npt.NDArray[np.uint8]

CLASS_NAMES = (
    "high card",
    "pair",
    "two pair",
    "three of a kind",
    "straight",
    "flush",
    "full house",
    "four of a kind",
    "straight flush",
)
# Kinds of five-card hands in each class; the dense strengths follow from their sums.
CLASS_SIZES = (1277, 2860, 858, 858, 10, 1277, 156, 156, 10)
SEVEN_CARD_COUNTS = (
    23_294_460,
    58_627_800,
    31_433_400,
    6_461_620,
    6_180_020,
    4_047_644,
    3_473_184,
    224_848,
    41_584,
)


def parse_hand(text: str) -> list[int]:
    """Reads "As Kd ..." into card numbers, rank * 4 + suit."""
    return ["23456789TJQKA".index(c[0]) * 4 + "cdhs".index(c[1]) for c in text.split()]


def rate(*hands: str) -> list[int]:
    """Strengths of hands written as text."""
    return _core.evaluate_hands(np.array([parse_hand(h) for h in hands], np.uint8)).tolist()


def random_hands(num_hands: int, seed: int) -> Hands:
    """Draws seven different cards per hand: the first seven of 52 random numbers' order."""
    draws = np.random.default_rng(seed).random((num_hands, 52), np.float32)
    return np.ascontiguousarray(np.argpartition(draws, 7, axis=1)[:, :7].astype(np.uint8))


@functools.cache
def rate_five(ranks: tuple[int, ...], is_flush: bool) -> tuple[int, ...]:
    """Rates five ranks in descending order as (class, ranks by multiplicity), by the rule book."""
    counts = sorted(((n, rank) for rank, n in Counter(ranks).items()), reverse=True)
    shape = tuple(n for n, _ in counts)
    order = tuple(rank for _, rank in counts)
    if ranks == (12, 3, 2, 1, 0):  # A-5-4-3-2: the ace is low
        order = (3, 2, 1, 0, -1)
    is_straight = len(order) == 5 and order[0] - order[4] == 4
    if is_straight or is_flush:
        hand_class = 8 if is_straight and is_flush else 4 if is_straight else 5
    else:
        by_shape = {(2, 1, 1, 1): 1, (2, 2, 1): 2, (3, 1, 1): 3, (3, 2): 6, (4, 1): 7}
        hand_class = by_shape.get(shape, 0)
    return (hand_class, *order)


def rate_seven(cards: list[int]) -> tuple[int, ...]:
    """Rates seven cards as the best of their 21 five-card hands."""
    return max(
        rate_five(tuple(card // 4 for card in five), len({card % 4 for card in five}) == 1)
        for five in itertools.combinations(sorted(cards, reverse=True), 5)
    )


def all_kinds_of_hands() -> Hands:
    """One hand for each choice of seven ranks without a flush, and for each flush of five."""
    hands = [
        [rank * 4 + i % 4 for i, rank in enumerate(ranks)]
        for ranks in itertools.combinations_with_replacement(range(13), 7)
        if max(Counter(ranks).values()) <= 4
    ]
    for ranks in itertools.combinations(range(13), 5):
        hands.append([rank * 4 + 3 for rank in ranks] + [0, 1])
    return np.array(hands, np.uint8)


def assert_same_order(strengths: list[int], reference: list[tuple[int, ...]]) -> None:
    """Checks that equal references are the equal strengths and greater ones the greater."""
    pairs = sorted(set(zip(strengths, reference, strict=True)))
    assert len({s for s, _ in pairs}) == len({r for _, r in pairs}) == len(pairs)
    assert [r for _, r in pairs] == sorted(r for _, r in pairs)


def assert_orders_as_phevaluator(hands: Hands) -> None:
    """Compares neighbours: who wins, or whether they tie. PH Evaluator's lower rank is better."""
    ours = _core.evaluate_hands(hands).astype(np.int64).reshape(-1, 2)
    ranks = [evaluate_cards(*hand) for hand in hands.tolist()]
    theirs = np.array(ranks, np.int64).reshape(-1, 2)
    expected = np.sign(theirs[:, 1] - theirs[:, 0])
    np.testing.assert_array_equal(np.sign(ours[:, 0] - ours[:, 1]), expected)


def test_every_kind_of_hand_is_ordered_by_the_rules() -> None:
    hands = all_kinds_of_hands()
    strengths = _core.evaluate_hands(hands).tolist()
    reference = [rate_seven(hand) for hand in hands.tolist()]
    assert len(hands) == 49_205 + 1_287
    assert_same_order(strengths, reference)
    assert len(set(strengths)) == 4_824
    for strength, rated in set(zip(strengths, reference, strict=True)):
        assert _core.hand_class_name(strength) == CLASS_NAMES[rated[0]]


def test_random_hands_are_ordered_by_the_rules() -> None:
    hands = random_hands(20_000, seed=1)
    strengths = _core.evaluate_hands(hands).tolist()
    assert_same_order(strengths, [rate_seven(hand) for hand in hands.tolist()])


def test_order_agrees_with_phevaluator() -> None:
    assert_orders_as_phevaluator(random_hands(40_000, seed=2))


@pytest.mark.slow
def test_order_agrees_with_phevaluator_on_a_million_pairs() -> None:
    for seed in range(10):
        assert_orders_as_phevaluator(random_hands(200_000, seed=100 + seed))


def test_class_counts_over_all_hands() -> None:
    assert tuple(_core.count_hand_classes()) == SEVEN_CARD_COUNTS


def test_strengths_are_dense() -> None:
    assert rate("As Ks Qs Js Ts 2c 3d", "5h 4h 3h 2h Ah Kc Kd", "As Ac Ad Ah Ks Kc Kd") == [
        7462,
        7453,
        7452,
    ]
    # Seven cards have no worse five than 9-8-7-5-4: what is below needs a hand of five or six.
    assert rate("9s 8c 7d 5h 4s 3c 2d") == [min(_core.evaluate_hands(all_kinds_of_hands()))]


def test_class_names_cover_the_strengths() -> None:
    names = [_core.hand_class_name(strength) for strength in range(1, 7463)]
    expected = zip(CLASS_NAMES, CLASS_SIZES, strict=True)
    assert names == [name for name, size in expected for _ in range(size)]


@given(
    cards=st.lists(st.integers(0, 51), min_size=7, max_size=7, unique=True),
    order=st.permutations(range(7)),
    suits=st.permutations(range(4)),
)
def test_card_order_and_suit_names_do_not_matter(
    cards: list[int], order: list[int], suits: list[int]
) -> None:
    relabelled = [cards[i] // 4 * 4 + suits[cards[i] % 4] for i in order]
    first, second = _core.evaluate_hands(np.array([cards, relabelled], np.uint8))
    assert first == second


def test_many_hands_are_rated_like_single_ones() -> None:
    hands = random_hands(1_500, seed=3)
    singly = [_core.evaluate_hands(hand[None])[0] for hand in hands]
    together = _core.evaluate_hands(hands)
    assert together.dtype == np.uint16
    np.testing.assert_array_equal(together, singly)
    assert _core.evaluate_hands(hands[:0]).shape == (0,)


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest.mark.parametrize("hand", [0, 511, 512, 1_499])
def test_a_card_outside_the_deck_is_refused(hand: int, position: int) -> None:
    hands = random_hands(1_500, seed=4)
    for card in (52, 63, 64, 116, 255):
        hands[hand, position] = card
        with pytest.raises(ValueError, match=rf"^cards\[{hand}\]: card {card} is not in 0\.\.51$"):
            _core.evaluate_hands(hands)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(7), 2)))
def test_a_card_held_twice_is_refused(first: int, second: int) -> None:
    for card in range(52):
        others = [c for c in range(8) if c != card]
        hand = np.array([others[:7]], np.uint8)
        hand[0, [first, second]] = card
        with pytest.raises(ValueError, match=rf"^cards\[0\]: card {card} is held twice$"):
            _core.evaluate_hands(hand)


def test_seven_times_the_same_card_is_refused() -> None:
    for card in range(52):
        with pytest.raises(ValueError, match="is held twice"):
            _core.evaluate_hands(np.full((2, 7), card, np.uint8))


@pytest.mark.parametrize(
    "cards",
    [
        np.zeros((3, 6), np.uint8),
        np.zeros(7, np.uint8),
        np.zeros((1, 1, 7), np.uint8),
        np.arange(7)[None],
        np.arange(7, dtype=np.int8)[None],
    ],
    ids=["six cards", "one axis", "three axes", "int64", "int8"],
)
def test_another_shape_or_type_is_refused(cards: npt.NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match=r"^cards: must be a uint8 array of shape \(n, 7\)$"):
        _core.evaluate_hands(cards)


def test_scattered_memory_is_refused() -> None:
    hands = random_hands(8, seed=5)
    for view in (hands[::2], hands[:, ::-1], np.asfortranarray(hands)):
        with pytest.raises(ValueError, match=r"^cards: must be C-contiguous$"):
            _core.evaluate_hands(view)


@pytest.mark.parametrize("strength", [-1, 0, 7463, 65_536 + 5])
def test_a_strength_outside_the_range_is_refused(strength: int) -> None:
    with pytest.raises(ValueError, match=rf"^strength: {strength} is not in 1\.\.7462$"):
        _core.hand_class_name(strength)
