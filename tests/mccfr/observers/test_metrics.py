"""TensorBoard scalars, read back with TensorBoard's own loaders."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from fakes import FakeClock, FakeSolver, FakeStore
from holdem.mccfr.observers.metrics import TensorBoardMetrics
from holdem.mccfr.trainer import Trainer
from holdem.types import MCCFRConfig

TAGS = {
    f"{figure}/{street}"
    for figure in ("mean_positive_regret", "policy_entropy", "visited_share", "pruned_share")
    for street in ("preflop", "flop")
} | {
    "rate/iterations_per_second",
    "rate/nodes_per_second",
    "memory/process_bytes",
    "memory/table_bytes",
    "memory/infosets",
    "schedule/epsilon",
    "schedule/discount_block",
    "schedule/elapsed_seconds",
}


def train(directory: Path, num_iterations: int, start: int = 0) -> None:
    """Trains at 1000 iterations a second and writes a point every second."""
    solver = FakeSolver(FakeClock(), iteration=start)
    metrics = TensorBoardMetrics(directory, solver, interval_s=1.0, instance=3)
    training = MCCFRConfig(num_iterations=num_iterations)
    Trainer(training, solver, FakeStore(), observers=[metrics], clock=solver.clock).train()


def read(directory: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(directory))
    accumulator.Reload()
    return accumulator


def test_every_scalar_is_there_with_the_iteration_as_step(tmp_path: Path) -> None:
    train(tmp_path, 2500)
    events = read(tmp_path)
    assert set(events.Tags()["scalars"]) == TAGS
    for tag in TAGS:
        assert [point.step for point in events.Scalars(tag)] == [1000, 2000, 2500]
    assert [point.value for point in events.Scalars("mean_positive_regret/flop")] == [2.0] * 3
    assert [point.value for point in events.Scalars("schedule/discount_block")] == [1, 2, 2]
    speed = events.Scalars("rate/iterations_per_second")[-1].value
    assert speed == pytest.approx(1000, rel=1e-3)


def test_the_last_point_is_not_written_twice(tmp_path: Path) -> None:
    train(tmp_path, 2000)
    assert [point.step for point in read(tmp_path).Scalars("memory/infosets")] == [1000, 2000]


def test_the_last_point_comes_before_the_last_checkpoint(tmp_path: Path) -> None:
    solver = FakeSolver(FakeClock())
    metrics = TensorBoardMetrics(tmp_path, solver, interval_s=100.0)
    seen = []

    class Store(FakeStore):
        def save(self, *arguments: object) -> object:
            seen.extend(point.step for point in read(tmp_path).Scalars("memory/infosets"))
            return super().save(*arguments)

    training = MCCFRConfig(num_iterations=2500)
    Trainer(training, solver, Store(), observers=[metrics], clock=solver.clock).train()
    assert seen == [2500]


def test_file_names_carry_instance_and_process(tmp_path: Path) -> None:
    train(tmp_path, 1500)
    (file,) = tmp_path.iterdir()
    assert file.name.endswith(f".3.{os.getpid()}")


def test_a_resumed_writer_marks_where_it_begins(tmp_path: Path) -> None:
    train(tmp_path, 2500, start=1000)
    (file,) = tmp_path.iterdir()
    starts = [event.step for event in EventFileLoader(str(file)).Load() if event.session_log.status]
    assert starts == [1001]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_ends_the_scalars_and_not_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = Path("/dev/full").open
    monkeypatch.setattr(Path, "open", lambda path, mode: full("wb"))
    with caplog.at_level(logging.WARNING, "holdem"):
        train(tmp_path, 5500)
    assert caplog.text.count("No space left on device") == 1


def test_a_file_in_the_way_ends_the_scalars_and_not_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tensorboard").write_text("")
    with caplog.at_level(logging.WARNING, "holdem"):
        train(tmp_path / "tensorboard", 5500)
    assert caplog.text.count("TensorBoard scalars end here") == 1


def test_nothing_is_imported_until_the_first_point(tmp_path: Path) -> None:
    program = (
        "import sys, holdem.mccfr.observers.metrics, holdem.mccfr.trainer; "
        "sys.exit('tensorboardX' in sys.modules or 'rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
