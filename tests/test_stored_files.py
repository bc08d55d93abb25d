"""What an earlier version wrote still loads, and training goes on from it (``data/README.md``)."""

from __future__ import annotations

import lzma
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from holdem.abstraction.bucket_file import NUM_HANDS, load_buckets
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import find_checkpoint
from holdem.config import load_run_config
from holdem.mccfr.order import RunOrder
from holdem.mccfr.run import open_run
from holdem.mccfr.status.progress_file import read_progress
from holdem.mccfr.status.run_state import run_state
from holdem.policy.policy import Policy
from instance_runs import tables
from progress_samples import PROGRESS

DATA = Path(__file__).parent / "data"
VERSIONS = ["0.1"]
RUNS = ["kuhn2", "kuhn3"]  # players


@pytest.fixture(params=VERSIONS)
def stored(request: pytest.FixtureRequest) -> Path:
    return DATA / str(request.param)


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest, stored: Path, tmp_path: Path) -> Path:
    with tarfile.open(stored / "runs.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / str(request.param)


def train(run: Path, logdir: Path, source: Path, iterations: int) -> None:
    config = load_run_config(run / "config.yaml", {"num_iterations": iterations})
    with open_run(RunOrder(config, logdir, source)) as trainer:
        assert trainer.train().complete


def test_a_checkpoint_is_sound_and_goes_on_to_the_same_tables(run: Path, tmp_path: Path) -> None:
    early = Checkpoint(run / "checkpoints", 20)
    early.verify()
    train(run, tmp_path / "on", early.policy_path, 40)
    for ours, theirs in zip(tables(tmp_path / "on"), tables(run), strict=True):
        assert theirs.any()
        np.testing.assert_array_equal(ours, theirs)


def test_a_run_directory_goes_on(run: Path) -> None:
    state = run_state(run, verify=True)
    assert state.overall == "complete"
    assert state.instances[0].checkpoint_verified == "sound"
    train(run, run, run, 60)
    assert find_checkpoint(run).iteration == 60


def test_a_policy_plays(run: Path) -> None:
    policy = Policy.open(find_checkpoint(run).policy_path)
    probabilities = policy.action_probabilities(bucket=0)
    assert len(probabilities) == 2
    assert sum(probabilities.values()) == pytest.approx(1)
    assert len(set(probabilities.values())) == 2  # trained


def test_a_bucket_file_loads(stored: Path, tmp_path: Path) -> None:
    path = tmp_path / "buckets.pkl"
    with lzma.open(stored / "buckets.pkl.xz") as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file, 1 << 20)
    buckets = load_buckets(path)  # which verifies every byte
    assert buckets.num_buckets == (169, 300, 7, 7)
    for street, hands in zip(buckets.streets, NUM_HANDS, strict=True):
        last = np.arange(hands - 1000 if hands > 1000 else 0, hands)
        np.testing.assert_array_equal(street.ids[last], last % street.num_buckets)


def test_a_progress_file_says_the_same(stored: Path) -> None:
    assert read_progress(stored / "instance_1_progress.json") == PROGRESS
