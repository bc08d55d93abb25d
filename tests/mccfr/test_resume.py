"""Restoring a run: the bytes of its checkpoint are read once, and refusals read none."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdem.config import load_run_config
from holdem.errors import CheckpointError, HoldemError
from holdem.mccfr.order import RunOrder
from holdem.mccfr.run import RunAlreadyComplete, open_run
from holdem.storage import datafile
from holdem.types import RunConfig


def run_config(num_players: int = 2, **settings: object) -> RunConfig:
    defaults = {
        "num_iterations": 100,
        "tensorboard": False,
        "game": {"name": "kuhn", "num_players": num_players},
    }
    return load_run_config(None, defaults | settings)


def train(run: RunConfig, logdir: Path, resume_from: Path | None = None) -> None:
    with open_run(RunOrder(run, logdir, resume_from)) as trainer:
        trainer.train()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lists the files of which every byte has been read."""
    read: list[str] = []
    read_range = datafile._core.read_range

    class Core:
        def __getattr__(self, name: str) -> object:
            return getattr(datafile_core, name)

        def read_range(self, *arguments: object) -> object:
            read.append(Path(str(arguments[-1])).name)
            return read_range(*arguments)

    datafile_core = datafile._core
    monkeypatch.setattr(datafile, "_core", Core())
    return read


BOTH_FILES = ["checkpoint_iter100.pkl", "checkpoint_iter100_regrets.pkl"]


@pytest.mark.parametrize("num_players", [2, 3])
def test_a_resume_reads_the_bytes_once(tmp_path: Path, reads: list[str], num_players: int) -> None:
    train(run_config(num_players), tmp_path)
    reads.clear()
    with open_run(RunOrder(run_config(num_players, num_iterations=200), tmp_path, tmp_path)):
        assert sorted(reads) == BOTH_FILES


@pytest.mark.parametrize("source", ["a", "a/checkpoints", "a/checkpoints/checkpoint_iter100.pkl"])
def test_so_does_one_from_elsewhere(tmp_path: Path, reads: list[str], source: str) -> None:
    train(run_config(), tmp_path / "a")
    reads.clear()
    with open_run(RunOrder(run_config(num_iterations=200), tmp_path / "b", tmp_path / source)):
        assert sorted(reads) == BOTH_FILES


def test_a_requeued_chunk_does_not_read_the_run_it_came_from(
    tmp_path: Path, reads: list[str]
) -> None:
    train(run_config(), tmp_path / "a")
    chunks = {"enable_chunked_training": True, "chunk_size_iterations": 50, "num_iterations": 900}
    train(run_config(**chunks), tmp_path / "b", tmp_path / "a")
    reads.clear()
    with open_run(RunOrder(run_config(**chunks), tmp_path / "b", tmp_path / "a")):
        assert sorted(reads) == ["checkpoint_iter150.pkl", "checkpoint_iter150_regrets.pkl"]


def test_a_run_that_does_not_fit_is_refused_before_its_tables_are_read(
    tmp_path: Path, reads: list[str]
) -> None:
    train(run_config(), tmp_path)
    reads.clear()
    with (
        pytest.raises(CheckpointError, match=r"configuration\.training\.seed"),
        open_run(RunOrder(run_config(num_iterations=200, seed=1), tmp_path, tmp_path)),
    ):
        pass
    assert reads == []


def test_a_complete_run_is_complete_only_if_its_bytes_are_right(tmp_path: Path) -> None:
    run = run_config(checkpoint_interval=60)
    train(run, tmp_path)
    with pytest.raises(RunAlreadyComplete), open_run(RunOrder(run, tmp_path, tmp_path)):
        pass
    (tmp_path / "checkpoints" / "checkpoint_iter100.pkl").write_bytes(b"torn")
    with open_run(RunOrder(run, tmp_path, tmp_path)) as trainer:
        assert trainer.solver.iteration == 60


def test_what_to_resume_from_has_to_exist(tmp_path: Path) -> None:
    train(run_config(), tmp_path / "a")
    with (
        pytest.raises(HoldemError, match="neither a run directory"),
        open_run(RunOrder(run_config(num_iterations=200), tmp_path / "a", tmp_path / "gone")),
    ):
        pass
