"""Restoring a run: the bytes of its checkpoint are read once, and refusals read none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from holdem.checkpoint.store import find_checkpoint
from holdem.config import load_run_config
from holdem.errors import CheckpointError, IncompatibleCheckpointError
from holdem.mccfr.instance import Instance
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


def no_longer_there(source: Path) -> None:
    source.rename(source.with_name("archived"))


def damaged(source: Path) -> None:
    (source / "checkpoints" / "checkpoint_iter100.pkl").write_bytes(b"torn")


@pytest.mark.parametrize("harm", [no_longer_there, damaged])
def test_what_to_resume_from_is_needed_until_there_is_progress_of_its_own(
    tmp_path: Path, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    train(run_config(), tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "spare")
    train(run_config(num_iterations=200), tmp_path / "b", tmp_path / "a")
    harm(tmp_path / "a")
    requeued = run_config(num_iterations=300)
    train(requeued, tmp_path / "b", tmp_path / "a")
    assert "progress of its own, which wins" in caplog.text
    assert (tmp_path / "b" / "checkpoints" / "checkpoint_iter300.pkl").exists()
    with (
        pytest.raises(CheckpointError),
        open_run(RunOrder(requeued, tmp_path / "c", tmp_path / "a")),
    ):
        pass
    assert not (tmp_path / "c").exists()


def test_an_older_checkpoint_of_the_same_directory_is_not_passed_over_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(run_config(checkpoint_interval=60), tmp_path)
    older = tmp_path / "checkpoints" / "checkpoint_iter60.pkl"
    with open_run(RunOrder(run_config(num_iterations=200), tmp_path, older)) as trainer:
        assert trainer.solver.iteration == 100
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert f"{older} is passed over" in said[0]
    assert "name a new --logdir" in said[0]
    with open_run(RunOrder(run_config(num_iterations=200), tmp_path / "new", older)) as trainer:
        assert trainer.solver.iteration == 60


ANOTHER_RUN = {
    "game": {"game": {"name": "leduc"}},
    "players": {"game": {"name": "kuhn", "num_players": 3}},
    "seed": {"seed": 9},
    "sampler": {"sampling": "full_width"},
    "discounting": {"discount_interval": 7},
}


@pytest.mark.parametrize("changes", ANOTHER_RUN.values(), ids=ANOTHER_RUN)
@pytest.mark.parametrize("iterations", [100, 200], ids=["complete", "not_complete"])
def test_another_run_is_not_called_complete(
    tmp_path: Path, changes: dict[str, object], iterations: int
) -> None:
    """Whose checkpoint it is comes before how far it is."""
    train(run_config(), tmp_path / "a")
    run = run_config(**{"num_iterations": iterations} | changes)
    for logdir in (tmp_path / "a", tmp_path / "b"):
        with (
            pytest.raises(IncompatibleCheckpointError, match="belongs to another run: config"),
            open_run(RunOrder(run, logdir, tmp_path / "a")),
        ):
            pass


def instance(number: int) -> Instance:
    return Instance(number, count=3)


def test_every_instance_of_a_run_can_go_on_alone(tmp_path: Path) -> None:
    """Exactly as it would have among the others."""
    for number in range(3):
        there = tmp_path / f"instance_{number}"
        with open_run(RunOrder(run_config(), there, instance=instance(number))) as trainer:
            trainer.train()
        train(run_config(num_iterations=150), tmp_path / f"alone{number}", there)
        alone = tmp_path / f"alone{number}"
        train(run_config(num_iterations=200), alone, alone)
        longer = run_config(num_iterations=200)
        with open_run(RunOrder(longer, there, there, instance(number))) as trainer:
            trainer.train()
        for name in ("checkpoint_iter200.pkl", "checkpoint_iter200_regrets.pkl"):
            together = (there / "checkpoints" / name).read_bytes()
            assert (alone / "checkpoints" / name).read_bytes() == together
        ours, theirs = find_checkpoint(alone).metadata, find_checkpoint(there).metadata
        assert ours["history"] == theirs["history"]  # so that a merge counts it once
