"""Runs of the real command with several workers: cut anywhere, they end in the same bytes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import yaml

from chunked_runs import data_files, metadata, start, train, train_to_the_end, wait_until
from holdem.types import STREETS

ITERATIONS = 4000
SETTINGS = {
    "num_iterations": ITERATIONS,
    "update_batch": 5,  # from iteration 500 on
    "discount_interval": 100,
    "checkpoint_interval": 500,
    "tensorboard": False,
    "buckets": "lossless",
    "sampling": "external",
}
GAME = {"ranks": 3, "stacks": 1000, "bets": dict.fromkeys(STREETS, "1")}
CASES = {
    "two players, pruning": (2, {"enable_pruning": True, "pruning_threshold": -2000}),
    "three players, dcfr": (3, {"discount_mode": "dcfr"}),
}


@pytest.fixture(params=CASES)
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Hold'em with three ranks."""
    num_players, training = CASES[request.param]
    game = GAME | {"num_players": num_players}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(SETTINGS | training | {"game": game}))
    return path


def test_a_run_cut_anywhere_ends_in_the_same_bytes_with_any_workers(
    config: Path, tmp_path: Path
) -> None:
    uncut, chunked, stopped = (tmp_path / name for name in ("uncut", "chunked", "stopped"))
    assert train(config, uncut, "--num-workers", "1")[0] == 0
    flags = ("--chunked", "--chunk-iterations", "1300", "--num-workers", "3")
    assert train_to_the_end(config, chunked, *flags) == 4

    process = start(config, stopped, "--num-workers", "2")
    wait_until(lambda: any(metadata(stopped)))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode in (0, 128 + signal.SIGINT), said
    status, said = train(config, stopped, "--resume-from", str(stopped), "--num-workers", "3")
    assert status in (0, 3), said

    for cut in (chunked, stopped):
        assert data_files(cut, ITERATIONS) == data_files(uncut, ITERATIONS)


def test_a_checkpoint_of_other_batches_is_of_another_run(config: Path, tmp_path: Path) -> None:
    assert train(config, tmp_path / "run", "--iters", "500")[0] == 0
    other = tmp_path / "other.yaml"
    other.write_text(config.read_text().replace("update_batch: 5", "update_batch: 1"))
    status, said = train(other, tmp_path / "next", "--resume-from", str(tmp_path / "run"))
    assert status == 2
    assert "update_batch" in said.splitlines()[-1]
