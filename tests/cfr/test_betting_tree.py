"""Where rows are: apart, inside the tables, and the same floats however the tree came to be."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import DECISION, FOREVER, GAMES, LINEAR, make_solver, nodes_of, place

from holdem import _core

OTHER_GAMES = {
    "kuhn6": lambda: _core.KuhnGame(6),
    "leduc_5_ranks": lambda: _core.LeducGame(5, 2, 3),
    "leduc_13_ranks": lambda: _core.LeducGame(13, 4, 1),
}


def game_named(name: str) -> _core.Game:
    if name == "leduc":
        return _core.LeducGame()
    return _core.KuhnGame(int(name[4:] or 2)) if name in GAMES else OTHER_GAMES[name]()


def occupied(solver: _core.Solver, game: _core.Game) -> tuple[np.ndarray, int]:
    """Returns how many rows and stamps claim each float, and how many infosets there are.

    A stamp belongs to all rows of its strip and counts once.
    """
    claims = np.zeros(len(solver.regrets), dtype=int)
    stamps, infosets = set(), 0
    nodes = nodes_of(solver)
    for index in np.flatnonzero(nodes["kind"] == DECISION):
        num_actions = int(nodes[index]["num_actions"])
        for bucket in range(game.num_buckets(int(nodes[index]["street"]))):
            found = place(solver, nodes, index, bucket)
            if found is None:
                continue
            row, stamp = found
            assert 0 <= stamp < row
            assert row + num_actions <= len(claims)
            claims[row : row + num_actions] += 1
            stamps.add(stamp)
            infosets += 1
    claims[list(stamps)] += 1
    return claims, infosets


@pytest.mark.parametrize("name", ["kuhn", "kuhn3", "leduc", *OTHER_GAMES])
def test_rows_of_a_complete_tree_lie_apart(name: str) -> None:
    game = game_named(name)
    solver = make_solver(game)
    claims, infosets = occupied(solver, game)
    assert claims.max() == 1
    sizes = solver.size_per_street()
    assert infosets == sum(s.infosets for s in sizes)
    nodes = nodes_of(solver)
    decisions = nodes[nodes["kind"] == DECISION]
    assert infosets == sum(game.num_buckets(int(n["street"])) for n in decisions)
    assert sum(s.decision_nodes for s in sizes) == len(decisions)
    assert sum(s.terminal_nodes for s in sizes) == len(nodes) - len(decisions)
    assert sum(s.infoset_actions for s in sizes) <= claims.sum()


@pytest.mark.parametrize("iterations", [1, 20, 400])
@pytest.mark.parametrize("name", ["kuhn3", "leduc"])
def test_rows_of_a_growing_tree_lie_apart(name: str, iterations: int) -> None:
    game = game_named(name)
    solver = make_solver(game, "outcome", layout="node_rows", seed=1)
    solver.run(iterations, FOREVER)
    claims, infosets = occupied(solver, game)
    assert claims.max() == 1
    assert claims[0] == 0  # place 0 means nowhere
    # A strip is counted whole: rows of buckets beside the visited one have their place as well.
    assert infosets == sum(s.infosets for s in solver.size_per_street())


def test_what_samplers_write_is_rows_and_stamps() -> None:
    """Kernels load and store whole vectors; what lies between rows must come through unchanged."""
    game = _core.LeducGame(5, 2, 3)
    for sampling in ("external", "outcome", "full_width"):
        solver = make_solver(game, sampling, (1.5, 0.5, 2.0), interval=3)
        claims, _ = occupied(solver, game)
        free = claims == 0
        mark = np.uint32(0x7FC12345)  # a NaN that any arithmetic would spread
        for table in (solver.regrets, solver.strategy_sums):
            table.view(np.uint32)[free] = mark
        solver.run(3000, FOREVER)
        assert free.sum() > 50
        for table in (solver.regrets, solver.strategy_sums):
            assert (table.view(np.uint32)[free] == mark).all()
            assert np.isfinite(table[~free]).all()


@pytest.mark.parametrize("discount", [None, LINEAR, "cfr_plus"])
@pytest.mark.parametrize("sampling", ["external", "outcome", "full_width"])
@pytest.mark.parametrize("name", ["kuhn", "kuhn3", "leduc"])
def test_a_grown_tree_trains_to_the_same_bits(name: str, sampling: str, discount: object) -> None:
    """Lazy discounts are left out: strips differ, and so does what one multiplication rounds."""
    game = game_named(name)
    complete, grown = (
        make_solver(game, sampling, discount, layout=layout, interval=10, seed=8)
        for layout in ("street_rows", "node_rows")
    )
    for solver in (complete, grown):
        solver.run(3000, FOREVER)
    assert complete.nodes_visited == grown.nodes_visited
    mine, theirs = complete.evaluate_average_strategy(), grown.evaluate_average_strategy()
    assert mine.value == theirs.value
    assert mine.best_response_value == theirs.best_response_value

    # Row by row, along both trees: children have other numbers.
    pairs = [(0, 0)]
    nodes, other = nodes_of(complete), nodes_of(grown)
    while pairs:
        a, b = pairs.pop()
        assert nodes[a]["kind"] == other[b]["kind"]
        if nodes[a]["kind"] != DECISION or other[b]["base"] == 0:
            continue
        num_actions = int(nodes[a]["num_actions"])
        for bucket in range(game.num_buckets(int(nodes[a]["street"]))):
            here, there = place(complete, nodes, a, bucket), place(grown, other, b, bucket)
            for table in ("regrets", "strategy_sums"):
                row = getattr(complete, table)[here[0] : here[0] + num_actions]
                if there is None:
                    assert not row.any()
                    continue
                grown_row = getattr(grown, table)[there[0] : there[0] + num_actions]
                assert row.tobytes() == grown_row.tobytes()
        pairs += [(int(nodes[a]["first_child"]) + i, int(other[b]["first_child"]) + i)
                  for i in range(num_actions)]  # fmt: skip


def test_the_memory_limit_ends_a_growing_run_between_two_iterations() -> None:
    game = _core.KuhnGame(6)
    limit = 30_000
    limited = make_solver(game, "outcome", layout="node_rows", memory_limit_bytes=limit, seed=2)
    ran = limited.run(100_000, FOREVER)
    assert 10 < ran < 100_000
    assert limited.iteration == ran
    assert limited.memory_limit_reached
    used = limited.table_bytes + limited.tree_bytes
    assert limit * 15 // 16 <= used <= limit
    assert limited.run(100, FOREVER) == 0

    free = make_solver(game, "outcome", layout="node_rows", seed=2)
    free.run(ran - 1, FOREVER)
    assert free.table_bytes + free.tree_bytes < limit * 15 // 16
    free.run(1, FOREVER)
    assert not free.memory_limit_reached
    for table in ("regrets", "strategy_sums", "grown_nodes", "grown_strips", "nodes"):
        assert getattr(free, table).tobytes() == getattr(limited, table).tobytes()


def test_a_complete_tree_beyond_the_limit_is_refused() -> None:
    with pytest.raises(OverflowError, match="the betting tree and its tables need 13092 bytes"):
        make_solver(GAMES["leduc"], memory_limit_bytes=1000)


def grown_solver() -> _core.Solver:
    solver = make_solver(GAMES["kuhn3"], "external", layout="node_rows")
    solver.run(50, FOREVER)
    return solver


@pytest.mark.parametrize(
    ("nodes", "strips", "message"),
    [
        ([1], [], "names node 1, which cannot grow there"),  # before its parent
        ([0, 0], [], "names node 0, which"),
        ([0, 10_000], [], "names node 10000, which"),
        ([0, 1, 3, 7], [], "names node 7, which"),  # a terminal: everybody has checked
        ([0], [0], "names strip 0, which"),
        ([0], [1, 1], "names strip 1, which"),
        ([0], [2], "names strip 2, which"),
        ([], [1], "names strip 1, which"),
    ],
)
def test_growth_that_cannot_have_happened_is_refused(
    nodes: list[int], strips: list[int], message: str
) -> None:
    solver = make_solver(GAMES["kuhn3"], layout="node_rows")
    with pytest.raises(ValueError, match=message):
        solver.regrow(np.array(nodes, np.uint32), np.array(strips, np.uint64))


def test_only_a_new_growing_tree_repeats_growth() -> None:
    source = grown_solver()
    with pytest.raises(ValueError, match="a complete betting tree does not grow"):
        make_solver(GAMES["kuhn3"]).regrow(source.grown_nodes, source.grown_strips)
    with pytest.raises(ValueError, match="the betting tree has grown already"):
        grown_solver().regrow(source.grown_nodes, source.grown_strips)
    repeated = make_solver(GAMES["kuhn3"], layout="node_rows")
    repeated.regrow(source.grown_nodes, source.grown_strips)
    assert repeated.nodes.tobytes() == source.nodes.tobytes()
    assert len(repeated.regrets) == len(source.regrets)
