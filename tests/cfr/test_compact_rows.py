"""Compact tables take two thirds of the memory and train as well as those of floats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, LINEAR, exploitability, make_solver, options_of
from test_exactness import (
    assert_cuts_do_not_matter,
    buckets,  # noqa: F401
    state,
)
from test_tree_size import ALL_IN, POT, holdem

from holdem import _core
from holdem.policy.content import NODE

COMPACT = _core.TableLayout.compact_lane_rows
LEAST_EXPONENT = 32
DISCOUNTS = {"none": None, "linear": LINEAR, "dcfr": DCFR, "cfr_plus": "cfr_plus"}


def compact_solver(discount: object = LINEAR, **options: object) -> _core.Solver:
    options = {"interval": 7} | options
    return make_solver(
        _core.LeducGame(), "public_chance", discount, layout="compact_lane_rows", **options
    )


class Rows:
    """What compact tables hold, by the rules of tree/compact_rows.hpp."""

    def __init__(self, solver: _core.Solver, game: _core.Game) -> None:
        self._regrets = solver.regrets.view(np.uint8)
        self._sums = solver.strategy_sums.view(np.uint8)
        nodes = solver.nodes.view(NODE)
        self.places = [
            (int(index), bucket)
            for index in np.flatnonzero(nodes["kind"] == 0)
            for bucket in range(game.num_buckets(int(nodes["street"][index])))
        ]
        self._nodes = nodes

    def _at(self, index: int, bucket: int) -> tuple[int, int, int, int]:
        """Returns first byte, lane, lanes and number of actions."""
        node = self._nodes[index]
        lane = int(node["base"]) % 16
        first = 4 * (int(node["base"]) - lane + bucket * int(node["row_stride"]))
        return first, lane, int(node["action_stride"]), int(node["num_actions"])

    def bytes_of_lanes(self) -> list[int]:
        """Returns the bytes of both tables that lanes with a subtree may use."""
        used: list[int] = []
        for place in self.places:
            first, lane, width, actions = self._at(*place)
            rests = first + (2 * actions + 1) * width
            used.append(first + 2 * actions * width + lane)
            for action in range(actions):
                number = action * width + lane
                used += [first + 2 * number, first + 2 * number + 1]
                used.append(rests + number % (actions * width // 2))
        return used

    def regrets(self, index: int, bucket: int) -> list[float]:
        first, lane, width, actions = self._at(index, bucket)
        exponent = int(self._regrets[first + 2 * actions * width + lane])
        values = []
        for action in range(actions):
            at = first + 2 * (action * width + lane)
            number = int(self._regrets[at : at + 2].view(np.int16)[0])
            if number < -(2**14):
                octave, part = divmod(-(2**14) - number, 1024)
                number = -(2 ** (14 + octave)) * (1 + part / 1024)
            values.append(number * 2.0 ** (exponent + LEAST_EXPONENT - 126 - 15))
        return values

    def sums(self, index: int, bucket: int) -> list[float]:
        first, lane, width, actions = self._at(index, bucket)
        exponent = int(self._sums[first + 2 * actions * width + lane])
        rests = first + (2 * actions + 1) * width
        half = actions * width // 2
        values = []
        for action in range(actions):
            at = first + 2 * (action * width + lane)
            rest = action * width + lane
            low = self._regrets[rests + rest] if rest < half else self._sums[rests + rest - half]
            number = 256 * int(self._sums[at : at + 2].view(np.uint16)[0]) + int(low)
            values.append(number * 2.0 ** (exponent + LEAST_EXPONENT - 126 - 24))
        return values


@pytest.mark.parametrize("discount", DISCOUNTS.values(), ids=DISCOUNTS)
def test_any_cut_ends_in_the_same_bytes(discount: object) -> None:
    assert_cuts_do_not_matter(lambda: compact_solver(discount, seed=4), 400)


@pytest.mark.parametrize(
    "make_game", [_core.KuhnGame, _core.LeducGame, lambda: _core.LeducGame(13, 4, 8)]
)
def test_a_tree_is_counted_as_it_is_built(make_game: Callable[[], _core.Game]) -> None:
    game = make_game()
    tree = _core.BettingTree(game, COMPACT, 10**7)
    nodes, floats = _core.measure_tree(game, 1e18, COMPACT)
    assert (nodes, floats) == (tree.nodes.size // 32, tree.table_floats)


def test_an_action_of_an_infoset_takes_six_bytes(buckets: _core.BucketMap) -> None:  # noqa: F811
    game = holdem(buckets, 60, [("pot_fraction", 0.5), POT, ALL_IN], 3)
    for each in (game, _core.LeducGame(13, 4, 8)):
        nodes = _core.BettingTree(each, COMPACT, 10**7).nodes.view(NODE)
        decisions = nodes[nodes["kind"] == 0]
        actions, lanes = decisions["num_actions"].astype(int), decisions["action_stride"]
        assert (actions >= 2).all()
        assert (2 * 4 * decisions["row_stride"] <= 6 * actions * lanes).all()


def test_first_iterations_are_those_of_floats() -> None:
    """As long as little was rounded, the tables hold nearly the same."""
    game = _core.LeducGame()
    compact = compact_solver()
    floats = make_solver(game, "public_chance", LINEAR, layout="lane_rows", interval=7)
    for solver in (compact, floats):
        solver.run(1, FOREVER)
    rows, nodes = Rows(compact, game), floats.nodes.view(NODE)
    for index, bucket in rows.places:
        node = nodes[index]
        at = int(node["base"]) + bucket * int(node["row_stride"])
        at = at + np.arange(int(node["num_actions"])) * int(node["action_stride"])
        for found, table in (
            (rows.regrets(index, bucket), floats.regrets),
            (rows.sums(index, bucket), floats.strategy_sums),
        ):
            expected = table[at]
            np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-3 * abs(expected).max())


def test_policies_and_metrics_read_what_tables_hold() -> None:
    game = _core.LeducGame()
    solver = compact_solver()
    solver.run(500, FOREVER)
    rows = Rows(solver, game)
    policy = _core.AverageStrategy(solver.tree, solver.strategy_sums)
    for index, bucket in rows.places:
        sums = np.array(rows.sums(index, bucket))
        expected = sums / sums.sum() if sums.any() else np.full(sums.size, 1 / sums.size)
        found = policy.probabilities(index, np.array([bucket], np.uint32))[0]
        np.testing.assert_allclose(found, expected, atol=1e-4)
    metrics = solver.street_metrics()
    assert all(street.visited_share > 0.9 and street.mean_positive_regret > 0 for street in metrics)


def test_lanes_without_a_subtree_stay_zero() -> None:
    game = _core.LeducGame(3, 2, 4)
    solver = make_solver(game, "public_chance", DCFR, layout="compact_lane_rows", interval=3)
    solver.run(50, FOREVER)
    used = Rows(solver, game).bytes_of_lanes()
    for table in (solver.regrets, solver.strategy_sums):
        rest = np.delete(table.view(np.uint8), used)
        assert not rest[4:].any()  # behind the stamp
        assert rest.size > 64


@pytest.mark.parametrize("discount", [DCFR, (1.5, 0.5, 2.0)])
def test_settling_discounts_every_regret_once(discount: tuple[float, float, float]) -> None:
    game = _core.LeducGame()
    solver = compact_solver(discount)
    solver.run(7 * 5, FOREVER)
    rows = Rows(solver, game)
    before = [rows.regrets(*place) for place in rows.places]
    positive, negative = (1 / (1 + 5.0**-exponent) for exponent in discount[:2])
    for _ in range(2):
        solver.settle_regrets()
        assert int(solver.regrets[:1].view(np.uint32)[0]) == 5
        for place, values in zip(rows.places, before, strict=True):
            expected = np.array([v * (positive if v > 0 else negative) for v in values])
            found = rows.regrets(*place)
            np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-4 * abs(expected).max())


def test_sums_are_divided_before_they_grow_too_large() -> None:
    game = _core.LeducGame()
    solver = compact_solver((1.0, 1.0, 20.0), interval=1)
    solver.run(10, FOREVER)
    rows = Rows(solver, game)
    at = rows.places[0]
    while solver.strategy_exponent == 0:
        before = rows.sums(*at)
        solver.run(1, FOREVER)
    assert solver.strategy_exponent == 32
    assert sum(rows.sums(*at)) < sum(before) * 2.0**-30
    floats = make_solver(game, "public_chance", (1.0, 1.0, 20.0), layout="lane_rows")
    floats.run(solver.iteration, FOREVER)
    assert exploitability(solver) == pytest.approx(exploitability(floats), rel=0.2)


def test_nothing_is_rounded_where_nothing_is_added() -> None:
    """What is stored is found again bit by bit: a sweep by 1 changes nothing."""
    solver = compact_solver((100.0, 100.0, 2.0), interval=1)
    solver.run(50, FOREVER)
    before = solver.regrets[16:].tobytes(), solver.strategy_sums.tobytes()
    solver.iteration = 51
    solver.settle_regrets()  # by 51^100 / (51^100 + 1)
    assert (solver.regrets[16:].tobytes(), solver.strategy_sums.tobytes()) == before


def test_exploitability_is_that_of_floats() -> None:
    found = {}
    for layout in ("lane_rows", "compact_lane_rows"):
        found[layout] = 0.0
        for seed in range(6):
            solver = make_solver(
                _core.LeducGame(),
                "public_chance",
                LINEAR,
                layout=layout,
                interval=100,
                seed=seed,
            )
            solver.run(20_000, FOREVER)
            found[layout] += exploitability(solver) / 6
    assert found["compact_lane_rows"] == pytest.approx(found["lane_rows"], rel=0.25)


def test_compact_tables_are_not_merged() -> None:
    with pytest.raises(ValueError, match="compact tables cannot be merged"):
        _core.TableMerger(compact_solver())


def test_seeds_make_different_runs_of_the_same_bytes() -> None:
    def train(seed: int) -> dict[str, bytes]:
        solver = compact_solver(seed=seed)
        solver.run(200, FOREVER)
        return state(solver)

    assert train(1) == train(1)
    assert train(1)["regrets"] != train(2)["regrets"]


def test_the_number_of_workers_changes_no_byte() -> None:
    found = []
    for num_workers in (1, 3):
        options = options_of("public_chance", DCFR, interval=7, seed=2)
        options.num_workers = num_workers
        solver = _core.Solver(_core.LeducGame(13, 4, 8), options, COMPACT, 1 << 28)
        solver.run(40, FOREVER)
        found.append(state(solver))
    assert found[0] == found[1]
