"""Frozen players neither learn nor forget, and the others learn against what they play."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, GAMES, LINEAR, Row, make_solver, nodes_of, rows_of
from reference_cfr import Infoset

from holdem import _core


def frozen_solver(name: str, frozen_players: int, *args: Any, **options: Any) -> _core.Solver:
    """Returns a solver in which the players of a bit mask are frozen."""
    return make_solver(GAMES[name], *args, frozen_players=frozen_players, **options)


def rows_by_player(solver: _core.Solver, name: str) -> dict[int, dict[Infoset, Row]]:
    """Returns the rows of each player."""
    rows = rows_of(solver, GAMES[name])
    players = range(GAMES[name].num_players)
    return {p: {i: row for i, row in rows.items() if i[0] == p} for p in players}


def floats_of(table: np.ndarray, rows: dict[Infoset, Row]) -> bytes:
    """Returns the rows and stamps of a player, as bytes."""
    parts = [np.append(table[row.slice], table[row.stamp]) for row in rows.values()]
    return np.concatenate(parts).tobytes()


@pytest.mark.parametrize("pruning", [None, (-20.0, 0.9)])
@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
@pytest.mark.parametrize("discount", [None, LINEAR, DCFR, "cfr_plus"])
@pytest.mark.parametrize(("name", "frozen"), [("kuhn", [0]), ("kuhn3", [0, 2]), ("leduc", [1])])
def test_rows_of_a_frozen_player_are_never_written(
    name: str, frozen: list[int], discount: Any, layout: str, pruning: tuple[float, float] | None
) -> None:
    options: dict[str, Any] = {"layout": layout, "interval": 10, "pruning": pruning, "seed": 4}
    trained = make_solver(GAMES[name], "external", discount, **options)
    trained.run(3000, FOREVER)
    solver = frozen_solver(name, sum(1 << p for p in frozen), "external", discount, **options)
    solver.regrow(trained.grown_nodes, trained.grown_strips)
    solver.regrets[:] = trained.regrets
    solver.strategy_sums[:] = trained.strategy_sums
    solver.iteration = trained.iteration
    solver.run(2000, FOREVER)
    solver.settle_regrets()
    for player, rows in rows_by_player(trained, name).items():
        kept = floats_of(solver.regrets, rows) == floats_of(trained.regrets, rows)
        assert kept == (player in frozen)
        if player in frozen:
            sums = floats_of(trained.strategy_sums, rows)
            assert floats_of(solver.strategy_sums, rows) == sums


@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
@pytest.mark.parametrize("name", GAMES)
def test_a_fixed_strategy_goes_to_the_frozen_rows_alone(name: str, layout: str) -> None:
    trained = make_solver(GAMES[name], layout=layout)
    trained.run(500, FOREVER)
    solver = frozen_solver(name, 0b10, layout=layout)
    solver.regrow(trained.grown_nodes, trained.grown_strips)
    solver.fix_strategy(trained.tree, trained.strategy_sums)
    for player, rows in rows_by_player(trained, name).items():
        for row in rows.values():
            expected = trained.strategy_sums[row.slice] if player == 1 else 0
            np.testing.assert_array_equal(solver.regrets[row.slice], expected)
    assert not solver.strategy_sums.any()


@pytest.mark.parametrize("discount", [None, DCFR])
def test_two_who_learn_keep_their_average_beside_a_frozen_third(discount: Any) -> None:
    solver = frozen_solver("kuhn3", 0b001, "external", discount, interval=10)
    solver.run(2000, FOREVER)
    rows = rows_by_player(solver, "kuhn3")
    written = [any(solver.strategy_sums[row.slice].any() for row in rows[p].values()) for p in rows]
    assert written == [False, True, True]


def test_only_those_who_learn_traverse() -> None:
    """A player who folds to every bet makes the other's traversals short, and there are no others.

    Kuhn from the first player's side: the root, both actions, and what follows a check.
    """
    solver = frozen_solver("kuhn", 0b10)
    nodes = nodes_of(solver)
    fixed = np.zeros_like(solver.strategy_sums)
    for bucket in range(3):
        for node in nodes[(nodes["kind"] == 0) & (nodes["player"] == 1)]:
            row = int(node["base"]) + bucket * int(node["row_stride"])
            fixed[row + (bucket >> int(node["strip_shift"]))] = 1.0
    solver.fix_strategy(solver.tree, fixed)
    solver.run(1000, FOREVER)
    # The root; check and bet; the end after a check that is checked, or a bet that is not called.
    assert solver.nodes_visited == 1000 * 5


@pytest.mark.parametrize("sampling", ["outcome", "full_width", "public_chance"])
def test_other_samplers_refuse_to_freeze(sampling: str) -> None:
    with pytest.raises(ValueError, match=r"frozen_players is 1; allowed: 0, unless .* external"):
        frozen_solver("kuhn", 1, sampling)


@pytest.mark.parametrize(("name", "mask", "allowed"), [("leduc", 3, 2), ("kuhn3", 8, 6)])
def test_somebody_has_to_learn(name: str, mask: int, allowed: int) -> None:
    with pytest.raises(ValueError, match=f"frozen_players is {mask}; allowed: 0 to {allowed}, "):
        frozen_solver(name, mask)


def test_a_strategy_of_another_tree_is_refused() -> None:
    solver = frozen_solver("leduc", 1)
    with pytest.raises(ValueError, match=r"strategy_sums has 3 floats; the tree has \d+"):
        solver.fix_strategy(solver.tree, np.zeros(3, np.float32))
