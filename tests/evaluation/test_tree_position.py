"""A real hand as somebody follows it who knows only a tree, and what the tree's bets mean in it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_holdem import HoldemSpec

from holdem import _core

FOLD, CALL, RAISE = _core.ActionType.fold, _core.ActionType.call, _core.ActionType.raise_
SIZES = [("pot_fraction", 0.5), ("pot_fraction", 1.0)]
SPECS = {
    "with all-in": HoldemSpec(
        4, (10_000,) * 2, bets=([*SIZES, ("all_in", 0.0)],) * 4, raise_caps=(3,) * 4
    ),
    "without": HoldemSpec(4, (3000, 2000), 5, bets=(SIZES,) * 4, raise_caps=(2, 1, 2, 3)),
}


def start(spec: HoldemSpec) -> tuple[_core.BettingState, _core.TreePosition]:
    tree = _core.BettingTree(spec.game(), _core.TableLayout.street_rows, 10**6)
    return _core.BettingState(spec.rules()), _core.TreePosition(tree, spec.rules())


def raise_to(chips: int) -> _core.Action:
    return _core.Action(RAISE, chips)


STARTS = {name: (spec, *start(spec)) for name, spec in SPECS.items()}


@pytest.mark.parametrize("name", SPECS)
@given(seed=st.integers(0, 2**32))
def test_actions_of_the_tree_mean_themselves(name: str, seed: int) -> None:
    spec, real, at = STARTS[name]
    choose = random.Random(seed)
    while not real.is_over:
        actions = _core.menu_actions(real, spec.menu())
        for number, action in enumerate(actions):
            assert at.in_chips(number, real) == action
            assert at.taken_for(real, action) == [(number, 1.0)]
        number = choose.randrange(len(actions))
        real, at = real.apply(actions[number]), at.after(number)
        assert at.betting.pot == real.pot
    assert at.betting.is_over


@pytest.mark.parametrize("name", SPECS)
@given(seed=st.integers(0, 2**32))
def test_a_hand_of_any_bets_is_followed_to_its_end(name: str, seed: int) -> None:
    spec, real, at = STARTS[name]
    choose = random.Random(seed)
    while not real.is_over and not at.betting.is_over:
        if at.betting.street > real.street:  # a raise was taken for a call: it is called
            real = real.apply(_core.Action(CALL))
            continue
        assert (at.betting.player_to_act, at.betting.street) == (real.player_to_act, real.street)
        legal = real.legal_actions()
        num_actions = len(_core.menu_actions(at.betting, spec.menu()))
        if choose.random() < 0.5:  # who knows the tree acts
            number = choose.randrange(num_actions)
            action = at.in_chips(number, real)
            meanings = [(number, 1.0)]
        else:
            kinds = [CALL] + [FOLD] * legal.can_fold + [RAISE] * 3 * legal.can_raise
            action = _core.Action(choose.choice(kinds))
            if action.type == RAISE:
                low, high = legal.min_raise_to, legal.max_raise_to
                action = raise_to(int(low * (high / low) ** choose.random()))
            meanings = at.taken_for(real, action)
            assert sum(probability for _, probability in meanings) == pytest.approx(1)
            numbers = [meaning for meaning, _ in meanings]
            assert numbers in ([numbers[0]], [numbers[0], numbers[0] + 1])
            number = choose.choice(numbers)
        real, at = real.apply(action), at.after(number)  # legal in both, or this raises


def test_a_bet_means_its_fraction_of_the_real_pot() -> None:
    _, real, at = STARTS["with all-in"]
    # The button raises to 260, which is between its sizes; the tree takes it for 200 or for 300.
    (small, often), (large, seldom) = at.taken_for(real, raise_to(260))
    assert (small, large) == (2, 3)
    assert often == pytest.approx((1 - 0.8) * 1.5 / (0.5 * 1.8))
    assert often + seldom == 1
    for taken, in_tree in ((small, 200), (large, 300)):
        there, then = at.after(taken), real.apply(raise_to(260))
        assert (there.betting.current_bet, then.current_bet) == (in_tree, 260)
        # A raise of the pot: 260 more than the call into what are then 520 chips.
        assert there.in_chips(3, then) == raise_to(260 + 520)
        assert there.in_chips(2, then) == raise_to(260 + 260)
        assert there.in_chips(4, then) == raise_to(10_000)


def test_all_in_is_all_in_on_either_side() -> None:
    _, real, at = STARTS["with all-in"]
    assert at.taken_for(real, raise_to(10_000)) == [(4, 1.0)]
    (pot, _), (all_in, seldom) = at.taken_for(real, raise_to(9_900))
    assert (pot, all_in) == (3, 4)
    assert 0.99 < seldom < 1
    # Where the tree has no all-in, it is the largest size. A small raise may be taken for a call.
    _, real, at = STARTS["without"]
    assert at.taken_for(real, raise_to(2005 - 5)) == [(3, 1.0)]
    (call, seldom), (half, _) = at.taken_for(real, raise_to(200))
    assert (call, half) == (1, 2)
    assert seldom == pytest.approx((0.5 - 100 / 210) / (0.5 * (1 + 100 / 210)))


def test_where_no_raise_is_legal_it_is_a_call() -> None:
    _, real, at = STARTS["with all-in"]
    # Half a pot in the tree; all chips in the real hand.
    then = real.apply(raise_to(10_000))
    for number in (2, 3, 4):
        assert at.after(2).in_chips(number, then) == _core.Action(CALL)
    assert at.after(2).in_chips(0, then) == _core.Action(FOLD)


def test_raises_beyond_those_of_the_tree_are_taken_for_calls() -> None:
    _, real, at = STARTS["without"]
    real, at = real.apply(raise_to(200)), at.after(2)
    real, at = real.apply(raise_to(400)), at.after(2)
    assert at.taken_for(real, raise_to(800)) == [(1, 1.0)]
    assert at.taken_for(real, _core.Action(CALL)) == [(1, 1.0)]
    with pytest.raises(ValueError, match="action 2: not one of the tree here"):
        at.after(2)
