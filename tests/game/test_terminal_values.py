"""Terminals: worked out by hand, and against all pairs of hands one by one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core
from holdem.cards import parse_cards

Floats = npt.NDArray[np.float64]


def state_at(board: str, num_ranks: int = 3) -> _core.PublicState:
    rules = _core.Rules(2, 50, 100, 0, 200)
    menu = _core.BetMenu([[]] * 4, [[]] * 4, [0] * 4)
    game = _core.HoldemGame(rules, menu, _core.BucketMap.lossless(num_ranks), num_ranks)
    return _core.PublicGame(game).at(parse_cards(board))


def place(state: _core.PublicState, hand: str) -> int:
    """Returns where a hand is listed."""
    low, high = sorted(parse_cards(hand))
    return state.hand_id.tolist().index(high * (high - 1) // 2 + low)


def reach_of(state: _core.PublicState, hands: dict[str, float]) -> Floats:
    reach = np.zeros((len(state.hand_id), 1))
    for hand, probability in hands.items():
        reach[place(state, hand)] = probability
    return reach


def value(values: Floats, state: _core.PublicState, hand: str) -> float:
    return float(values[place(state, hand), 0])


BOARD = "AsAdKsKdQc"  # leaves Ac Ah Kc Kh Qd Qh Qs: 21 hands


def test_fold() -> None:
    """The other may hold 10 of the 21 hands, those of the five cards that are left: 10 * 3."""
    state = state_at(BOARD)
    values = _core.fold_values(state, np.ones((21, 1)), [3.0])
    assert values.ravel().tolist() == [30.0] * 21


def test_fold_counts_no_hand_that_shares_a_card() -> None:
    """Two hands, half and a quarter as likely; to fold loses 4.

    QhQs meets both: -4 * 0.75. AhKh excludes the aces: -4 * 0.25. KcKh excludes KcQd: -4 * 0.5.
    AcKc excludes both. AcAh itself is no hand of the other either: -4 * 0.25.
    """
    state = state_at(BOARD)
    values = _core.fold_values(state, reach_of(state, {"AcAh": 0.5, "KcQd": 0.25}), [-4.0])
    expected = {"QhQs": -3, "AhKh": -1, "KcKh": -2, "AcKc": 0, "AcAh": -1}
    assert {hand: value(values, state, hand) for hand in expected} == expected


def test_showdown_and_ties_with_all_hands() -> None:
    """On AAKKQ: four aces, four kings, AAAKK (any single ace), KKKAA, QQQAA, in this order.

    Wins less losses among the 10 hands of the other five cards, times 10 chips:
    AcAh beats all, 10. KcKh loses to AhAc, beats the rest, 8. AcKc ties with AhKh and three AhQ,
    beats three KhQ and three QQ, 6. AcQd ties with AhKc, AhKh and two AhQ, loses to KcKh, beats
    four KQ and QhQs, 4. KcQd loses to AcAh, two AKh and four AQ, ties with two KhQ, beats QhQs,
    -6. QdQh loses to all, -10.
    """
    state = state_at(BOARD)
    values = _core.showdown_values(state, np.ones((21, 1)), [10.0])
    by_hand = {"AcAh": 100, "KcKh": 80, "AcKc": 60, "AcQd": 40, "KcQd": -60, "QdQh": -100}
    assert {hand: value(values, state, hand) for hand in by_hand} == by_hand
    assert values.sum() == 0


def test_a_tie_is_worth_nothing_to_either() -> None:
    """AcQd and AhKh both play three aces and two kings."""
    state = state_at(BOARD)
    values = _core.showdown_values(state, reach_of(state, {"AhKh": 1.0}), [7.0])
    assert value(values, state, "AcQd") == 0
    assert value(values, state, "KcQd") == -7


def test_showdown_counts_no_hand_that_shares_a_card() -> None:
    """Against AcAh half the time and QdQh a quarter of it, with 8 chips at stake.

    KcKh loses 4 and wins 2. AhKc excludes the aces and wins 2. KcQd excludes the queens and loses
    4. AcQd excludes both.
    """
    state = state_at(BOARD)
    values = _core.showdown_values(state, reach_of(state, {"AcAh": 0.5, "QdQh": 0.25}), [8.0])
    expected = {"KcKh": -2, "AhKc": 2, "KcQd": -4, "AcQd": 0}
    assert {hand: value(values, state, hand) for hand in expected} == expected


def test_a_board_that_all_play_is_a_tie_of_all() -> None:
    """A royal flush on the table: nobody wins, whatever the reach."""
    state = state_at("AsKsQsJsTs", num_ranks=5)
    assert len(state.strength_begin) == 2
    reach = np.random.default_rng(1).random((len(state.hand_id), 1))
    values = _core.showdown_values(state, reach, [50.0])
    assert values == pytest.approx(np.zeros_like(reach), abs=1e-12)


@pytest.mark.parametrize("board", ["2c7d9hTsKc", "AsAdKsKdQc", "5h6h7h8h9h"])
def test_values_on_the_full_deck_are_those_of_all_pairs_of_hands(board: str) -> None:
    state = state_at(board, num_ranks=13)
    assert len(state.hand_id) == 1081
    cards = np.array(state.blockers, dtype=np.uint8)
    rows = np.concatenate([cards, np.tile(np.array(parse_cards(board), np.uint8), (1081, 1))], 1)
    strength = _core.evaluate_hands(rows).astype(int)
    bits = np.sum(np.int64(1) << cards.astype(np.int64), axis=1)
    disjoint = (bits[:, None] & bits[None, :]) == 0
    wins = np.sign(strength[:, None] - strength[None, :]) * disjoint
    reach = np.random.default_rng(2).random((1081, 1))
    reach[::7] = 0
    fold = _core.fold_values(state, reach, [-150.0])
    assert fold == pytest.approx(-150 * disjoint @ reach, rel=1e-12)
    showdown = _core.showdown_values(state, reach, [250.0])
    assert showdown == pytest.approx(250 * wins @ reach, rel=1e-11, abs=1e-9)


def test_every_lane_holds_the_bytes_that_it_has_alone() -> None:
    state = state_at("2c7d9hTsKc", num_ranks=13)
    random = np.random.default_rng(3)
    reach, amounts = random.random((1081, 8)), random.uniform(-500, 500, 8).tolist()
    for settle in (_core.fold_values, _core.showdown_values):
        together = settle(state, reach, amounts)
        for lane, amount in enumerate(amounts):
            alone = settle(state, np.ascontiguousarray(reach[:, [lane]]), [amount])
            assert alone.tobytes() == np.ascontiguousarray(together[:, [lane]]).tobytes()


def test_a_wrong_number_of_hands_or_lanes_is_refused() -> None:
    state = state_at(BOARD)
    for reach, amounts in ((np.ones((20, 1)), [1.0]), (np.ones((21, 2)), [1.0, 2.0])):
        with pytest.raises(ValueError, match="a row a hand, 1 or 8 columns"):
            _core.fold_values(state, reach, amounts)
    flop = state_at("AsKdQc")
    with pytest.raises(ValueError, match="last street"):
        _core.showdown_values(flop, np.ones((len(flop.hand_id), 1)), [1.0])
