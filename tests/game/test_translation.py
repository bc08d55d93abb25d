"""Bets that a tree does not have: the axioms of the mapping, and cases by hand."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from holdem import _core

Sizes = st.lists(st.floats(0.05, 20), min_size=1, max_size=6, unique=True).map(sorted)


def expected_size(sizes: list[float], bet: float) -> float:
    """Returns the size that a bet is taken for on average, in what it makes fold."""
    smaller, larger, probability = _core.translate(sizes, bet)
    folds = [size / (1 + size) for size in sizes]
    return probability * folds[smaller] + (1 - probability) * folds[larger]


def test_cases_by_hand() -> None:
    # Between half a pot and a pot, 0.75 is taken for half with (0.25 * 1.5) / (0.5 * 1.75) = 3/7.
    assert _core.translate([0.5, 1], 0.75) == (0, 1, pytest.approx(3 / 7))
    # With a check as the smaller size, a bet b between 0 and B means a check (B - b) / (B (1 + b)).
    assert _core.translate([0, 1], 1 / 3) == (0, 1, pytest.approx(1 / 2))
    assert _core.translate([0.5, 1, 4], 2) == (1, 2, pytest.approx(2 * 2 / (3 * 3)))
    with pytest.raises(ValueError, match="sizes: none given"):
        _core.translate([], 1)


@given(Sizes)
def test_sizes_mean_themselves(sizes: list[float]) -> None:
    for number, size in enumerate(sizes):
        assert _core.translate(sizes, size) == (number, number, 1)


@given(Sizes, st.floats(0.01, 100))
def test_beyond_all_sizes_is_the_closest_one(sizes: list[float], bet: float) -> None:
    assert _core.translate(sizes, sizes[0] * 0.99) == (0, 0, 1)
    last = len(sizes) - 1
    assert _core.translate(sizes, sizes[-1] + bet) == (last, last, 1)


@given(Sizes, st.floats(0.01, 25))
def test_the_two_sizes_are_those_around_the_bet(sizes: list[float], bet: float) -> None:
    smaller, larger, probability = _core.translate(sizes, bet)
    assert 0 <= probability <= 1
    if sizes[0] <= bet <= sizes[-1]:
        assert sizes[smaller] <= bet <= sizes[larger]
        assert larger - smaller <= 1


@given(Sizes, st.floats(0.01, 25), st.floats(0.01, 25))
def test_a_larger_bet_is_never_taken_for_less(sizes: list[float], one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert expected_size(sizes, low) <= expected_size(sizes, high) + 1e-12


@given(Sizes, st.floats(0.01, 25))
def test_a_bet_makes_as_many_hands_fold_as_it_pays_for(sizes: list[float], bet: float) -> None:
    # Who folds to each size what that size pays for, folds to a bet in between what this one does:
    # no size between two is a better bluff than another, so none has a better price.
    assume(sizes[0] <= bet <= sizes[-1])
    assert expected_size(sizes, bet) == pytest.approx(bet / (1 + bet))


@given(st.integers(2, 60), st.integers(1, 50))
def test_chips_of_any_worth_are_the_same_bet(big_blinds: int, worth: int) -> None:
    def state(chip: int) -> _core.BettingState:
        rules = _core.Rules(2, 50 * chip, 100 * chip, 0, 10_000 * chip)
        return _core.BettingState(rules)

    raise_to = 100 * big_blinds
    one = _core.pot_fraction(state(1), raise_to)
    assert one == (raise_to - 100) / 200
    assert _core.pot_fraction(state(worth), raise_to * worth) == one
