"""A run with compact tables: saved, continued, opened and evaluated like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from holdem import _core
from holdem.errors import IncompatibleCheckpointError
from holdem.evaluation.exploitability import exact_exploitability
from holdem.evaluation.exploiter import train_exploiter
from holdem.mccfr.merge import merge_checkpoints
from holdem.policy.policy import Policy
from trained_runs import policy_files, train

CONFIG = """
num_iterations: 3000
checkpoint_interval: 1000
discount_interval: 70
discount_mode: dcfr
sampling: public_chance
storage: compact
game: {name: leduc}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("compact") / "run", CONFIG)


def test_a_cut_run_ends_in_the_same_bytes(run: Path, tmp_path: Path) -> None:
    cut = train(tmp_path / "cut", CONFIG, "--iters", "1000")
    train(cut, CONFIG, "--resume-from", cut)
    for name in ("checkpoint_iter3000.pkl", "checkpoint_iter3000_regrets.pkl"):
        whole = (run / "checkpoints" / name).read_bytes()
        assert (cut / "checkpoints" / name).read_bytes() == whole


def test_its_strategy_is_played_and_valued(run: Path) -> None:
    early, late = (Policy.open(path) for path in (policy_files(run)[0], policy_files(run)[-1]))
    assert late.tree.layout == _core.TableLayout.compact_lane_rows
    for policy in (early, late):
        decision = policy.decision()
        np.testing.assert_allclose(policy.strategy(decision).sum(1), 1, rtol=1e-6)
    first, last = (exact_exploitability(policy).nash_conv_chips for policy in (early, late))
    assert last < first < 0.2
    responses = train_exploiter(late.core, late.core_game, 0, seed=1, iterations=20_000)
    assert responses.tree.layout == _core.TableLayout.street_rows


def test_it_is_merged_with_none(run: Path, tmp_path: Path) -> None:
    other = train(tmp_path / "other", CONFIG, "--seed", "1")
    with pytest.raises(IncompatibleCheckpointError, match="compact, which cannot be merged"):
        merge_checkpoints([run, other], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
