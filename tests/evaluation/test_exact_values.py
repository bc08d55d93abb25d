"""Exact values of hold'em with few cards, against a slow enumeration of all boards and hands."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from slow_holdem import HoldemSpec, SlowHoldem, random_policy

from holdem import _core
from holdem.cards import parse_cards
from holdem.policy.content import NODE

POT = [("pot_fraction", 1.0)]
POT_OR_ALL_IN = [("pot_fraction", 1.0), ("all_in", 0.0)]
ALL_IN = [("all_in", 0.0)]


def flops(*texts: str) -> list[tuple[list[int], float]]:
    """Flops of unequal weights that sum to 1."""
    total = len(texts) * (len(texts) + 1) / 2
    return [(parse_cards(text), (i + 1) / total) for i, text in enumerate(texts)]


SPECS = {
    "all flops of three ranks, all-in on every street": HoldemSpec(stacks=(700, 400)),
    "all flops of three ranks, random buckets": HoldemSpec(
        bets=(POT, [], POT, ALL_IN), raise_caps=(2, 0, 1, 1), num_buckets=5, ante=10
    ),
    "one flop of three suits, lossless": HoldemSpec(
        flops=flops("AsKhQd"), stacks=(2000, 900), bets=(POT, POT, POT_OR_ALL_IN, POT)
    ),
    "one flop, few buckets, raises": HoldemSpec(
        flops=flops("AsAhQd"),
        stacks=(1100, 1500),
        bets=(POT,) * 4,
        raise_caps=(1, 2, 1, 2),
        num_buckets=4,
    ),
    "weighted flops of four ranks": HoldemSpec(
        4, flops=flops("JsJhJd", "AsKsJs", "AhKhJd"), stacks=(500, 900), num_buckets=7
    ),
    "one flop of four ranks, lossless": HoldemSpec(
        4, flops=flops("AsQsJh"), bets=(ALL_IN, [], POT, POT), raise_caps=(1, 0, 1, 1)
    ),
    "a big blind that is all in": HoldemSpec(stacks=(100, 500)),
}


def tree_of(game: _core.Game) -> _core.BettingTree:
    return _core.BettingTree(game, _core.TableLayout.street_rows, 10**6)


def policies_of(game: _core.Game) -> list[_core.TabularPolicy]:
    tree = tree_of(game)
    return [random_policy(tree, seed) for seed in (1, 2)]


def profile_of(
    spec: HoldemSpec, num_workers: int = 1, start: int = 0
) -> tuple[_core.StrategyProfile, list[_core.TabularPolicy]]:
    game = spec.game()
    policies = policies_of(game)
    return _core.StrategyProfile(game, policies, num_workers, start), policies


def exact_value(
    profile: _core.StrategyProfile, player: int, play: _core.Play, num_workers: int = 1
) -> float:
    exact = profile.value(player, play)
    for part in range(exact.num_parts):
        assert exact.add_part(part, num_workers, _core.StopFlag())
    return exact.value()


@pytest.mark.parametrize("name", SPECS)
def test_values_and_best_responses_are_those_of_the_enumeration(name: str) -> None:
    spec = SPECS[name]
    profile, policies = profile_of(spec)
    slow = SlowHoldem(spec, policies)
    for player in (0, 1):
        follow = exact_value(profile, player, _core.Play.follow)
        respond = exact_value(profile, player, _core.Play.respond)
        assert follow == pytest.approx(slow.value(player, respond=False), rel=1e-11, abs=1e-10)
        assert respond == pytest.approx(slow.value(player, respond=True), rel=1e-11)
        assert respond >= follow


def test_all_players_together_win_nothing_in_the_enumeration_and_in_the_core() -> None:
    spec = SPECS["weighted flops of four ranks"]
    profile, _ = profile_of(spec)
    first, second = (exact_value(profile, player, _core.Play.follow) for player in (0, 1))
    assert first != 0
    assert first == pytest.approx(-second, rel=1e-11)


SMALL = SPECS["one flop, few buckets, raises"]


def test_the_figure_has_the_same_bytes_on_any_number_of_threads() -> None:
    figures = set()
    for num_workers in (1, 2, 5):
        profile, _ = profile_of(SMALL, num_workers)
        for player, play in ((0, _core.Play.respond), (1, _core.Play.follow)):
            figures.add((player, exact_value(profile, player, play, num_workers).hex()))
    assert len(figures) == 2


def test_a_part_that_is_stopped_adds_nothing() -> None:
    profile, _ = profile_of(SMALL)
    exact = profile.value(0, _core.Play.respond)
    stop = _core.StopFlag()
    stop.set()
    before = exact.sums.tobytes()
    assert not exact.add_part(0, 2, stop)
    assert exact.sums.tobytes() == before
    assert exact.add_part(0, 2, _core.StopFlag())
    assert exact.value() == exact_value(profile, 0, _core.Play.respond)


@pytest.mark.parametrize("play", [_core.Play.follow, _core.Play.respond])
def test_sums_written_back_go_on_to_the_same_bytes(play: _core.Play) -> None:
    profile, _ = profile_of(SPECS["weighted flops of four ranks"])
    uncut = profile.value(1, play)
    cut = profile.value(1, play)
    for part in range(uncut.num_parts):
        uncut.add_part(part, 1, _core.StopFlag())
        kept = cut.sums.copy()
        cut = profile.value(1, play)
        cut.sums[:] = kept
        cut.add_part(part, 2, _core.StopFlag())
    assert uncut.num_parts == 3
    assert cut.sums.tobytes() == uncut.sums.tobytes()
    assert cut.value().hex() == uncut.value().hex()


def test_a_part_that_is_stopped_on_the_way_is_done_or_adds_nothing() -> None:
    """Whenever the stop comes: a thread sets it while the part is walked, or shortly after."""
    profile, _ = profile_of(SPECS["one flop of four ranks, lossless"])
    exact = profile.value(1, _core.Play.respond)
    for delay_s in (0.0, 0.001, 0.01):
        before = exact.sums.copy()
        stop = _core.StopFlag()
        thread = threading.Timer(delay_s, stop.set)
        thread.start()
        added = exact.add_part(0, 2, stop)
        thread.join()
        assert added or np.array_equal(exact.sums, before)
        exact.sums[:] = 0
    assert exact.add_part(0, 2, _core.StopFlag())
    assert exact.value() == exact_value(profile, 1, _core.Play.respond)


def test_parts_that_are_not_there_are_refused() -> None:
    profile, _ = profile_of(SMALL)
    exact = profile.value(0, _core.Play.respond)
    with pytest.raises(ValueError, match="no such part"):
        exact.add_part(exact.num_parts, 1, _core.StopFlag())
    with pytest.raises(ValueError, match="less than one worker"):
        exact.add_part(0, 0, _core.StopFlag())
    with pytest.raises(ValueError, match="player is 2; allowed: 0 to 1"):
        profile.value(2, _core.Play.follow)


def test_strategies_of_different_betting_are_refused() -> None:
    first, second = HoldemSpec(), HoldemSpec(stacks=(400, 400))
    policies = [policies_of(first.game())[0], policies_of(second.game())[1]]
    _core.StrategyProfile(first.game(), [policies[0]] * 2, 1)
    with pytest.raises(ValueError, match="the strategies are of different betting"):
        _core.StrategyProfile(first.game(), policies, 1)
    with pytest.raises(ValueError, match="the strategies are not of this game"):
        _core.StrategyProfile(_core.LeducGame(), policies, 1)


def test_strategies_of_trees_that_grew_differently_are_refused() -> None:
    """A node of one has another number in the other."""
    game = _core.LeducGame()
    policies = []
    for seed in (1, 2, 1):
        options = _core.SolverOptions()
        options.seed = seed
        solver = _core.Solver(game, options, _core.TableLayout.node_rows, 1 << 28)
        solver.run(3, 1e9)
        tree = _core.BettingTree(game, _core.TableLayout.node_rows, 1000)
        tree.regrow(solver.grown_nodes, solver.grown_strips)
        policies.append(_core.AverageStrategy(tree, solver.strategy_sums.copy()))
    _core.StrategyProfile(game, [policies[0], policies[2]], 1)
    with pytest.raises(ValueError, match="trees that grew differently"):
        _core.StrategyProfile(game, policies[:2], 1)


def decisions(tree: _core.BettingTree) -> dict[tuple[int, ...], tuple[int, int]]:
    """Node and street of every decision, by the actions that lead there."""
    found = {}
    nodes = tree.nodes.view(NODE)

    def visit(path: tuple[int, ...], node: int) -> None:
        if nodes[node]["kind"] == 0:
            found[path] = node, int(nodes[node]["street"])
            for action in range(nodes[node]["num_actions"]):
                visit((*path, action), int(nodes[node]["first_child"]) + action)

    visit((), 0)
    return found


START = HoldemSpec(
    flops=flops("AsKhQd"),
    stacks=(900, 700),
    bets=(ALL_IN, POT, ALL_IN, POT_OR_ALL_IN),
    num_buckets=6,
)


@pytest.mark.parametrize("street", range(4))
def test_values_where_play_begins_later_are_those_of_the_enumeration(street: int) -> None:
    """At a board whose suits matter, with hands of one player that the flop's suits tell apart.

    A decision in the middle of a street serves as well as one that opens it.
    """
    board = tuple(parse_cards("AsKhQdAhKc"))[: (0, 3, 4, 5)[street]]
    game = START.game()
    starts = [item for item in decisions(tree_of(game)).items() if item[1][1] == street]
    random = np.random.default_rng(street)
    root = _core.PublicGame(game).root(False)
    weight = root.weight if street == 0 else 1  # the enumeration's includes that of the hands
    for path, (node, _) in (starts[0], starts[-1]):
        profile, policies = profile_of(START, start=node)
        slow = SlowHoldem(START, policies, board)
        low, high = slow.pairs.astype(int).T
        places = np.searchsorted(root.hand_id, high * (high - 1) // 2 + low)
        reach = random.random((2, len(root.hand_id)))
        reach[:, ::5] = 0
        for player, play in ((0, _core.Play.respond), (1, _core.Play.follow)):
            values = profile.values_at(list(board), list(reach), player, play)
            respond = play == _core.Play.respond
            expected = slow.values(player, respond, path, reach[1 - player][places])
            assert weight * values[places] == pytest.approx(expected, rel=1e-10, abs=1e-10)
            assert np.count_nonzero(np.delete(values, places)) == 0


@pytest.mark.parametrize(
    "make_game",
    [
        SPECS["all flops of three ranks, random buckets"].game,
        SPECS["weighted flops of four ranks"].game,
        lambda: _core.LeducGame(4, 3, 2),
        _core.KuhnGame,
    ],
)
def test_boards_that_are_alike_may_be_joined_or_not(make_game: Callable[[], _core.Game]) -> None:
    """The value of the game joins them; values at the root, by any reach, do not."""
    game = make_game()
    profile = _core.StrategyProfile(game, policies_of(game), 1)
    root = _core.PublicGame(game).root()
    ones = np.ones(len(root.hand_id))
    for player, play in ((0, _core.Play.follow), (1, _core.Play.respond)):
        values = profile.values_at([], [ones, ones], player, play)
        whole = exact_value(profile, player, play)
        assert root.weight * values.sum() == pytest.approx(whole, rel=1e-11)


def test_an_all_in_before_the_river_is_settled_on_every_river() -> None:
    """On AsAdKsKd, for 300 chips each; the caller folds 100 half the time.

    Four of the eight cards left may come, each a quarter of the time. Against KcKh, AcQc has four
    kings against it and wins with Ah alone: -150. AhAc always wins: 300. Against AcQc, half as
    likely: AhQd always ties; KcQd wins with Kh alone: -150; QdQh always loses: -300.
    """
    shove = HoldemSpec(bets=([], [], ALL_IN, []), raise_caps=(0, 0, 1, 0))
    path = (1, 0, 0, 0, 1)  # call, check, check, check, all-in
    game = shove.game()
    node = decisions(tree_of(game))[path][0]
    uniform = _core.simple_player(_core.SimplePlayer.random, tree_of(game))
    profile = _core.StrategyProfile(game, [uniform, uniform], 1, node)
    pairs = _core.PublicGame(game).root(False).hand_id.tolist()

    def place(hand: str) -> int:
        low, high = sorted(parse_cards(hand))
        return pairs.index(high * (high - 1) // 2 + low)

    cases = {
        ("KcKh", 1.0): {"AcQc": (-100 - 150) / 2, "AhAc": (-100 + 300) / 2, "KcQd": 0},
        ("AcQc", 0.5): {"AhQd": -25, "KcQd": (-50 - 75) / 2, "QdQh": (-50 - 150) / 2, "AhAc": 0},
    }
    for (hand, probability), expected in cases.items():
        reach = np.zeros(len(pairs))
        reach[place(hand)] = probability
        values = profile.values_at(parse_cards("AsAdKsKd"), [reach] * 2, 1, _core.Play.follow)
        assert {held: values[place(held)] for held in expected} == pytest.approx(expected)


def test_a_start_that_does_not_fit_is_refused() -> None:
    found = decisions(tree_of(START.game()))
    flop_decision = next(node for node, street in found.values() if street == 1)
    terminal = next(n for n in range(100) if n not in {node for node, _ in found.values()})
    with pytest.raises(ValueError, match=f"start is {terminal}, which is no decision"):
        profile_of(START, start=terminal)
    with pytest.raises(ValueError, match="start is 4000000000, which is no decision"):
        profile_of(START, start=4_000_000_000)
    profile, _ = profile_of(START, start=flop_decision)
    ones = [np.ones(66)] * 2
    with pytest.raises(ValueError, match="play does not begin at the root"):
        profile.value(0, _core.Play.follow)
    with pytest.raises(ValueError, match="play begins on another street"):
        profile.values_at([], ones, 0, _core.Play.follow)
    with pytest.raises(ValueError, match="0, 3, 4 or 5 different cards, 40 to 51"):
        profile.values_at([40, 41, 41], ones, 0, _core.Play.follow)
    with pytest.raises(ValueError, match="0, 3, 4 or 5 different cards, 40 to 51"):
        profile.values_at([1, 40, 41], ones, 0, _core.Play.follow)
    with pytest.raises(ValueError, match="each of the 66 hands of every player"):
        profile.values_at([40, 41, 42], [np.ones(66), np.ones(65)], 0, _core.Play.follow)
