"""The rules by example and by property; `test_rules_pokerkit.py` compares them with a peer."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem import _core

FOLD = _core.Action(_core.ActionType.fold)
CALL = _core.Action(_core.ActionType.call)  # also check


def raise_to(chips: int) -> _core.Action:
    return _core.Action(_core.ActionType.raise_, chips)


def start(stacks: list[int], small: int = 5, big: int = 10, ante: int = 0) -> _core.BettingState:
    return _core.BettingState(_core.Rules(len(stacks), small, big, ante, stacks))


def after(state: _core.BettingState, *actions: _core.Action) -> _core.BettingState:
    for action in actions:
        state = state.apply(action)
    return state


def contributions(state: _core.BettingState) -> list[int]:
    return [state.contribution(player) for player in range(state.num_players)]


# Seats and order


def test_heads_up_button_is_small_blind_first_preflop_last_after() -> None:
    rules = _core.Rules(2, 5, 10, 0, 1000)
    assert (rules.button, rules.small_blind_player, rules.big_blind_player) == (1, 1, 0)
    state = _core.BettingState(rules)
    assert contributions(state) == [10, 5]
    assert state.player_to_act == 1
    state = after(state, CALL)
    assert (state.street, state.player_to_act) == (0, 0)  # the big blind's option
    for street in (1, 2, 3):
        state = after(state, CALL)
        assert (state.street, state.player_to_act) == (street, 0)
        state = after(state, CALL)
        assert state.player_to_act == 1
    assert after(state, CALL).is_showdown


def test_more_players_blinds_left_of_button_and_next_opens() -> None:
    rules = _core.Rules(4, 5, 10, 1, 1000)
    assert (rules.button, rules.small_blind_player, rules.big_blind_player) == (3, 0, 1)
    state = _core.BettingState(rules)
    assert contributions(state) == [6, 11, 1, 1]
    assert [state.street_bet(player) for player in range(4)] == [5, 10, 0, 0]
    order = []
    for _ in range(4):
        order.append(state.player_to_act)
        state = after(state, CALL)
    assert order == [2, 3, 0, 1]
    assert (state.street, state.player_to_act, state.pot) == (1, 0, 44)
    assert after(start([1000] * 3), FOLD).player_to_act == 0


# What is legal


def test_minimum_raise_is_the_largest_raise_of_the_street() -> None:
    state = start([1000, 1000])
    assert state.legal_actions().min_raise_to == 20
    state = after(state, raise_to(35))  # a raise by 25
    assert state.legal_actions().min_raise_to == 60
    state = after(state, raise_to(100))
    assert (state.legal_actions().min_raise_to, state.legal_actions().max_raise_to) == (165, 1000)
    state = after(state, CALL)
    assert state.legal_actions().min_raise_to == 10


def test_fold_needs_a_bet_to_face() -> None:
    state = after(start([100, 100]), CALL)
    assert not state.legal_actions().can_fold
    with pytest.raises(ValueError, match="fold is not legal"):
        state.apply(FOLD)


def test_raises_outside_the_range_are_refused() -> None:
    state = start([200, 200])
    for chips in (19, 201, 0, -5):
        with pytest.raises(ValueError, match=rf"raise_to is {chips}; allowed: 20 to 200"):
            state.apply(raise_to(chips))


def test_nothing_is_legal_once_the_hand_is_over() -> None:
    state = after(start([100, 100]), FOLD)
    assert state.player_to_act == -1
    for call in (state.legal_actions, lambda: state.apply(CALL)):
        with pytest.raises(ValueError, match="over"):
            call()


def test_short_all_in_does_not_reopen_for_those_who_acted() -> None:
    # Player 0 bets 100, player 1 is all-in for 150: 50 more, less than a full raise.
    state = after(start([1000, 160, 1000]), CALL, CALL, CALL, raise_to(100), raise_to(150))
    legal = state.legal_actions()  # player 2 has not acted and may raise, by a full raise
    assert (legal.can_raise, legal.call_chips, legal.min_raise_to) == (True, 150, 250)
    state = after(state, CALL)
    assert state.player_to_act == 0
    legal = state.legal_actions()
    assert (legal.can_fold, legal.can_raise, legal.call_chips) == (True, False, 50)
    with pytest.raises(ValueError, match="raise is not legal"):
        state.apply(raise_to(500))
    # A full raise by player 2 opens it again.
    reopened = after(start([1000, 160, 1000]), CALL, CALL, CALL, raise_to(100), raise_to(150))
    legal = after(reopened, raise_to(250)).legal_actions()
    assert (legal.can_raise, legal.call_chips, legal.min_raise_to) == (True, 150, 350)


def test_short_all_ins_that_add_up_to_a_full_raise_reopen() -> None:
    state = start([1000, 160, 210, 1000])
    state = after(state, CALL, CALL, CALL, CALL, raise_to(100), raise_to(150), raise_to(200), CALL)
    assert state.player_to_act == 0
    legal = state.legal_actions()
    assert (legal.can_raise, legal.call_chips, legal.min_raise_to) == (True, 100, 300)


def test_short_opening_all_in_does_not_reopen_for_those_who_checked() -> None:
    state = after(start([1000, 14, 1000]), CALL, CALL, CALL, CALL, raise_to(4))
    legal = state.legal_actions()
    assert (legal.can_raise, legal.call_chips, legal.min_raise_to) == (True, 4, 14)
    state = after(state, CALL)
    assert state.player_to_act == 0
    assert not state.legal_actions().can_raise


def test_no_raise_against_players_who_cannot_match_it() -> None:
    legal = after(start([100, 1000]), CALL, raise_to(100)).legal_actions()
    assert (legal.can_raise, legal.can_fold, legal.call_chips) == (False, True, 90)
    # The big blind has nothing to decide once the only opponent is all-in for no more.
    state = after(start([10, 1000, 1000]), FOLD, CALL)
    assert state.is_showdown
    assert contributions(state) == [10, 10, 0]


def test_blinds_can_put_a_player_all_in() -> None:
    state = start([10, 10], small=5)
    assert (state.all_in_mask, state.player_to_act) == (0b01, 1)
    assert after(state, CALL).is_showdown
    assert start([10, 10], small=10).is_showdown


# Ends of a hand


def test_all_in_and_call_goes_straight_to_showdown() -> None:
    state = after(start([300, 500]), CALL, CALL, raise_to(200), raise_to(490), CALL)
    assert (state.is_over, state.is_showdown, state.street) == (True, True, 1)
    assert contributions(state) == [300, 300]  # 200 uncalled chips went back
    assert (state.stack(1), state.all_in_mask) == (200, 0b01)


def test_uncalled_raise_goes_back_when_everyone_folds() -> None:
    state = after(start([1000] * 3), raise_to(500), FOLD, FOLD)
    assert (state.is_over, state.is_showdown, state.folded_mask) == (True, False, 0b011)
    assert contributions(state) == [5, 10, 10]
    assert _core.payoffs(state) == [-5, -10, 15]


def test_side_pots_of_three_all_ins_and_a_fold() -> None:
    state = start([50, 120, 1000, 400])
    state = after(state, raise_to(30), raise_to(400), CALL, CALL, FOLD)
    assert state.is_showdown
    assert contributions(state) == [50, 120, 30, 120]
    assert _core.side_pots(state) == [(180, 0b1011), (140, 0b1010)]
    assert _core.payoffs(state, [9, 5, 99, 1]) == [130, 20, -30, -120]
    assert _core.payoffs(state, [9, 5, 99, 5]) == [130, -50, -30, -50]
    assert _core.payoffs(state, [1, 5, 99, 9]) == [-50, -120, -30, 200]
    assert _core.payoffs(state, [9, 9, 99, 1]) == [40, 110, -30, -120]


def test_odd_chips_go_to_the_first_winner_left_of_the_button() -> None:
    state = after(start([7, 7, 7, 7], small=1, big=2), *[CALL] * 3)
    state = after(state, CALL, CALL, raise_to(5), CALL, CALL, FOLD)
    assert contributions(state) == [2, 7, 7, 7]
    assert state.pot == 23
    assert _core.payoffs(state, [0, 4, 4, 4]) == [-2, 2, 0, 0]  # 7 each, both odd chips to one
    assert _core.payoffs(state, [0, 1, 4, 4]) == [-2, -7, 5, 4]


def test_odd_chips_of_each_pot_are_counted_for_that_pot() -> None:
    state = after(start([9, 20, 20], small=2, big=4, ante=1), CALL, CALL, CALL)
    state = after(state, raise_to(4), raise_to(15), CALL)
    assert _core.side_pots(state) == [(27, 0b111), (22, 0b110)]
    assert _core.payoffs(state, [1, 7, 7]) == [-9, 5, 4]
    assert _core.payoffs(state, [7, 7, 1]) == [5, 15, -20]


def test_payoffs_need_an_ended_hand_and_strengths_for_a_showdown() -> None:
    state = start([100, 100])
    with pytest.raises(ValueError, match="not over"):
        _core.payoffs(state, [1, 2])
    state = after(state, raise_to(100), CALL)
    for strengths in ([], [1], [1, 2, 3]):
        with pytest.raises(ValueError, match=f"strengths has {len(strengths)} entries"):
            _core.payoffs(state, strengths)


# Whole hands

rules_strategy = st.integers(2, 6).flatmap(
    lambda n: st.tuples(
        st.integers(1, 10),
        st.integers(0, 10),
        st.integers(0, 12),
        st.lists(st.integers(0, 300), min_size=n, max_size=n),
    )
)


@settings(max_examples=500, deadline=None)
@given(rules_strategy, st.randoms(use_true_random=False))
def test_random_hands_keep_every_invariant(
    drawn: tuple[int, int, int, list[int]], rng: random.Random
) -> None:
    small, more, ante, extra = drawn
    stacks = [small + more + ante + chips for chips in extra]
    players = range(len(stacks))
    state = start(stacks, small, small + more, ante)
    while not state.is_over:
        legal = state.legal_actions()
        actions = [CALL] * 2
        if legal.can_fold:
            actions.append(FOLD)
        if legal.can_raise:
            assert state.current_bet < legal.min_raise_to <= legal.max_raise_to
            actions += [raise_to(rng.randint(legal.min_raise_to, legal.max_raise_to))] * 2
        before = state
        state = state.apply(rng.choice(actions))
        assert state.street >= before.street
        assert [state.contribution(i) + state.stack(i) for i in players] == stacks
        assert state.pot == sum(contributions(state))
        assert min(state.stack(i) for i in players) >= 0
    pots = _core.side_pots(state)
    assert sum(chips for chips, _ in pots) == state.pot
    assert all(chips > 0 for chips, _ in pots)
    net = _core.payoffs(state, [rng.randint(0, 3) for _ in players])
    assert sum(net) == 0
    assert all(-state.contribution(i) <= net[i] for i in players)
    assert all(net[i] == -state.contribution(i) for i in players if state.folded_mask >> i & 1)


# Refused rules


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 5, 10, 0, 100), "num_players is 1; allowed: 2 to 6"),
        ((7, 5, 10, 0, [100] * 7), "num_players is 7; allowed: 2 to 6"),
        ((2, 0, 10, 0, 100), "small_blind is 0; allowed: 1 to 10"),
        ((2, 11, 10, 0, 100), "small_blind is 11; allowed: 1 to 10"),
        ((2, 1, 0, 0, 100), "big_blind is 0; allowed: 1 to 100000000"),
        ((2, 5, 10, -1, 100), "ante is -1; allowed: 0 to 99999990"),
        ((3, 5, 10, 2, [100, 11, 100]), r"stacks\[1\] is 11; allowed: 12 to 100000000"),
        ((2, 5, 10, 0, 100_000_001), r"stacks\[0\] is 100000001; allowed: 10 to 100000000"),
        ((3, 5, 10, 0, [100, 100]), "stacks has 2 entries; allowed: .* the 3 players"),
    ],
)
def test_rules_that_cannot_be_played_are_refused(
    arguments: tuple[int, int, int, int, int | list[int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        _core.Rules(*arguments)


def test_players_outside_the_table_are_refused() -> None:
    state = start([100, 100])
    for player in (-1, 2):
        with pytest.raises(ValueError, match=rf"player is {player}; allowed: 0 to 1"):
            state.stack(player)
