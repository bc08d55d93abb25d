"""Duplicate matches: what must cancel exactly, values known by enumeration, honest intervals."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from holdem import _core
from holdem.abstraction.bucket_file import load_buckets
from holdem.errors import ConfigError
from holdem.evaluation.match import SIMPLE_PLAYERS, play_match, simple_player
from holdem.policy.policy import Policy
from trained_runs import policy_files

# A strategy of Kuhn poker: the chance to bet or call, given card and history.
Strategy = Callable[[int, str], float]


@pytest.fixture(scope="module")
def kuhn(kuhn_run: Path) -> Policy:
    return Policy.open(policy_files(kuhn_run)[-1])


@pytest.fixture(scope="module")
def holdem(holdem_run: Path, holdem_buckets: Path) -> list[Policy]:
    """The early and the late policy of one run."""
    buckets = load_buckets(holdem_buckets)
    late = Policy.open(policy_files(holdem_run)[1], buckets)
    return [Policy.open(policy_files(holdem_run)[0], buckets, share=late), late]


def trained(policy: Policy) -> Strategy:
    """A trained policy as a function; histories are of b (bet, call) and p (pass, fold)."""
    histories = {"": (), "p": (0,), "b": (1,), "pb": (0, 1)}

    def chance(card: int, history: str) -> float:
        return list(policy.action_probabilities(histories[history], bucket=card).values())[1]

    return chance


def always_call(card: int, history: str) -> float:
    return 1.0 if history.endswith("b") else 0.0


def uniform(card: int, history: str) -> float:
    return 0.5


def kuhn_value(first: Strategy, second: Strategy) -> float:
    """The first strategy's chips a hand over both seatings, by listing every hand of Kuhn."""

    def value(cards: tuple[int, ...], history: str, players: tuple[Strategy, Strategy]) -> float:
        if history in ("pp", "bb", "pbb"):
            stake = 1 if history == "pp" else 2
            return stake if cards[0] > cards[1] else -stake
        if history == "bp":
            return 1
        if history == "pbp":
            return -1
        who = len(history) % 2
        bet = players[who](cards[who], history)
        return bet * value(cards, history + "b", players) + (1 - bet) * value(
            cards, history + "p", players
        )

    deals = list(permutations(range(3), 2))
    as_player_0 = sum(value(cards, "", (first, second)) for cards in deals) / len(deals)
    as_player_1 = -sum(value(cards, "", (second, first)) for cards in deals) / len(deals)
    return (as_player_0 + as_player_1) / 2


def test_a_policy_draws_against_itself_exactly(kuhn: Policy, holdem: list[Policy]) -> None:
    for policy in (kuhn, holdem[1]):
        result = play_match(policy, policy, 3000)
        assert (result.mbb_per_hand, result.ci95) == (0, 0)
        assert not result.is_significant


def test_the_same_holds_when_it_is_opened_twice(holdem: list[Policy], holdem_buckets: Path) -> None:
    again = Policy.open(holdem[1].path, load_buckets(holdem_buckets))
    assert again.core_game is not holdem[1].core_game
    result = play_match(holdem[1], again, 3000)
    assert (result.mbb_per_hand, result.ci95) == (0, 0)


def test_what_one_wins_the_other_loses(holdem: list[Policy]) -> None:
    early, late = holdem
    won, lost = play_match(late, early, 5000, 7), play_match(early, late, 5000, 7)
    assert won.mbb_per_hand == -lost.mbb_per_hand != 0
    assert won.ci95 == lost.ci95 > 0


def test_nothing_but_seed_and_number_of_deals_decides(holdem: list[Policy]) -> None:
    early, late = holdem
    one = play_match(late, early, 120_000, num_workers=1)
    assert play_match(late, early, 120_000, num_workers=3) == one
    assert play_match(late, early, 120_000, 1) != one
    assert one.num_hands == 2 * one.hands_per_seat * 120_000
    pieces = [_core.play_match(late.core, early.core, 0, 2, at, 500) for at in (0, 500)]
    whole = _core.play_match(late.core, early.core, 0, 2, 0, 1000)
    assert whole.mean == pytest.approx((pieces[0].mean + pieces[1].mean) / 2)


@pytest.mark.parametrize(("name", "strategy"), [("call", always_call), ("random", uniform)])
def test_kuhn_matches_agree_with_enumeration(kuhn: Policy, name: str, strategy: Strategy) -> None:
    expected = 1000 * kuhn_value(trained(kuhn), strategy)
    result = play_match(kuhn, simple_player(name, kuhn), 400_000)
    assert expected > 20  # the equilibrium does win from these
    assert abs(result.mbb_per_hand - expected) < 2 * result.ci95
    assert result.ci95 < 5


def test_always_raising_draws_with_always_calling(kuhn: Policy) -> None:
    # Whoever sits where, one bet goes in and is called: each deal cancels.
    players = [simple_player(name, kuhn) for name in ("raise", "call")]
    tally = _core.play_match(*players, 0, 1, 0, 1000)
    assert (tally.mean, tally.squared_deviations) == (0, 0)


def test_simple_players_do_what_they_say(holdem: list[Policy]) -> None:
    policy = holdem[1]
    decision = policy.decision((250,))  # the big blind faces a raise
    assert decision.actions == (-1, 0, 625, 2000)
    buckets = np.arange(169, dtype=np.uint32)

    def rows(name: str) -> np.ndarray:
        return simple_player(name, policy).probabilities(decision.node, buckets)

    assert (rows("call") == [0, 1, 0, 0]).all()
    assert (rows("raise") == [0, 0, 0, 1]).all()
    assert rows("random") == pytest.approx(np.full((169, 4), 1 / 4))
    tight = rows("tight")
    aces, seven_deuce = policy.bucket(0, (48, 49)), policy.bucket(0, (20, 1))
    assert list(tight[aces]) == [0, 0, 1, 0]
    assert list(tight[seven_deuce]) == [1, 0, 0, 0]
    assert (tight.sum(axis=0)[:3] > 5).all()  # some hands of each kind, and the smallest raise


def test_training_beats_the_simple_players(holdem: list[Policy]) -> None:
    for name in SIMPLE_PLAYERS:
        result = play_match(holdem[1], simple_player(name, holdem[1]), 50_000)
        assert result.mbb_per_hand > result.ci95, name


def test_intervals_hold_the_true_value_as_often_as_they_say(kuhn: Policy) -> None:
    expected = 1000 * kuhn_value(trained(kuhn), uniform)
    opponent = simple_player("random", kuhn)
    results = [play_match(kuhn, opponent, 400, seed, num_workers=1) for seed in range(400)]
    covered = sum(abs(one.mbb_per_hand - expected) <= one.ci95 for one in results)
    assert 0.92 <= covered / 400 <= 0.98


def test_policies_with_other_buckets_meet_at_the_same_cards(
    holdem: list[Policy], coarse_run: Path, coarse_buckets: Path
) -> None:
    coarse = Policy.open(policy_files(coarse_run)[1], load_buckets(coarse_buckets))
    won, lost = play_match(holdem[1], coarse, 20_000), play_match(coarse, holdem[1], 20_000)
    assert won.mbb_per_hand == -lost.mbb_per_hand != 0
    # Both see the same cards: they are about as good, while strangers' cards would cost a lot.
    assert abs(won.mbb_per_hand) < 200


def test_impossible_matches_are_refused(
    kuhn: Policy, leduc_run: Path, three_player_run: Path
) -> None:
    leduc = Policy.open(policy_files(leduc_run)[-1])
    three = Policy.open(policy_files(three_player_run)[-1])
    with pytest.raises(ConfigError, match="do not bet in the same tree"):
        play_match(kuhn, leduc)
    with pytest.raises(ConfigError, match="this game has 3 players"):
        play_match(three, three)
    with pytest.raises(ConfigError, match="num_deals = 1"):
        play_match(kuhn, kuhn, 1)
    with pytest.raises(ConfigError, match="seed = -1"):
        play_match(kuhn, kuhn, 10, -1)
    with pytest.raises(ConfigError, match="player 'fish': must be one of call, random"):
        simple_player("fish", kuhn)
