"""A run that goes through real checkpoints ends in the bytes of a run that does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from holdem.checkpoint.store import CheckpointStore
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

ITERATIONS = 500
GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2)]
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
@pytest.mark.parametrize(
    ("name", "num_players", "sampling"),
    [
        *(
            (*game, sampling)
            for game in GAMES
            for sampling in ("external", "outcome", "full_width")
        ),
        ("kuhn", 2, "public_chance"),
        ("leduc", 2, "public_chance"),
    ],
)
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


def steep_solver(iteration: int) -> Solver:
    """Returns a solver whose strategy sums are scaled by 2^-32 from some iteration on."""
    training = MCCFRConfig(
        num_iterations=10**9, discount_mode="dcfr", discount_interval=1, dcfr_gamma=4.0
    )
    solver = Solver(GameConfig(name="kuhn"), training, memory_limit_bytes=1 << 26)
    solver.merger(iteration)
    return solver


def test_the_scale_of_strategy_sums_goes_through_checkpoints(tmp_path: Path) -> None:
    """A checkpoint that does not name one, as the first release wrote it, has none."""
    store = CheckpointStore(tmp_path / "checkpoints")
    saved = steep_solver(1_000_000)
    saved.run(1000, 1e9)
    content = saved.policy_content(), saved.regret_content()
    metadata = saved.metadata()
    assert metadata["discount"]["strategy_exponent"] == 32
    store.save(saved.iteration, *content, metadata)

    unscaled = {**metadata, "discount": {**metadata["discount"]}}
    del unscaled["discount"]["strategy_exponent"]
    content[0]["strategy_sums"] = saved.strategy_sums * np.float32(2.0**32)
    store_of_old = CheckpointStore(tmp_path / "old")
    store_of_old.save(saved.iteration, *content, unscaled)

    saved.run(100, 1e9)
    for checkpoints in (store, store_of_old):
        restored = steep_solver(0)
        restored.restore(checkpoints.list()[-1])
        restored.run(100, 1e9)
        assert restored.strategy_sums.tobytes() == saved.strategy_sums.tobytes()
        assert restored.metadata() == saved.metadata()
