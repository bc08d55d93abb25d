"""Public chance as a tree: how many states, what each stands for, and what they weigh."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core
from holdem.cards import parse_cards

Flops = list[tuple[list[int], float]]
Floats = npt.NDArray[np.float64]
MOST_DEVIATIONS = (
    5  # of a mean from its expectation; seeds are fixed, so it holds for ever or never
)


def holdem(num_ranks: int = 3, flops: Flops | None = None) -> _core.HoldemGame:
    rules = _core.Rules(2, 50, 100, 0, 200)
    menu = _core.BetMenu([[]] * 4, [[]] * 4, [0] * 4)
    buckets = _core.BucketMap.lossless(num_ranks)
    return _core.HoldemGame(rules, menu, buckets, num_ranks, flops or [])


def two_flops() -> Flops:
    return [(parse_cards("AsKsQs"), 0.25), (parse_cards("AsAhQd"), 0.75)]


GAMES: dict[str, Callable[[], _core.Game]] = {
    "leduc": _core.LeducGame,
    "leduc 4x3": lambda: _core.LeducGame(4, 3, 2),
    "three ranks": holdem,
    "chosen flops": lambda: holdem(flops=two_flops()),
}


def children(game: _core.PublicGame, state: _core.PublicState) -> Iterator[_core.PublicState]:
    return (game.child(state, which) for which in range(state.num_children))


def pair_weights(game: _core.PublicGame, parent: _core.PublicState) -> Floats:
    """Adds up, for each two hands of the parent, the weights of children where both can be held."""
    sums = np.zeros((len(parent.bucket),) * 2)
    for child in children(game, parent):
        for hands in child.hand_in_parent:
            sums[np.ix_(hands, hands)] += child.weight
    return sums


def disjoint(state: _core.PublicState) -> npt.NDArray[np.bool_]:
    blockers = np.array(state.blockers)
    return ~np.any(blockers[:, None, :, None] == blockers[None, :, None, :], axis=(2, 3))


@pytest.mark.parametrize(("num_ranks", "whole"), [(13, [1, 1755, 63193]), (5, None), (3, None)])
def test_states_are_boards_up_to_suits_in_the_order_they_are_dealt(
    num_ranks: int, whole: list[int] | None
) -> None:
    game = _core.PublicGame(holdem(num_ranks))
    states = [game.num_states(street) for street in range(4)]
    assert states[:3] == (whole or states[:3])
    assert states[0] == 1
    for street in (1, 2, 3):
        rounds = [3, 1, 1][:street]
        assert states[street] == _core.HandIndexer(rounds, num_ranks).size


@pytest.mark.parametrize("name", GAMES)
def test_a_walk_meets_as_many_states_as_it_is_told(name: str) -> None:
    game = _core.PublicGame(GAMES[name]())
    states = [game.root()]
    for street in range(GAMES[name]().num_streets):
        assert len(states) == game.num_states(street)
        assert {state.street for state in states} == {street}
        states = [child for state in states for child in children(game, state)]
    assert not states


@pytest.mark.parametrize("name", GAMES)
def test_a_bucket_that_is_private_to_a_state_is_met_in_no_other(name: str) -> None:
    game = _core.PublicGame(GAMES[name]())
    states = [game.root()]
    for street in range(GAMES[name]().num_streets):
        assert game.buckets_are_private(street)
        met = np.concatenate([np.unique(state.bucket) for state in states])
        assert len(met) == len(np.unique(met))
        states = [child for state in states for child in children(game, state)]


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("name", GAMES)
def test_children_of_any_two_hands_weigh_one(name: str, symmetric: bool) -> None:
    """With chosen flops that holds from the flop on: some hands leave more of them possible."""
    game = _core.PublicGame(GAMES[name]())
    parent = game.root(symmetric)
    if name == "chosen flops":
        parent = game.child(parent, 1)
    while parent.num_children:
        sums = pair_weights(game, parent)
        held = disjoint(parent)
        assert sums[held] == pytest.approx(np.ones(held.sum()), rel=1e-12)
        parent = game.child(parent, parent.num_children - 1)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("name", GAMES)
def test_all_hands_of_all_states_weigh_one_together(name: str, symmetric: bool) -> None:
    game = _core.PublicGame(GAMES[name]())
    root = game.root(symmetric)
    total = 0.0
    for child in children(game, root):
        assert np.all(disjoint(child).sum(axis=1) == child.num_others)
        num_pairs = len(child.bucket) * child.num_others
        total += root.weight * child.weight * child.num_members * num_pairs
    assert total == pytest.approx(1, rel=1e-12)


def cards_of(state: _core.PublicState) -> npt.NDArray[np.uint8]:
    """Returns the hole cards of a state's hands, [hand, 2]."""
    return np.array(state.blockers, dtype=np.uint8)


@pytest.mark.parametrize("name", ["three ranks", "chosen flops"])
def test_a_state_stands_for_every_board_that_is_alike_once(name: str) -> None:
    """A member's hands, as the parent lists them, have the buckets and strengths of its board."""
    game = _core.PublicGame(GAMES[name]())
    buckets = _core.BucketMap.lossless(3)
    deck = set(range(40, 52))
    parent = game.root()
    before: list[int] = []
    for street in (1, 2, 3):
        met: Counter[tuple[int, ...]] = Counter()
        for child in children(game, parent):
            for hands in child.hand_in_parent:
                hole_cards = cards_of(parent)[hands]
                new = sorted(deck - set(before) - set(hole_cards.ravel().tolist()))
                met[tuple(new)] += 1
                board = np.array(before + new, dtype=np.uint8)
                deals = np.concatenate([hole_cards, np.tile(board, (len(hands), 1))], axis=1)
                assert buckets.buckets(street, deals).tolist() == child.bucket.tolist()
                if street == 3:
                    rated = _core.evaluate_hands(deals).tolist()
                    assert rated == sorted(rated)
                    changes = np.flatnonzero(np.diff(rated)) + 1
                    assert child.strength_begin.tolist() == [0, *changes.tolist(), len(hands)]
        num_new = 3 if street == 1 else 1
        expected = set(itertools.combinations(sorted(deck - set(before)), num_new))
        if name == "chosen flops" and street == 1:
            relabelled = {relabel(flop) for flop, _ in two_flops()}
            expected = {board for board in expected if relabel(list(board)) in relabelled}
        assert met == dict.fromkeys(expected, 1)
        parent = game.child(parent, parent.num_children // 2)
        before = list(parent.public_cards)[: 2 + street]


def relabel(cards: list[int]) -> int:
    """Returns a number that flops share exactly when suits alone tell them apart."""
    return int(_core.HandIndexer([3]).index(np.array([cards], dtype=np.uint8))[0])


def added(state: _core.PublicState, worth: Floats, num_hands: int) -> Floats:
    """What a state adds to the hands of its parent, where a bucket is worth a number."""
    sums = np.zeros(num_hands)
    for hands in state.hand_in_parent:
        sums[hands] += state.weight * worth[state.bucket]
    return sums


@pytest.mark.parametrize("street", range(3))
@pytest.mark.parametrize("name", GAMES)
def test_a_sampled_child_adds_on_average_what_all_children_add(name: str, street: int) -> None:
    if street + 1 >= GAMES[name]().num_streets:
        return
    game = _core.PublicGame(GAMES[name]())
    parent = game.root()
    for _ in range(street):
        parent = game.child(parent, parent.num_children // 2)
    num_hands = len(parent.bucket)
    num_buckets = GAMES[name]().num_buckets(street + 1)
    worth = np.random.default_rng(street).uniform(1, 2, num_buckets)
    expected = sum(added(child, worth, num_hands) for child in children(game, parent))
    stream = _core.RandomStream(7, 0, 0, 0)
    drawn = np.array(
        [added(game.sample_child(parent, stream), worth, num_hands) for _ in range(8000)]
    )
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert np.all(np.abs(drawn.mean(axis=0) - expected) < MOST_DEVIATIONS * error)


@pytest.mark.parametrize("name", GAMES)
def test_a_state_can_be_had_by_its_public_cards(name: str) -> None:
    game = _core.PublicGame(GAMES[name]())
    root = state = game.root(False)
    stream = _core.RandomStream(3, 0, 0, 0)
    in_root = np.arange(len(root.bucket))
    for street in range(1, GAMES[name]().num_streets):
        state = game.sample_child(state, stream)
        in_root = in_root[state.hand_in_parent[0]]
        cards = list(state.public_cards)[: 2 + street]
        if name.startswith("leduc"):
            cards = sorted(set(root.hand_id.tolist()) - set(state.hand_id.tolist()))
        found = game.at(cards)
        assert (found.street, found.weight, found.num_members) == (street, 1.0, 1)
        assert found.num_others == state.num_others
        assert found.hand_in_parent.tolist() == [in_root.tolist()]
        for attribute in ("hand_id", "bucket", "strength_begin"):
            assert np.array_equal(getattr(found, attribute), getattr(state, attribute))
        assert game.at([]).hand_id.tolist() == root.hand_id.tolist()


@pytest.mark.parametrize(
    ("game", "cards", "message"),
    [
        (_core.KuhnGame, [1], "Kuhn poker has none"),
        (_core.LeducGame, [6], "must be none, or a card below 6"),
        (_core.LeducGame, [1, 2], "must be none, or a card below 6"),
        (holdem, [40, 41], "0, 3, 4 or 5 different cards, 40 to 51"),
        (holdem, [40, 41, 41], "0, 3, 4 or 5 different cards, 40 to 51"),
        (holdem, [39, 41, 42], "0, 3, 4 or 5 different cards, 40 to 51"),
    ],
)
def test_impossible_public_cards_are_refused(
    game: Callable[[], _core.Game], cards: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        _core.PublicGame(game()).at(cards)


def test_games_without_a_public_game_are_refused() -> None:
    rules = _core.Rules(3, 50, 100, 0, 200)
    menu = _core.BetMenu([[]] * 4, [[]] * 4, [0] * 4)
    three = _core.HoldemGame(rules, menu, _core.BucketMap.lossless(4), 4)
    with pytest.raises(ValueError, match="cannot be walked all at once"):
        _core.PublicGame(three)
