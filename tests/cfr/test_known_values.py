"""Constants of the toy games that the field knows."""

from __future__ import annotations

import pytest
from core_tools import GAMES, exploitability, make_solver, nodes_of, rows_of
from reference_cfr import Kuhn, Leduc, counterfactuals, infosets

from holdem import _core

KUHN_VALUE = -1 / 18
LEDUC_VALUE = -0.0856064


def sizes(solver: _core.Solver) -> list[tuple[int, int, int, int]]:
    return [
        (s.decision_nodes, s.infosets, s.infoset_actions, s.terminal_nodes)
        for s in solver.size_per_street()
    ]


@pytest.mark.parametrize(
    ("players", "expected"),
    [(2, (4, 12, 24, 5)), (3, (12, 48, 96, 13)), (4, (32, 160, 320, 33))],
)
def test_sizes_of_kuhn(players: int, expected: tuple[int, int, int, int]) -> None:
    assert sizes(make_solver(Kuhn(players))) == [expected]


def test_sizes_of_leduc() -> None:
    """288 infosets: 6 decisions for 3 ranks, then 5 x 6 decisions for 3 x 3 pairs of ranks.

    The field often says 936. That counts suits, which Leduc never looks at: 6 decisions for 6
    cards, then 30 decisions for 6 x 5 pairs of cards: 36 + 900.
    """
    assert sizes(make_solver(Leduc())) == [(6, 18, 42, 4), (30, 270, 630, 45)]
    assert len(infosets(Leduc())) == 288
    assert len(infosets(Leduc(suits=True))) == 936


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
def test_tree_and_rules_agree_history_by_history(name: str, layout: str) -> None:
    game = GAMES[name]
    solver = make_solver(game, "full_width", layout=layout)
    solver.run(1, 1e9)
    assert set(rows_of(solver, game)) == infosets(game)
    num_nodes = sum(size[0] + size[3] for size in sizes(solver))
    assert solver.num_nodes == len(nodes_of(solver)) == num_nodes


@pytest.mark.parametrize(("name", "value"), [("kuhn", KUHN_VALUE), ("leduc", LEDUC_VALUE)])
def test_value_of_the_game(name: str, value: float) -> None:
    solver = make_solver(GAMES[name], "full_width", (1.5, 0.0, 2.0))
    solver.run(20_000, 1e9)
    profile = solver.evaluate_average_strategy()
    assert profile.value[0] == pytest.approx(value, abs=2e-6)
    assert profile.value[0] == -profile.value[1]
    # The value lies between what each player can be held to.
    assert -profile.best_response_value[1] <= value + 1e-7
    assert value - 1e-7 <= profile.best_response_value[0]


def test_equilibrium_of_kuhn() -> None:
    """Kuhn 1950: all equilibria of the first player are one family, bet(K) = 3 bet(J)."""
    game = Kuhn()
    solver = make_solver(game, "full_width", (1.5, 0.0, 2.0))
    solver.run(5000, 1e9)
    rows, sums = rows_of(solver, game), solver.strategy_sums

    def bets(player: int, card: int, history: str) -> float:
        row = sums[rows[player, card, -1, history].slice]
        return float(row[1] / row.sum())

    bluff = bets(0, 0, "")
    assert 0 <= bluff <= 1 / 3 + 1e-3
    assert bets(0, 2, "") == pytest.approx(3 * bluff, abs=2e-3)
    assert bets(0, 1, "") == pytest.approx(0, abs=1e-3)
    assert bets(0, 1, "pb") == pytest.approx(bluff + 1 / 3, abs=2e-3)
    assert bets(1, 0, "p") == pytest.approx(1 / 3, abs=2e-3)
    assert bets(1, 1, "b") == pytest.approx(1 / 3, abs=2e-3)
    assert (bets(1, 2, "p"), bets(1, 2, "b")) == pytest.approx((1, 1), abs=1e-3)


def test_three_player_kuhn_comes_close_to_an_equilibrium() -> None:
    solver = make_solver(Kuhn(3), "full_width", (1.5, 0.0, 2.0))
    uniform = counterfactuals(Kuhn(3), lambda infoset, n: [1 / n] * n)
    assert solver.evaluate_average_strategy().value == pytest.approx(uniform.value, abs=1e-12)
    before = exploitability(solver)
    solver.run(5000, 1e9)
    value = solver.evaluate_average_strategy().value
    assert sum(value) == pytest.approx(0, abs=1e-12)
    assert exploitability(solver) < 1e-3 < before
