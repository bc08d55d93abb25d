"""Leduc in other sizes, as a configuration asks for them, against a walk through its rules."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from reference_cfr import Deal, Infoset, Leduc, counterfactuals, infosets

from holdem.config import load_run_config
from holdem.mccfr.solver import Solver, default_pruning_threshold
from holdem.types import GameConfig, MCCFRConfig

LARGE = {"num_ranks": 13, "num_suits": 4, "max_raises": 4}
SIZES = [
    ({}, 288),
    ({"num_ranks": 2, "max_raises": 1}, 4 * 2 + 3 * 4 * 4),
    ({"num_ranks": 4, "num_suits": 3, "max_raises": 3}, 8 * 4 + 7 * 8 * 16),
    # 10 decisions for 13 ranks, then 9 x 10 for 13 x 13 pairs of ranks.
    (LARGE, 15_340),
]


@dataclass(frozen=True)
class SizedLeduc(Leduc):
    """The reference with another deck; a card is a rank, a deal weighs its orders of cards."""

    num_ranks: int = 3
    num_suits: int = 2
    max_raises: int = 2

    def deals(self) -> list[tuple[Fraction, Deal]]:
        orders = {}
        for deal in itertools.product(range(self.num_ranks), repeat=3):
            orders[deal] = 1
            for position, rank in enumerate(deal):
                orders[deal] *= self.num_suits - deal[:position].count(rank)
        return [(Fraction(n, sum(orders.values())), deal) for deal, n in orders.items() if n]

    def actions(self, history: str) -> str:
        actions = super().actions(history).replace("r", "")
        raises = history.split("/")[-1].count("r")
        return actions + "r" * bool(actions and raises < self.max_raises)

    def infoset(self, deal: Deal, history: str) -> Infoset:
        player = self.player(history)
        return player, deal[player], deal[2] if "/" in history else -1, history

    @staticmethod
    def _strength(card: int, board: int) -> int:
        return card + 100 * (card == board)


def solver_of(sizes: dict[str, int], **training: Any) -> Solver:
    return Solver(
        GameConfig(name="leduc", **sizes),
        MCCFRConfig(num_iterations=1, **training),
        memory_limit_bytes=10**8,
    )


@pytest.mark.parametrize(("sizes", "expected"), SIZES)
def test_infosets_are_those_of_the_rules(sizes: dict[str, int], expected: int) -> None:
    reference = infosets(SizedLeduc(**sizes))
    assert solver_of(sizes).num_infosets == len(reference) == expected


@pytest.mark.parametrize(("sizes", "expected"), SIZES)
def test_values_of_the_uniform_strategy_are_those_of_the_rules(
    sizes: dict[str, int], expected: int
) -> None:
    result = counterfactuals(SizedLeduc(**sizes), lambda infoset, n: [1 / n] * n)
    assert len(result.regrets) == expected
    value = solver_of(sizes).exploitability()[1]
    assert value == pytest.approx(result.value, abs=1e-7)  # a third is a float in the core


def test_full_width_solves_the_large_game() -> None:
    solver = solver_of(LARGE, sampling="full_width", discount_mode="cfr_plus", discount_interval=1)
    found = [solver.exploitability()[0]]
    for iterations in (20, 180, 800):
        solver.run(iterations, 1e9)
        found.append(solver.exploitability()[0])
    assert found[0] > 3
    assert found[1] < 0.3
    assert found[2] < 0.01
    assert found[3] < 0.001


def test_the_configuration_of_the_large_game_trains() -> None:
    path = Path(__file__).parents[2] / "configs" / "leduc-large.yaml"
    run = load_run_config(path, {})
    assert run.game == GameConfig(name="leduc", **LARGE)
    solver = Solver(run.game, run.training, memory_limit_bytes=10**8)
    before = solver.exploitability()[0]
    solver.run(50_000, 1e9)
    assert solver.exploitability()[0] < before / 10


@pytest.mark.parametrize(("sizes", "most_lost"), [({}, 13), ({"max_raises": 1}, 7), (LARGE, 25)])
def test_pruning_begins_at_a_thousand_times_what_can_be_lost(
    sizes: dict[str, int], most_lost: int
) -> None:
    game = GameConfig(name="leduc", **sizes)
    assert default_pruning_threshold(game) == -1000 * most_lost
    assert default_pruning_threshold(GameConfig(name="kuhn")) == -2000
    assert default_pruning_threshold(GameConfig(stacks=[500, 900])) == -900_000
