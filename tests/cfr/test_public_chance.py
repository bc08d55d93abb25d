"""Public-chance sampling adds what a slow reference adds, hand by hand, from any tables.

Tables are compared after each iteration, and the reference goes on from those of the core: small
sums of regrets make large differences of small ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from core_tools import DCFR, DECISION, FOREVER, GAMES, LINEAR, core_game, make_solver, nodes_of
from reference_public_chance import ReferenceChance
from small_holdem import ALL_IN, HALF, POT, few_cards

from holdem import _core
from row_places import row_places

DISCOUNTS = {"none": None, "linear": LINEAR, "dcfr": DCFR, "cfr_plus": "cfr_plus"}
MODE_GAMES: dict[str, Callable[[], _core.Game]] = {
    "kuhn": lambda: core_game(GAMES["kuhn"]),
    "leduc": _core.LeducGame,
    "holdem": lambda: few_cards(num_buckets=5, sizes=(ALL_IN,)),
}
OTHER_GAMES: dict[str, Callable[[], _core.Game]] = {
    "leduc13": lambda: _core.LeducGame(13, 4, 4),
    "leduc_uneven": lambda: _core.LeducGame(7, 3, 8),
    "lossless": lambda: few_cards(sizes=(ALL_IN,)),
    "chosen_flops": lambda: few_cards(sizes=(ALL_IN,), flops="AsKsQs AsKhQd AsAhKd"),
    "one_flop": lambda: few_cards(4, num_buckets=6, sizes=(POT, ALL_IN), flops="AsKhJd"),
    "four_ranks": lambda: few_cards(4, num_buckets=9),
    "many_sizes": lambda: few_cards(stacks=600, num_buckets=4, sizes=(HALF, POT, ALL_IN)),
    "uneven_stacks": lambda: few_cards(stacks=[900, 400], num_buckets=4, sizes=(POT, ALL_IN)),
    "all_in_or_fold": lambda: few_cards(4, stacks=150, num_buckets=4, sizes=(POT, ALL_IN)),
    "all_in_by_the_blinds": lambda: few_cards(stacks=[100, 400], sizes=(POT,)),
}


def fill_tables(
    solver: _core.Solver, game: _core.Game, scale: float, kind: str, least: float = -1
) -> None:
    """Writes random tables, the regrets as large as what an iteration adds, none below ``least``.

    ``pure``: of nine rows in ten one action alone is played, so that much of the tree is never
    reached. No row is zero: where all actions are worth the same, as they are with a hand that
    always ties, regrets are then 0 in one rounding and 1e-9 in another.
    """
    random = np.random.default_rng(len(solver.regrets))
    for node in (nodes := nodes_of(solver))[nodes["kind"] == DECISION]:
        num_actions = int(node["num_actions"])
        size = game.num_buckets(int(node["street"])), num_actions
        rows = np.arange(size[0])[:, None] * int(node["row_stride"]) + int(node["base"])
        places = rows + np.arange(num_actions) * int(node["action_stride"])
        regrets = random.uniform(least, 1, size)
        if kind == "pure":
            played = random.integers(num_actions, size=(size[0], 1)) == np.arange(num_actions)
            mixed = random.random((size[0], 1)) < 0.1
            regrets = np.where(mixed, regrets, np.where(played, 10, least * 10))
        solver.regrets[places] = regrets * scale
        solver.strategy_sums[places] = random.random(size)


def size_of_increments(game: _core.Game, nodes: np.ndarray) -> float:
    """What an iteration may add to the regrets of a hand, about."""
    hands = len(_core.PublicGame(game).root(False).bucket)
    return float(np.abs(nodes["amount"]).max()) / hands


def close(found: np.ndarray, expected: np.ndarray, scale: float) -> bool:
    return bool((np.abs(found - expected) <= 2e-5 * scale + 2.0**-22 * np.abs(expected)).all())


def assert_iterations_agree(
    game: _core.Game, mode: str, kind: str, interval: int = 2, iterations: int = 3
) -> None:
    stream = {"seed": 31, "instance": 2}
    solver = make_solver(game, "public_chance", DISCOUNTS[mode], interval=interval, **stream)
    least = 0 if mode == "cfr_plus" else -1
    fill_tables(solver, game, size_of_increments(game, nodes_of(solver)), kind, least)
    slow = ReferenceChance(solver, game, mode, interval, **stream)
    for _ in range(iterations):
        before = solver.regrets.copy(), solver.strategy_sums.copy()
        solver.run(1, FOREVER)
        updated = slow.run_iteration()
        found = slow.split(solver.regrets), slow.split(solver.strategy_sums)
        old = slow.split(before[0]), slow.split(before[1])
        for index in np.flatnonzero(slow.nodes["kind"] == DECISION):
            regrets, sums = slow.regrets[index], slow.strategy_sums[index]
            scale = max(slow.scale[index], np.abs(regrets).max())
            assert close(found[0][index], regrets, scale), index
            assert close(found[1][index], sums, 0.1 * np.abs(sums - old[1][index]).max()), index
            street = int(slow.nodes["street"][index])
            others = [b for b in range(len(regrets)) if (street, b) not in updated]
            assert (found[1][index][others] == old[1][index][others]).all()
            if mode != "dcfr":
                assert (found[0][index][others] == old[0][index][others]).all()
        slow.take(solver)


@pytest.mark.parametrize("kind", ["mixed", "pure"])
@pytest.mark.parametrize("mode", DISCOUNTS)
@pytest.mark.parametrize("name", MODE_GAMES)
def test_iterations_agree_with_the_reference(name: str, mode: str, kind: str) -> None:
    assert_iterations_agree(MODE_GAMES[name](), mode, kind)


@pytest.mark.parametrize("kind", ["mixed", "pure"])
@pytest.mark.parametrize("name", OTHER_GAMES)
def test_iterations_agree_in_any_game(name: str, kind: str) -> None:
    assert_iterations_agree(OTHER_GAMES[name](), "linear", kind)


@pytest.mark.parametrize("name", [*MODE_GAMES, "chosen_flops"])
def test_the_first_iteration_agrees_from_zero(name: str) -> None:
    """For player 0, whom a uniform strategy meets; then ties are told apart by rounding alone."""
    game = (MODE_GAMES | OTHER_GAMES)[name]()
    solver = make_solver(game, "public_chance", seed=5)
    slow = ReferenceChance(solver, game, seed=5)
    solver.run(1, FOREVER)
    slow.run_iteration()
    found = slow.split(solver.regrets), slow.split(solver.strategy_sums)
    for index in np.flatnonzero(slow.nodes["kind"] == DECISION):
        sums = slow.strategy_sums[index]
        assert close(found[1][index], sums, sums.max())
        if slow.nodes["player"][index] == 0:
            assert close(found[0][index], slow.regrets[index], slow.scale[index])


LANE_GAMES: dict[str, Callable[[], _core.Game]] = {
    # 2 raises + 1 roots of the second street, all of one shape: 3, 5 ... 17 lanes.
    **{f"leduc_{r}": lambda r=r: _core.LeducGame(3, 2, r) for r in range(1, 9)},
    "kuhn": lambda: core_game(GAMES["kuhn"]),
    **{name: OTHER_GAMES[name] for name in ("many_sizes", "uneven_stacks", "all_in_or_fold")},
}


@pytest.mark.parametrize("discount", [None, DCFR], ids=["none", "dcfr"])
@pytest.mark.parametrize("name", LANE_GAMES)
def test_lanes_without_a_subtree_stay_zero(name: str, discount: object) -> None:
    game = LANE_GAMES[name]()
    solver = make_solver(game, "public_chance", discount, interval=3, seed=8)
    fill_tables(solver, game, 1.0, "mixed")
    places = row_places(solver.tree, game)
    for _ in range(8):
        solver.run(1, FOREVER)
        stamp = 0 if discount is None else (solver.iteration - 1) // 3
        assert int(solver.regrets[:1].view(np.uint32)[0]) == stamp
        for table in (solver.regrets[1:], solver.strategy_sums[1:]):
            assert not np.delete(table, places - 1).any()
