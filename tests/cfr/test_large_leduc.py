"""Leduc with other numbers of ranks, suits and raises, by its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdem.config import identity, load_run_config, resolved_settings
from holdem.mccfr.solver import Solver, default_pruning_threshold
from holdem.types import GameConfig, MCCFRConfig

CONFIG = Path(__file__).parents[2] / "configs" / "leduc-large.yaml"


def decisions(max_raises: int, raises: int = 0, facing: bool = False, checked: bool = False) -> int:
    """Counts the decisions of one street from here on."""
    here = 1
    if raises < max_raises:
        here += decisions(max_raises, raises + 1, facing=True)
    if not facing and not checked:
        here += decisions(max_raises, raises, checked=True)
    return here


def ends(max_raises: int, raises: int = 0, facing: bool = False, checked: bool = False) -> int:
    """Counts the ways in which a street ends without a fold."""
    found = 1 if facing or checked else 0  # a call, or the second check
    if raises < max_raises:
        found += ends(max_raises, raises + 1, facing=True)
    if not facing and not checked:
        found += ends(max_raises, raises, checked=True)
    return found


@pytest.mark.parametrize(
    ("ranks", "suits", "raises"), [(3, 2, 2), (13, 4, 4), (2, 3, 1), (5, 2, 8)]
)
def test_infosets_are_as_many_as_an_enumeration_finds(ranks: int, suits: int, raises: int) -> None:
    game = GameConfig(name="leduc", num_ranks=ranks, num_suits=suits, max_raises=raises)
    solver = Solver(game, MCCFRConfig(num_iterations=1), memory_limit_bytes=1 << 28)
    first, second = decisions(raises), ends(raises) * decisions(raises)
    assert [street.decision_nodes for street in solver.plan()] == [first, second]
    assert solver.num_infosets == ranks * first + ranks * ranks * second
    if (ranks, suits, raises) == (13, 4, 4):
        assert solver.num_infosets == 15_340


def test_the_large_game_converges_by_its_exact_best_response() -> None:
    run = load_run_config(CONFIG, {"sampling": "full_width", "discount_mode": "cfr_plus"})
    training = run.training.model_copy(update={"discount_interval": 1})
    solver = Solver(run.game, training, memory_limit_bytes=1 << 28)
    found = []
    for iterations in (10, 30, 110):
        solver.run(iterations, 1e9)
        found.append(solver.exploitability()[0])
    assert found[0] > 2 * found[1] > 4 * found[2]
    assert found[2] < 0.02


def test_what_the_game_is_belongs_to_the_run(tmp_path: Path) -> None:
    run = load_run_config(CONFIG, {})
    game = {"name": "leduc", "num_players": 2, "num_ranks": 13, "num_suits": 4, "max_raises": 4}
    assert resolved_settings(run)["game"] == game
    assert identity(run)["configuration"]["game"] == game
    for name in ("kuhn", "holdem"):
        other = load_run_config(
            None, {"num_iterations": 1, "game": {"name": name}, "buckets": _buckets(name)}
        )
        assert "num_ranks" not in resolved_settings(other)["game"]


def test_the_pruning_threshold_follows_what_can_be_lost() -> None:
    assert default_pruning_threshold(GameConfig(name="leduc")) == -13_000
    assert default_pruning_threshold(load_run_config(CONFIG, {}).game) == -25_000


def _buckets(name: str) -> str | None:
    return "buckets.pkl" if name == "holdem" else None
