"""Rows that lie in lanes: where they are, and that everybody reads them alike."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import FOREVER, GAMES, core_game, make_solver
from test_exactness import buckets  # noqa: F401
from test_tree_size import ALL_IN, POT, holdem

from holdem import _core
from holdem.policy.content import NODE
from row_places import in_lanes, row_places

LANE_ROWS = _core.TableLayout.lane_rows
WIDEST = 16
TOYS = {
    "kuhn": lambda: core_game(GAMES["kuhn"]),
    "leduc": _core.LeducGame,
    "leduc13": lambda: _core.LeducGame(13, 4, 8),
}


@pytest.fixture(params=[*TOYS, "holdem", "uneven"])
def game(request: pytest.FixtureRequest, buckets: _core.BucketMap) -> _core.Game:  # noqa: F811
    if request.param in TOYS:
        return TOYS[request.param]()
    stacks: int | list[int] = 60 if request.param == "holdem" else [60, 25]
    return holdem(buckets, stacks, [("pot_fraction", 0.5), POT, ALL_IN], 3)


@pytest.fixture
def tree(game: _core.Game) -> _core.BettingTree:
    return _core.BettingTree(game, LANE_ROWS, 10**7)


def decisions_of(tree: _core.BettingTree) -> np.ndarray:
    nodes = tree.nodes.view(NODE)
    return nodes[nodes["kind"] == 0]


def test_no_two_infosets_share_a_float(game: _core.Game, tree: _core.BettingTree) -> None:
    places = row_places(tree, game)
    claims = np.bincount(places, minlength=tree.table_floats)
    assert claims.size == tree.table_floats
    assert claims.max() == 1
    assert not claims[:WIDEST].any()  # a row at 0 is nowhere
    strips = _core.BettingTree(game, _core.TableLayout.street_rows, 10**7)
    assert places.size == row_places(strips, game).size


def test_blocks_begin_where_vectors_do(game: _core.Game, tree: _core.BettingTree) -> None:
    decisions = decisions_of(tree)
    widths, lanes = decisions["action_stride"], decisions["base"] % WIDEST
    assert set(widths.tolist()) <= {4, 8, 16}
    assert (lanes < widths).all()
    assert tree.table_floats % WIDEST == 0
    assert (decisions["row_stride"] == decisions["num_actions"].astype(int) * widths).all()
    most = np.array([game.num_buckets(s) - 1 for s in range(game.num_streets)])
    assert not (most[decisions["street"]] >> decisions["strip_shift"]).any()


def test_a_block_is_as_wide_as_its_lanes_need(tree: _core.BettingTree) -> None:
    decisions = decisions_of(tree)
    blocks = decisions["base"] // WIDEST
    for block in np.unique(blocks):
        within = decisions[blocks == block]
        lanes, width = sorted((within["base"] % WIDEST).tolist()), int(within["action_stride"][0])
        assert lanes == list(range(len(lanes)))
        assert len(lanes) > width // 2 or width == 4
        for name in ("player", "street", "num_actions", "row_stride", "action_stride"):
            assert len(set(within[name].tolist())) == 1


def test_what_lies_side_by_side_goes_on_side_by_side(tree: _core.BettingTree) -> None:
    """Within a street, children of the same action are in the same lanes of one block."""
    nodes = tree.nodes.view(NODE)
    decisions = np.flatnonzero(nodes["kind"] == 0)
    of_block: dict[int, list[int]] = {}
    for index in decisions:
        of_block.setdefault(int(nodes["base"][index]) // WIDEST, []).append(int(index))
    num_pairs = 0
    for indices in of_block.values():
        street = nodes["street"][indices[0]]
        for action in range(nodes["num_actions"][indices[0]]):
            children = nodes[[int(nodes["first_child"][i]) + action for i in indices]]
            goes_on = (children["kind"] == 0) & (children["street"] == street)
            assert goes_on.all() or not goes_on.any()
            if not goes_on.any():
                continue
            num_pairs += 1
            assert len(set((children["base"] // WIDEST).tolist())) == 1
            assert (children["base"] % WIDEST == nodes["base"][indices] % WIDEST).all()
    assert num_pairs > 0


def test_a_tree_is_counted_as_it_is_built(game: _core.Game, tree: _core.BettingTree) -> None:
    nodes, floats = _core.measure_tree(game, 1e18, LANE_ROWS)
    assert (nodes, floats) == (tree.nodes.size // 32, tree.table_floats)


def test_a_table_too_large_is_refused_before_it_is_built() -> None:
    game = _core.LeducGame(13, 4, 8)
    nodes, floats = _core.measure_tree(game, 1e18, LANE_ROWS)
    needed = round(36 * nodes + 8 * floats)
    with pytest.raises(OverflowError, match=f"and its tables need {needed} bytes$"):
        make_solver(game, layout="lane_rows", memory_limit_bytes=needed - 1)
    with pytest.raises(OverflowError, match=r"and its tables need at least \d+ bytes$"):
        make_solver(game, layout="lane_rows", memory_limit_bytes=needed // 2)


def test_policies_read_the_same_from_lanes(game: _core.Game) -> None:
    strips = _core.BettingTree(game, _core.TableLayout.street_rows, 10**7)
    sums = np.random.default_rng(3).random(strips.table_floats, np.float32)
    sums[row_places(strips, game)[::7]] = 0
    policy = _core.AverageStrategy(strips, sums)
    tree, table = in_lanes(policy, game)
    lanes = _core.AverageStrategy(tree, table)
    nodes = tree.nodes.view(NODE)
    for index in np.flatnonzero(nodes["kind"] == 0):
        every = np.arange(game.num_buckets(int(nodes["street"][index])), dtype=np.uint32)
        found = lanes.probabilities(int(index), every)
        assert found.tobytes() == policy.probabilities(int(index), every).tobytes()


@pytest.mark.parametrize("make_game", [_core.KuhnGame, _core.LeducGame])
def test_exact_values_are_those_of_the_same_strategy(make_game: type[_core.Game]) -> None:
    game = make_game()
    solver = make_solver(game)
    solver.run(500, FOREVER)
    policy = _core.AverageStrategy(solver.tree, solver.strategy_sums)
    lanes = _core.AverageStrategy(*in_lanes(policy, game))
    for player in (0, 1):
        for play in (_core.Play.follow, _core.Play.respond):
            values = []
            for strategy in (policy, lanes):
                value = _core.StrategyProfile(game, [strategy] * 2, 1).value(player, play)
                for part in range(value.num_parts):
                    value.add_part(part, 1, _core.StopFlag())
                values.append(value.value())
            assert values[0] == values[1]


@pytest.mark.parametrize("layout", ["lane_rows", "compact_lane_rows"])
@pytest.mark.parametrize("sampling", ["external", "outcome", "full_width"])
def test_other_samplers_refuse_lanes(sampling: str, layout: str) -> None:
    with pytest.raises(ValueError, match="rows in lanes, which this sampling cannot train"):
        make_solver(GAMES["leduc"], sampling, layout=layout)


def test_lanes_are_for_two_players() -> None:
    with pytest.raises(ValueError, match="rows in lanes are for two players; this game has 3"):
        _core.BettingTree(_core.KuhnGame(3), LANE_ROWS, 1000)
