"""A run that goes through real checkpoints ends in the bytes of a run that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdem.checkpoint.store import CheckpointStore
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

ITERATIONS = 500
CUTS = (100, 101, 257, 499)


def make_solver(name: str, num_players: int, sampling: str, discount: str) -> Solver:
    training = MCCFRConfig(
        num_iterations=ITERATIONS,
        sampling=sampling,
        discount_mode=discount,
        discount_interval=10,
        dcfr_beta=0.5,
        seed=9,
        enable_pruning=True,
        pruning_threshold=-10.0,
    )
    game = GameConfig(name=name, num_players=num_players)
    return Solver(game, training, memory_limit_bytes=1 << 26, instance=2)


@pytest.mark.parametrize("discount", ["none", "linear", "dcfr"])
@pytest.mark.parametrize("sampling", ["external", "outcome", "full_width"])
@pytest.mark.parametrize(("name", "num_players"), [("kuhn", 2), ("kuhn", 3), ("leduc", 2)])
def test_cuts_through_checkpoints_do_not_matter(
    tmp_path: Path, name: str, num_players: int, sampling: str, discount: str
) -> None:
    whole = make_solver(name, num_players, sampling, discount)
    whole.run(ITERATIONS, 1e9)

    store = CheckpointStore(tmp_path / "checkpoints")
    solver = make_solver(name, num_players, sampling, discount)
    for cut in CUTS:
        solver.run(cut - solver.iteration, 1e9)
        store.save(
            solver.iteration, solver.policy_content(), solver.regret_content(), solver.metadata()
        )
        solver = make_solver(name, num_players, sampling, discount)
        solver.restore(store.list()[-1])
        assert solver.iteration == cut
    solver.run(ITERATIONS - solver.iteration, 1e9)

    assert solver.regrets.tobytes() == whole.regrets.tobytes()
    assert solver.strategy_sums.tobytes() == whole.strategy_sums.tobytes()
    assert solver.nodes().tobytes() == whole.nodes().tobytes()
    assert solver.metadata() == whole.metadata()
    assert solver.exploitability() == whole.exploitability()
