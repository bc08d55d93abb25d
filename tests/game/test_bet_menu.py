"""The betting abstraction: which actions a menu offers at a decision."""

from __future__ import annotations

import random
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem import _core
from holdem.bet_sizes import STREETS, parse_street_menu

FOLD = _core.Action(_core.ActionType.fold)
CALL = _core.Action(_core.ActionType.call)


def raises(*chips: int) -> list[_core.Action]:
    return [_core.Action(_core.ActionType.raise_, to) for to in chips]


def menu_of(preflop: str, postflop: str = "0.5 a", cap: int = 4) -> _core.BetMenu:
    texts = [preflop, postflop, postflop, postflop]
    menus = [parse_street_menu(text, street=s) for text, s in zip(texts, STREETS, strict=True)]
    return _core.BetMenu([menu.first for menu in menus], [menu.later for menu in menus], [cap] * 4)


def start(stacks: list[int], small: int = 50, big: int = 100) -> _core.BettingState:
    return _core.BettingState(_core.Rules(len(stacks), small, big, 0, stacks))


def after(state: _core.BettingState, *actions: _core.Action) -> _core.BettingState:
    for action in actions:
        state = state.apply(action)
    return state


def test_multiples_are_of_the_bet_to_match() -> None:
    menu = menu_of("2.5x / 3x a")
    state = start([10_000] * 2)
    assert _core.menu_actions(state, menu) == [FOLD, CALL, *raises(250)]
    state = after(state, *raises(250))
    assert _core.menu_actions(state, menu) == [FOLD, CALL, *raises(750, 10_000)]


def test_limps_leave_the_first_sizes() -> None:
    state = after(start([10_000] * 2), CALL)
    assert _core.menu_actions(state, menu_of("2.5x / 3x a")) == [CALL, *raises(250)]


def test_pot_fractions_are_of_the_pot_after_calling() -> None:
    menu = menu_of("1 / 0.5", "0.5 1 / 1")
    state = start([10_000] * 2)
    assert _core.menu_actions(state, menu) == [FOLD, CALL, *raises(300)]  # 100 + (150 + 50)
    state = after(state, *raises(300), CALL)
    assert _core.menu_actions(state, menu) == [CALL, *raises(300, 600)]
    state = after(state, *raises(300))
    assert _core.menu_actions(state, menu) == [FOLD, CALL, *raises(1500)]  # 300 + (900 + 300)


def test_sizes_round_to_the_nearest_chip_halves_up() -> None:
    menu = menu_of("2x", "0.5 0.66")
    state = after(start([10_000] * 3, 1, 25), CALL, FOLD, CALL)
    assert state.pot == 51
    assert _core.menu_actions(state, menu) == [CALL, *raises(26, 34)]  # 25.5 and 33.66


def test_sizes_below_the_minimum_raise_are_lifted_to_it() -> None:
    menu = menu_of("1.2x 3x / 1.5x", "0.1 0.2 1 a")
    state = start([10_000] * 2)
    assert _core.menu_actions(state, menu) == [FOLD, CALL, *raises(200, 300)]
    state = after(state, *raises(300))
    assert _core.menu_actions(state, menu) == [FOLD, CALL, *raises(500)]
    state = after(state, CALL)
    assert _core.menu_actions(state, menu) == [CALL, *raises(100, 120, 600, 9700)]


def test_sizes_beyond_the_stack_become_one_all_in() -> None:
    menu = menu_of("2x 5x 10x a / a")
    assert _core.menu_actions(start([480] * 2), menu) == [FOLD, CALL, *raises(200, 480)]
    assert _core.menu_actions(start([150] * 2), menu) == [FOLD, CALL, *raises(150)]
    assert _core.menu_actions(start([100] * 2), menu) == [FOLD, CALL]


def test_sizes_beyond_every_opponent_become_one() -> None:
    menu = menu_of("2x 5x 10x a")
    assert _core.menu_actions(start([400, 10_000]), menu) == [FOLD, CALL, *raises(200, 400)]
    assert _core.menu_actions(start([400, 700, 10_000]), menu) == [
        FOLD,
        CALL,
        *raises(200, 500, 700),
    ]
    # No raise may be smaller than the minimum, even if nobody can match that much.
    assert _core.menu_actions(start([150, 10_000]), menu) == [FOLD, CALL, *raises(200)]


def test_raise_cap_leaves_fold_and_call() -> None:
    state = start([10_000] * 2)
    for chips in (300, 900):
        assert len(_core.menu_actions(state, menu_of("3x", cap=2))) == 3
        state = after(state, *raises(chips))
    assert _core.menu_actions(state, menu_of("3x", cap=2)) == [FOLD, CALL]
    assert _core.menu_actions(start([10_000] * 2), menu_of("3x", cap=0)) == [FOLD, CALL]
    assert _core.menu_actions(after(state, CALL), menu_of("3x", "1", cap=2)) == [
        CALL,
        *raises(1800),
    ]


def test_no_raise_where_the_betting_is_not_reopened() -> None:
    state = after(start([10_000, 1_600, 10_000]), CALL, CALL, CALL, *raises(1_000, 1_500), CALL)
    assert _core.menu_actions(state, menu_of("3x", "0.5 a", cap=9)) == [FOLD, CALL]


def exact_raise_to(size: tuple[str, float], state: _core.BettingState) -> int:
    """Return the rounded street bet that a size asks for, in exact arithmetic."""
    kind, value = size
    if kind == "multiple":
        wanted = Fraction(value) * state.current_bet
    else:
        wanted = state.current_bet + Fraction(value) * (
            state.pot + state.legal_actions().call_chips
        )
    return floor(wanted + Fraction(1, 2))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(10, 2_000), min_size=2, max_size=6),
    st.lists(st.sampled_from((0.25, 0.33, 0.5, 0.75, 1.0, 1.5, 2.0)), min_size=1, max_size=5),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)
def test_random_walks_offer_legal_sorted_unique_actions(
    stacks: list[int], fractions: list[float], cap: int, rng: random.Random
) -> None:
    menu = menu_of("2.2x 3x a", " ".join(map(str, fractions)) + " a", cap=cap)
    smallest = {0: ("multiple", 2.2), 1: ("pot_fraction", min(fractions))}
    state = start(stacks, 5, 10)
    while not state.is_over:
        actions = _core.menu_actions(state, menu)
        legal = state.legal_actions()
        bets = [action.raise_to for action in actions if action.type == _core.ActionType.raise_]
        assert len(actions) <= _core.MAX_ACTIONS
        assert actions == [FOLD] * legal.can_fold + [CALL] + raises(*bets)
        assert bets == sorted(set(bets))
        assert bool(bets) == (legal.can_raise and state.num_raises < cap)
        if bets:
            assert legal.min_raise_to <= bets[0]
            assert bets[-1] <= legal.max_raise_to
            wanted = exact_raise_to(smallest[min(state.street, 1)], state)
            assert bets[0] == max(legal.min_raise_to, min(wanted, bets[-1]))
        state = state.apply(rng.choice(actions))


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ([("pot_fraction", 0.0)], "flop first size is 0; allowed: above 0"),
        ([("pot_fraction", -0.5)], "flop first size is -0.5; allowed: above 0"),
        ([("pot_fraction", float("nan"))], "flop first size is nan"),
        ([("pot_fraction", float("inf"))], "flop first size is inf"),
        ([("multiple", 3.0)], "flop first size is 3.*x; allowed: pot fractions and all-in"),
        ([("pot_fraction", 0.1 * i) for i in range(1, 8)], "flop first count is 7; allowed: at m"),
        ([("half", 0.5)], "bet size kind is 'half'; allowed: pot_fraction, multiple, all_in"),
    ],
)
def test_menus_that_cannot_work_are_refused(first: list[tuple[str, float]], message: str) -> None:
    all_in = [("all_in", 0.0)]
    with pytest.raises(ValueError, match=message):
        _core.BetMenu([all_in, first, all_in, all_in], [all_in] * 4, [3] * 4)


def test_multiples_and_caps_out_of_range_are_refused() -> None:
    all_in = [[("all_in", 0.0)]] * 4
    with pytest.raises(ValueError, match="preflop later size is 1; allowed: above 1"):
        _core.BetMenu(all_in, [[("multiple", 1.0)], *all_in[1:]], [3] * 4)
    with pytest.raises(ValueError, match="river raise_cap is -1; allowed: 0 to 100"):
        _core.BetMenu(all_in, all_in, [3, 3, 3, -1])
    with pytest.raises(ValueError, match="4 entries"):
        _core.BetMenu(all_in, all_in, [3] * 3)
