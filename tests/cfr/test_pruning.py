"""Pruning skips what it may skip, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from core_tools import (
    FOREVER,
    GAMES,
    LINEAR,
    Row,
    exploitability,
    make_solver,
    rows_of,
)
from reference_cfr import Infoset, after

from holdem import _core

LEDUC = GAMES["leduc"]
THRESHOLD = -100.0
HOPELESS = -102.0  # below the threshold, above the floor of -103.3


@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
@pytest.mark.parametrize("discount", [None, LINEAR, (1.5, 0.5, 2.0), "cfr_plus"])
@pytest.mark.parametrize("name", GAMES)
def test_nothing_changes_while_no_regret_is_below_the_threshold(
    name: str, discount: tuple[float, float, float] | str | None, layout: str
) -> None:
    """The coins that decide who prunes do not shift any other random number."""

    def train(pruning: tuple[float, float] | None) -> tuple[bytes, bytes]:
        solver = make_solver(
            GAMES[name], "external", discount, layout=layout, interval=9, pruning=pruning
        )
        solver.run(2000, FOREVER)
        return solver.regrets.tobytes(), solver.strategy_sums.tobytes()

    assert train((-1e7, 0.95)) == train(None)


@pytest.mark.parametrize("sampling", ["outcome", "full_width", "public_chance"])
def test_other_samplers_ignore_pruning(sampling: str) -> None:
    def train(pruning: tuple[float, float] | None) -> bytes:
        solver = make_solver(LEDUC, sampling, pruning=pruning)
        solver.run(2000, FOREVER)
        return solver.regrets.tobytes()

    assert train((-0.5, 1.0)) == train(None)


def hopeless_solver(
    probability: float, choose: dict[Infoset, int], play_others: float = 1.0
) -> tuple[_core.Solver, dict[Infoset, Row]]:
    """Returns a solver of Leduc where one action of each infoset is hopeless."""
    solver = make_solver(LEDUC, "external", pruning=(THRESHOLD, probability), seed=3)
    rows = rows_of(solver, LEDUC)
    for infoset, row in rows.items():
        solver.regrets[row.slice] = play_others
        if infoset in choose:
            solver.regrets[row.start + choose[infoset]] = HOPELESS
    return solver, rows


def changed(
    solver: _core.Solver, rows: dict[Infoset, Row], iterations: int
) -> set[tuple[Infoset, int]]:
    """Returns the infoset-actions whose regret ever changes in one iteration from this table."""
    base = solver.regrets.copy()
    ever = np.zeros(len(base), dtype=bool)
    for _ in range(iterations):
        solver.run(1, FOREVER)
        ever |= solver.regrets != base
        solver.regrets[:] = base
    return {
        (infoset, a)
        for infoset, row in rows.items()
        for a in range(row.num_actions)
        if ever[row.start + a]
    }


@pytest.mark.parametrize(
    ("history", "action"),
    [
        (history, action)
        for history in ("", "c", "r", "cr", "rr", "crr", "cc/", "cc/r", "rc/cr", "rrc/c")
        for action in range(len(LEDUC.actions(history)))
    ],
)
def test_never_on_the_last_street_nor_towards_a_terminal(history: str, action: int) -> None:
    """One action of one decision is hopeless, whatever the cards; all else is played evenly."""
    infosets = [i for i in rows_of(make_solver(LEDUC), LEDUC) if i[3] == history]
    solver, rows = hopeless_solver(1.0, dict.fromkeys(infosets, action))
    onward = after(LEDUC, history, LEDUC.actions(history)[action])
    may_skip = "/" not in history and bool(LEDUC.actions(onward))
    reached = changed(solver, rows, 5000)
    share = sum((infoset, action) in reached for infoset in infosets) / len(infosets)
    assert share == 0 if may_skip else share > 0.7
    # The other actions of the same decision are followed; where there is one, its regret is 0.
    if len(LEDUC.actions(history)) == 3:
        others = [(i, a) for i in infosets for a in range(3) if a != action]
        assert sum(other in reached for other in others) > 0.7 * len(others)


def test_traversals_without_pruning_come_everywhere() -> None:
    choose = dict.fromkeys(rows_of(make_solver(LEDUC), LEDUC), 1)
    solver, rows = hopeless_solver(0.0, choose)
    root = [(i, 1) for i in rows if i[3] == ""]
    assert changed(solver, rows, 500).issuperset(root)


def test_an_action_that_is_still_played_is_not_skipped() -> None:
    """With all regrets negative the strategy is uniform, so nothing is hopeless."""
    choose = dict.fromkeys(rows_of(make_solver(LEDUC), LEDUC), 1)
    solver, rows = hopeless_solver(1.0, choose, play_others=HOPELESS)
    root = [(i, 1) for i in rows if i[3] == ""]
    assert changed(solver, rows, 500).issuperset(root)


@pytest.mark.parametrize("probability", [1.0, 0.25, 0.0])
def test_pruned_share(probability: float) -> None:
    """The first player checks and folds to a raise, the second checks or calls.

    So on the first street the first player has two actions, of which the raise may be skipped, and
    the second has two after the check; what they play leads to no further decision of their own.
    """
    solver, rows = hopeless_solver(
        probability, dict.fromkeys(rows_of(make_solver(LEDUC), LEDUC), 1)
    )
    plays = {"": (1, HOPELESS), "c": (1, -1), "cr": (1, -1, -1), "r": (-1, 1, -1)}
    base = solver.regrets
    for infoset, row in rows.items():
        if infoset[3] in plays:
            base[row.slice] = plays[infoset[3]]
    start = base.copy()
    iterations = 4000
    for _ in range(iterations):
        solver.run(1, FOREVER)
        base[:] = start
    share = solver.street_metrics()[0].pruned_share
    noise = 5 * np.sqrt(probability * (1 - probability) / iterations) / 4
    assert share == pytest.approx(probability / 4, abs=noise + 1e-9)
    assert solver.street_metrics()[0].pruned_share == 0  # nothing since the last picture


@pytest.mark.parametrize("discount", [None, LINEAR, (1.5, 0.5, 2.0)])
def test_regrets_sink_no_deeper_than_the_floor(
    discount: tuple[float, float, float] | None,
) -> None:
    solver = make_solver(LEDUC, "external", discount, interval=500, pruning=(-30.0, 0.95))
    for _ in range(20):
        solver.run(1000, FOREVER)
        weight = solver.discount_block + 1 if discount == LINEAR else 1
        rows = rows_of(solver, LEDUC).values()
        lowest = min(solver.regrets[row.slice].min() for row in rows) / weight
        # Of a row that was not touched since, the floor was that of a block with less weight.
        assert lowest >= -30.0 * 31 / 30 - 1e-4
    assert lowest < -30.0


@pytest.mark.parametrize("seed", [1, 2])
def test_convergence_is_not_hurt(seed: int) -> None:
    """Hopeless means a loss of ten thousand chips here, where the largest pot is 26.

    A threshold of -300 skips actions that are to come back, and costs half as much again in
    exploitability after these nodes.
    """
    results = {}
    for pruning in (None, (-10_000.0, 0.95)):
        solver = make_solver(LEDUC, "external", LINEAR, interval=1000, seed=seed, pruning=pruning)
        while solver.nodes_visited < 40_000_000:
            solver.run(10_000, FOREVER)
        results[pruning] = exploitability(solver)
        if pruning is not None:
            assert solver.street_metrics()[0].pruned_share > 0.001
            assert results[pruning] < 1.2 * results[None] + 0.001
