"""Counting a tree before it is built, and exact chips where its hands end."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import DECISION, FOREVER, GAMES, core_game, make_solver, nodes_of
from test_exactness import buckets  # noqa: F401

from holdem import _core

POT, ALL_IN = ("pot_fraction", 1.0), ("all_in", 0.0)
FRACTIONS = [("pot_fraction", size / 10) for size in range(1, 7)]


def holdem(
    buckets: _core.BucketMap,  # noqa: F811
    stacks: int | list[int],
    sizes: list[tuple[str, float]],
    cap: int,
    players: int = 2,
) -> _core.Game:
    menu = _core.BetMenu([sizes] * 4, [sizes] * 4, [cap] * 4)
    return _core.HoldemGame(_core.Rules(players, 1, 2, 0, stacks), menu, buckets)


def assert_counted_as_built(game: _core.Game) -> None:
    nodes, floats = _core.measure_tree(game, 1e18)
    solver = make_solver(game, layout="street_rows", memory_limit_bytes=1 << 30)
    assert (nodes, floats) == (solver.num_nodes, len(solver.regrets))
    if game.num_players == 2:
        assert solver.tree_bytes + solver.table_bytes == 36 * nodes + 8 * floats


@pytest.mark.parametrize("name", [*GAMES, "kuhn6", "leduc5", "leduc13"])
def test_a_toy_tree_is_counted_as_it_is_built(name: str) -> None:
    others = {
        "kuhn6": lambda: _core.KuhnGame(6),
        "leduc5": lambda: _core.LeducGame(5, 2, 3),
        "leduc13": lambda: _core.LeducGame(13, 4, 8),
    }
    assert_counted_as_built(others[name]() if name in others else core_game(GAMES[name]))


@pytest.mark.parametrize("sizes", [[POT, ALL_IN], [POT], FRACTIONS[:3]])
@pytest.mark.parametrize("stacks", [9, 60, [60, 25]])
def test_a_holdem_tree_is_counted_as_it_is_built(
    buckets: _core.BucketMap,  # noqa: F811
    stacks: int | list[int],
    sizes: list[tuple[str, float]],
) -> None:
    assert_counted_as_built(holdem(buckets, stacks, sizes, 3))


def test_a_tree_that_nothing_can_hold_is_refused_with_what_it_needs(
    buckets: _core.BucketMap,  # noqa: F811
) -> None:
    """Its equal parts are counted once: 40 million nodes in a moment."""
    game = holdem(buckets, 2000, [*FRACTIONS[4:], POT], 100)
    nodes, floats = _core.measure_tree(game, 1e18)
    assert nodes > 4e7
    needed = round(36 * nodes + 8 * floats)
    with pytest.raises(OverflowError, match=f"and its tables need {needed} bytes$"):
        make_solver(game, memory_limit_bytes=needed - 1)
    deep = holdem(buckets, 100_000_000, FRACTIONS, 100)
    with pytest.raises(OverflowError, match=r"and its tables need more than 1000000000 bytes$"):
        make_solver(deep, memory_limit_bytes=10**9)


def test_progress_is_told_while_a_tree_is_counted_and_built(
    buckets: _core.BucketMap,  # noqa: F811
) -> None:
    told: list[float] = []
    game = holdem(buckets, 200, [POT, ALL_IN, ("pot_fraction", 0.5)], 4)
    options = _core.SolverOptions()
    solver = _core.Solver(game, options, _core.TableLayout.street_rows, 1 << 30, told.append)
    assert len(told) >= 2
    assert 0 < max(told) <= solver.num_nodes


@pytest.mark.parametrize("stacks", [100_000_000, [100_000_000, 99_999_999]])
def test_chips_at_terminals_are_exact_up_to_the_largest_stacks(
    buckets: _core.BucketMap,  # noqa: F811
    stacks: int | list[int],
) -> None:
    rules = _core.Rules(2, 16_777_217, 33_554_435, 0, stacks)
    menu = _core.BetMenu([[("pot_fraction", 0.37), ALL_IN]] * 4, [[ALL_IN]] * 4, [2] * 4)
    tree = _core.BettingTree(
        _core.HoldemGame(rules, menu, buckets), _core.TableLayout.street_rows, 10**6
    )
    nodes, codes = tree.nodes.view(_node_type()), tree.action_codes
    seen = []

    def compare(index: int, state: _core.BettingState) -> None:
        node = nodes[index]
        if node["kind"] != DECISION:
            strengths = [1, 0] if state.is_showdown else []
            net = _core.payoffs(state, strengths)[0]
            seen.append(net)
            # Without a showdown the amount has the sign of who is left.
            assert node["amount"] == net
            return
        for action in range(int(node["num_actions"])):
            child = int(node["first_child"]) + action
            code = int(codes[child])
            kind = {-1: _core.ActionType.fold, 0: _core.ActionType.call}.get(
                code, _core.ActionType.raise_
            )
            compare(child, state.apply(_core.Action(kind, max(code, 0))))

    compare(0, _core.BettingState(rules))
    assert max(seen) > 2**24
    assert any(int(np.float32(net)) != net for net in seen)


def _node_type() -> np.dtype:
    return nodes_of(make_solver(GAMES["kuhn"])).dtype


def test_a_hand_of_large_stacks_is_paid_in_full(buckets: _core.BucketMap) -> None:  # noqa: F811
    stacks = 16_777_217  # 2^24 + 1, which a float does not have
    game = holdem(buckets, stacks, [ALL_IN], 1)
    solver = make_solver(game, "outcome")
    solver.run(200, FOREVER)
    nodes = nodes_of(solver)
    assert stacks in set(nodes["amount"][nodes["kind"] != DECISION].tolist())
