"""Local best responses: exact where they must be, below the exact best response everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from slow_holdem import HoldemSpec, random_policy
from slow_local_best_response import SlowLocalBestResponse

from holdem import _core
from holdem.abstraction.bucket_file import load_buckets
from holdem.cards import parse_cards
from holdem.errors import ConfigError
from holdem.evaluation.local_best_response import LBR_BETS, local_best_response
from holdem.evaluation.pieces import play_deals
from holdem.policy.content import NODE
from holdem.policy.policy import Policy
from trained_runs import policy_files

POT = [("pot_fraction", 1.0)]
POT_OR_ALL_IN = [("pot_fraction", 1.0), ("all_in", 0.0)]
ALL_IN = [("all_in", 0.0)]
NOWHERE, EVERYWHERE, TURN_ON = (False,) * 4, (True,) * 4, (False, False, True, True)
FOLD_CODE = -1

SPECS = {
    "pot and all-in": HoldemSpec(4, (600, 600), bets=(POT_OR_ALL_IN,) * 4, num_buckets=5),
    "raises, an ante, unequal stacks": HoldemSpec(
        4, (1500, 1100), 10, bets=(POT,) * 4, raise_caps=(2, 1, 2, 2), num_buckets=5
    ),
    "two flops of unequal weight": HoldemSpec(
        5,
        (900, 900),
        bets=(POT_OR_ALL_IN, POT, POT_OR_ALL_IN, POT),
        raise_caps=(1, 2, 1, 2),
        flops=[(parse_cards("AsKhQd"), 0.3), (parse_cards("AsAhTs"), 0.7)],
        num_buckets=6,
    ),
    "lossless": HoldemSpec(3, (500, 500), bets=(ALL_IN, POT, POT, POT_OR_ALL_IN)),
}


def tree_of(game: _core.Game) -> _core.BettingTree:
    return _core.BettingTree(game, _core.TableLayout.street_rows, 10**6)


def response(
    policy: _core.TabularPolicy,
    chooses: Sequence[bool] = EVERYWHERE,
    *,
    pots: Sequence[float] = (),
    all_in: bool = False,
    tree_bets: bool = False,
    seed: int = 0,
) -> _core.LocalBestResponse:
    return _core.LocalBestResponse(policy, seed, list(pots), all_in, tree_bets, list(chooses))


def always_fold(game: _core.Game) -> _core.AverageStrategy:
    """Returns who checks, and folds to any bet."""
    tree = tree_of(game)
    nodes, codes = tree.nodes.view(NODE), tree.action_codes
    sums = np.zeros(tree.table_floats, np.float32)
    for node in nodes[nodes["kind"] == 0]:
        assert codes[node["first_child"]] <= 0  # a fold, or else a check, comes first
        buckets = np.arange(game.num_buckets(int(node["street"])))
        rows = int(node["base"]) + buckets * int(node["row_stride"])
        sums[rows + (buckets >> int(node["strip_shift"]))] = 1
    return _core.AverageStrategy(tree, sums)


def exact_value(
    game: _core.Game, policies: list[_core.TabularPolicy], player: int, play: _core.Play
) -> float:
    exact = _core.StrategyProfile(game, policies, 1).value(player, play)
    for part in range(exact.num_parts):
        assert exact.add_part(part, 1, _core.StopFlag())
    return exact.value()


@pytest.fixture(scope="module")
def holdem(holdem_run: Path, holdem_buckets: Path) -> Policy:
    return Policy.open(policy_files(holdem_run)[-1], load_buckets(holdem_buckets))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values)) / math.sqrt(len(values))


def hands(response: _core.LocalBestResponse, seat: int, num_deals: int) -> list[float]:
    return [response.hand_value(deal, seat) for deal in range(num_deals)]


@pytest.mark.parametrize("chooses", [EVERYWHERE, TURN_ON])
def test_who_always_folds_loses_three_quarters_of_a_big_blind(chooses: tuple[bool, ...]) -> None:
    spec = HoldemSpec(13, (10_000,) * 2, bets=(POT_OR_ALL_IN,) * 4, num_buckets=3)
    won = response(always_fold(spec.game()), chooses, pots=[1], all_in=True).play(0, 200)
    # 50 chips when it has the small blind and acts first, 100 when it has the big blind.
    assert (won.mean, won.squared_deviations) == (75, 0)


def test_who_always_calls_loses_a_lot() -> None:
    game = HoldemSpec(13, (2000,) * 2, bets=(POT_OR_ALL_IN,) * 4, num_buckets=3).game()
    caller = _core.simple_player(_core.SimplePlayer.call, tree_of(game))
    won = response(caller, TURN_ON, pots=[1], all_in=True).play(0, 500)
    assert won.mean > 300


@pytest.mark.parametrize("name", SPECS)
def test_without_a_choice_it_is_worth_what_calling_is(name: str) -> None:
    # Ranges, removal of cards, folds, all-ins and showdowns, all but the choice: must be unbiased.
    game = SPECS[name].game()
    policy = random_policy(tree_of(game), 5)
    caller = _core.simple_player(_core.SimplePlayer.call, policy.tree)
    for seat in (0, 1):
        players: list[_core.TabularPolicy] = [policy, policy]
        players[seat] = caller
        expected = exact_value(game, players, seat, _core.Play.follow)
        mean, error = mean_and_error(hands(response(policy, NOWHERE), seat, 20_000))
        assert abs(mean - expected) < 4 * error
        assert error < 20


def test_where_nothing_follows_it_is_a_best_response() -> None:
    # All that can be done is one bet on the river, and the button acts last: the best action there,
    # were it the last one, is the best action.
    menu = _core.BetMenu([ALL_IN] * 4, [ALL_IN] * 4, [0, 0, 0, 1])
    buckets = HoldemSpec(4, num_buckets=5).buckets()
    game = _core.HoldemGame(_core.Rules(2, 100, 100, 0, 300), menu, buckets, 4, [])
    policy = random_policy(tree_of(game), 20)
    expected = exact_value(game, [policy, policy], 1, _core.Play.respond)
    mean, error = mean_and_error(hands(response(policy, all_in=True), 1, 40_000))
    assert abs(mean - expected) < 4 * error
    assert error < expected / 50


@pytest.mark.parametrize("name", SPECS)
def test_it_never_wins_more_than_the_exact_best_response(name: str) -> None:
    game = SPECS[name].game()
    policy = random_policy(tree_of(game), 6)
    called = response(policy, NOWHERE).play(0, 4000).mean
    best = sum(exact_value(game, [policy, policy], p, _core.Play.respond) for p in (0, 1)) / 2
    won = response(policy, tree_bets=True).play(0, 4000)
    error = math.sqrt(won.squared_deviations / won.num_deals / (won.num_deals - 1))
    assert called + 4 * error < won.mean < best + 2 * error
    assert best < 2.5 * won.mean  # and it is no weak one, against a strategy as bad as this


@pytest.mark.parametrize("name", ["pot and all-in", "raises, an ante, unequal stacks", "lossless"])
@pytest.mark.parametrize("pots", [[1.0], [0.3, 0.7, 1.7]])
def test_a_hand_is_worth_what_its_definition_says(name: str, pots: list[float]) -> None:
    # From the turn on, where no boards are sampled; with bets between those of the tree.
    spec = SPECS[name]
    policy = random_policy(tree_of(spec.game()), 12)
    plays = response(policy, TURN_ON, pots=pots, all_in=True, seed=3)
    slow = SlowLocalBestResponse(spec, policy, pots, list(TURN_ON))
    values = [plays.hand_value(deal, deal % 2) for deal in range(60)]
    expected = [slow.hand_value(3, deal, deal % 2) for deal in range(60)]
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert len(set(values)) > 40


def test_bets_of_the_tree_are_understood_as_they_are() -> None:
    game = SPECS["pot and all-in"].game()
    policy = random_policy(tree_of(game), 7)
    own, same = response(policy, tree_bets=True), response(policy, pots=[1], all_in=True)
    for seat in (0, 1):
        assert hands(own, seat, 300) == hands(same, seat, 300)


def test_who_calls_a_bet_pays_for_this_bet_and_no_other() -> None:
    # Whatever a bet of 0.37 pots is taken for by a tree of other sizes, a caller calls it.
    def caller(bets: list[tuple[str, float]]) -> _core.TabularPolicy:
        spec = HoldemSpec(6, (20_000,) * 2, bets=(bets,) * 4, raise_caps=(2,) * 4, num_buckets=3)
        games.append(spec.game())
        return _core.simple_player(_core.SimplePlayer.call, tree_of(games[-1]))

    games: list[_core.Game] = []
    known = response(caller([("pot_fraction", 0.37)]), tree_bets=True)
    unknown = response(caller([("pot_fraction", 0.25), *POT_OR_ALL_IN]), pots=[0.37])
    for seat in (0, 1):
        won = hands(known, seat, 200)
        assert hands(unknown, seat, 200) == pytest.approx(won, abs=1e-6)
        assert max(won) > 1000


def test_chips_of_any_worth_are_the_same_game() -> None:
    def game(chip: int) -> _core.Game:
        rules = _core.Rules(2, 50 * chip, 100 * chip, 0, 2000 * chip)
        return _core.HoldemGame(rules, spec.menu(), spec.buckets(), 4, [])

    spec = HoldemSpec(4, bets=(POT_OR_ALL_IN,) * 4, raise_caps=(2,) * 4, num_buckets=5)
    # Chips so small that roundings are nothing beside the pots.
    games = game(1 << 8), game(1 << 14)
    few, many = (response(random_policy(tree_of(game), 8), pots=[0.5, 1.3]) for game in games)
    for seat in (0, 1):
        won = np.array(hands(few, seat, 200)) / (1 << 8)
        assert np.array(hands(many, seat, 200)) / (1 << 14) == pytest.approx(won, abs=0.5)
        assert won.max() > 200


def test_nothing_but_seed_and_number_decides() -> None:
    game = SPECS["raises, an ante, unequal stacks"].game()
    policy = random_policy(tree_of(game), 9)
    plays = response(policy, pots=[0.7], all_in=True)
    whole = plays.play(0, 40)
    each = [(plays.hand_value(deal, 0) + plays.hand_value(deal, 1)) / 2 for deal in range(40)]
    assert whole.mean == pytest.approx(np.mean(each))
    assert plays.play(17, 1).mean == each[17]
    assert response(policy, pots=[0.7], all_in=True, seed=1).play(17, 1).mean != each[17]


def test_intervals_hold_the_true_value_as_often_as_they_say() -> None:
    game = SPECS["pot and all-in"].game()
    policy = random_policy(tree_of(game), 11)
    caller = _core.simple_player(_core.SimplePlayer.call, policy.tree)
    players = [[caller, policy], [policy, caller]]
    truth = sum(exact_value(game, players[p], p, _core.Play.follow) for p in (0, 1)) / 2
    covered = 0
    for seed in range(300):
        plays = response(policy, NOWHERE, seed=seed)
        won = play_deals(plays.play, 150, 50, 1, None)
        covered += abs(won.chips - truth) <= won.ci95
    assert 0.91 <= covered / 300 <= 0.985


def test_threads_change_nothing_and_hands_are_of_whole_deals(holdem: Policy) -> None:
    one = local_best_response(holdem, 2999, 4, num_workers=1)
    assert one.num_hands == 3000
    assert one.interval == (one.mbb_per_hand - one.ci95, one.mbb_per_hand + one.ci95)
    assert (one.bets, one.streets) == ("fcpa", "turn-river")
    for workers in (2, 3):
        assert local_best_response(holdem, 3000, 4, num_workers=workers) == one
    assert local_best_response(holdem, 3000, 5) != one


def test_a_trained_strategy_loses_to_bets_and_more_to_those_it_does_not_have(
    holdem: Policy,
) -> None:
    won = {
        bets: local_best_response(holdem, 6000, bets=bets, streets="preflop") for bets in LBR_BETS
    }
    assert won["tree"].streets == "preflop-river"
    assert won["fcpa"].interval[0] > 0
    assert won["tree"].mbb_per_hand > won["fc"].mbb_per_hand
    assert won["56bets"].mbb_per_hand > won["tree"].mbb_per_hand + won["tree"].ci95


def test_what_cannot_be_asked_is_refused(
    holdem: Policy, kuhn_run: Path, three_player_run: Path
) -> None:
    for hands in (-1, 0, 3):
        with pytest.raises(ConfigError, match=f"hands = {hands}: must be 4 to"):
            local_best_response(holdem, hands)
    with pytest.raises(ConfigError, match="seed = -1"):
        local_best_response(holdem, 10, -1)
    with pytest.raises(ConfigError, match="bets 'all': must be one of fc, fcpa, tree, 56bets"):
        local_best_response(holdem, 10, bets="all")
    for streets in ("", "turn-", "-river", "turn-river-river", "showdown"):
        with pytest.raises(ConfigError, match=f"streets '{streets}': must be FIRST or"):
            local_best_response(holdem, 10, streets=streets)
    with pytest.raises(ConfigError, match="flop comes before river"):
        local_best_response(holdem, 10, streets="river-flop")
    for run, message in ((kuhn_run, "hold'em only"), (three_player_run, "hold'em only")):
        with pytest.raises(ConfigError, match=message):
            local_best_response(Policy.open(policy_files(run)[-1]))


def test_what_it_cannot_play_is_refused() -> None:
    kuhn = _core.KuhnGame(2)
    with pytest.raises(ValueError, match="plays hold'em only"):
        response(_core.simple_player(_core.SimplePlayer.call, tree_of(kuhn)))
    spec = HoldemSpec(4, num_buckets=2)
    rules = _core.Rules(3, 50, 100, 0, 300)
    three = _core.HoldemGame(rules, spec.menu(), spec.buckets(), 4, [])
    with pytest.raises(ValueError, match="for two players; this game has 3"):
        response(_core.simple_player(_core.SimplePlayer.call, tree_of(three)))
    game = spec.game()
    caller = _core.simple_player(_core.SimplePlayer.call, tree_of(game))
    for wrong in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="must be above 0"):
            response(caller, pots=[wrong])
