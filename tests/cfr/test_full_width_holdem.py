"""Full-width training of hold'em with few cards: it converges, and rows that are shared add up."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from core_tools import DECISION, exploitability, make_solver, nodes_of, place

from holdem import _core
from holdem.abstraction.bucket_file import load_buckets
from holdem.cards import parse_cards
from holdem.errors import ConfigError
from holdem.mccfr.solver import Solver
from holdem.types import STREETS, GameConfig, MCCFRConfig

POT = [("pot_fraction", 1.0)]


def three_ranks(num_buckets: int = 0) -> _core.HoldemGame:
    """One flop of a deck of twelve cards; lossless, or in random buckets."""
    rules = _core.Rules(2, 50, 100, 0, [1500, 1500])
    menu = _core.BetMenu([POT] * 4, [POT] * 4, [1] * 4)
    if num_buckets == 0:
        buckets = _core.BucketMap.lossless(3)
    else:
        random = np.random.default_rng(7)
        sizes = [_core.street_indexer(street, 3).size for street in range(4)]
        tables = [random.integers(num_buckets, size=n).astype(np.uint16) for n in sizes]
        buckets = _core.BucketMap(tuple(tables), [num_buckets] * 4, 3)
    return _core.HoldemGame(rules, menu, buckets, 3, [(parse_cards("AsKhQd"), 1.0)])


def test_lossless_training_comes_close_to_an_equilibrium() -> None:
    solver = make_solver(three_ranks(), "full_width", "cfr_plus")
    before = exploitability(solver)
    solver.run(50, 1e9)
    # Chips; the big blind is 100. A uniform strategy loses 250 or so.
    assert exploitability(solver) < before / 20


def indices_of(street: int) -> dict[int, int]:
    """Returns the hand index of each hand on the flop's boards, by its index with turn and river in
    the order they came."""
    flop = parse_cards("AsKhQd")
    rest = [card for card in range(40, 52) if card not in flop]
    hands = [
        [*hole, *flop, *later]
        for later in itertools.permutations(rest, street - 1)
        for hole in itertools.combinations([c for c in rest if c not in later], 2)
    ]
    cards = np.array(hands, np.uint8)
    in_order = _core.sequence_indexer(street, 3).index(cards)
    return dict(zip(in_order, _core.street_indexer(street, 3).index(cards), strict=True))


def test_what_is_added_to_a_shared_row_is_that_of_all_its_boards() -> None:
    """The first walk of an iteration from zero meets a uniform profile on every board, be it with a
    row for each hand or with few rows for all: the sums must be the same."""
    lossless, shared = (
        make_solver(three_ranks(num_buckets), "full_width") for num_buckets in (0, 4)
    )
    for solver in (lossless, shared):
        solver.run(1, 1e9)
    random = np.random.default_rng(7)
    tables = [random.integers(4, size=_core.street_indexer(s, 3).size) for s in range(4)]
    nodes = nodes_of(lossless)
    checked = 0
    for index, node in enumerate(nodes):
        street = int(node["street"])
        if node["kind"] != DECISION or node["player"] != 0 or street == 0:
            continue
        expected = np.zeros((4, node["num_actions"]))
        for sequence, hand in indices_of(street).items():
            expected[tables[street][hand]] += row_of(lossless, nodes, index, sequence)
        for bucket in range(4):
            found = row_of(shared, nodes_of(shared), index, bucket)
            assert found == pytest.approx(expected[bucket], abs=2e-4), (index, bucket)
            checked += 1
    assert checked > 50


def row_of(solver: _core.Solver, nodes: np.ndarray, index: int, bucket: int) -> np.ndarray:
    found = place(solver, nodes, index, bucket)
    assert found is not None
    return solver.regrets[found[0] : found[0] + int(nodes[index]["num_actions"])]


def test_average_regrets_shrink_where_rows_are_shared() -> None:
    solver = make_solver(three_ranks(num_buckets=4), "full_width")
    previous = np.inf
    for iterations in (10, 90, 300):
        solver.run(iterations, 1e9)
        average = float(np.maximum(solver.regrets, 0).sum()) / solver.iteration
        assert average < previous / 2
        previous = average


def test_the_memory_plan_counts_what_shared_rows_need() -> None:
    assert make_solver(three_ranks(), "full_width").sampler_bytes == 0
    shared = make_solver(three_ranks(num_buckets=4), "full_width")
    assert shared.sampler_bytes == shared.table_bytes // 2
    assert make_solver(three_ranks(num_buckets=4)).sampler_bytes == 0


def test_an_iteration_that_nobody_can_wait_for_is_refused(holdem_buckets: Path) -> None:
    buckets = load_buckets(holdem_buckets)
    training = MCCFRConfig(num_iterations=1, sampling="full_width")
    with pytest.raises(ConfigError, match=r"walks [\d,]+ betting nodes .* about .* of one core"):
        Solver(GameConfig(), training, buckets, memory_limit_bytes=10**9)
    few = GameConfig(flops=["As7h2d"], bets=dict.fromkeys(STREETS, "a"), raise_cap=1)
    assert Solver(few, training, buckets, memory_limit_bytes=10**9).iteration == 0
