"""Event files cut back to a step, read by TensorBoard's own loaders and by tbparse."""

from __future__ import annotations

import logging
import os
import random
import warnings
from pathlib import Path

import pytest
from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboardX.record_writer import masked_crc32c

from fakes import FakeClock, FakeSolver, FakeStore
from holdem.mccfr.observers import event_files
from holdem.mccfr.observers.event_files import cut_event_files, new_event_file
from holdem.mccfr.observers.metrics import TensorBoardMetrics
from holdem.mccfr.trainer import Trainer
from holdem.types import MCCFRConfig

TAG = "memory/infosets"


def train(directory: Path, end: int, start: int = 0, *, cut: bool = True) -> None:
    """Trains from ``start`` to ``end`` at 1000 iterations a second with a point every second."""
    if cut:
        cut_event_files(directory, start)
    solver = FakeSolver(FakeClock(), iteration=start)
    metrics = TensorBoardMetrics(directory, solver, interval_s=1.0)
    training = MCCFRConfig(num_iterations=end)
    Trainer(training, solver, FakeStore(), observers=[metrics], clock=solver.clock).train()


def files(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


def raw_steps(directory: Path) -> list[int]:
    """Returns the steps of all points in the files, whatever a reader would leave out."""
    return [
        event.step
        for path in files(directory)
        for event in LegacyEventFileLoader(str(path)).Load()
        if event.HasField("summary")
    ]


def check(directory: Path, expected: list[int]) -> None:
    assert raw_steps(directory) == expected
    accumulator = EventAccumulator(str(directory))
    accumulator.Reload()
    assert [point.step for point in accumulator.Scalars(TAG)] == expected
    keeping = EventAccumulator(str(directory), purge_orphaned_data=False)
    keeping.Reload()
    assert [point.step for point in keeping.Scalars(TAG)] == expected
    with warnings.catch_warnings(action="ignore"):  # tbparse is behind pandas
        scalars = SummaryReader(str(directory)).scalars
    assert list(scalars[scalars["tag"] == TAG]["step"]) == expected


def test_without_cutting_there_would_be_duplicates(tmp_path: Path) -> None:
    train(tmp_path, 5000)
    train(tmp_path, 5000, start=2000, cut=False)
    assert raw_steps(tmp_path) == [1000, 2000, 3000, 4000, 5000, 3000, 4000, 5000]


def test_points_after_the_step_are_gone_for_every_reader(tmp_path: Path) -> None:
    train(tmp_path, 5500)
    train(tmp_path, 6000, start=2000)
    check(tmp_path, [1000, 2000, 3000, 4000, 5000, 6000])


def test_several_resumes_some_from_older_checkpoints(tmp_path: Path) -> None:
    train(tmp_path, 3000)
    train(tmp_path, 6000, start=3000)
    train(tmp_path, 5000, start=4000)
    train(tmp_path, 5000, start=4000)  # the same one again
    check(tmp_path, [1000, 2000, 3000, 4000, 5000])
    train(tmp_path, 4000, start=2500)  # older than two files
    check(tmp_path, [1000, 2000, 3500, 4000])
    train(tmp_path, 2000)  # no checkpoint was left: from the beginning
    check(tmp_path, [1000, 2000])
    assert len(files(tmp_path)) == 1


def test_a_process_that_trains_nothing_adds_no_point(tmp_path: Path) -> None:
    train(tmp_path, 3000)
    train(tmp_path, 3000, start=3000)
    check(tmp_path, [1000, 2000, 3000])


def test_nothing_is_rewritten_without_need(tmp_path: Path) -> None:
    train(tmp_path, 3000)
    (file,) = files(tmp_path)
    before = file.stat()
    cut_event_files(tmp_path, 3000)
    assert file.stat() == before


@pytest.mark.parametrize("lost_bytes", [1, 4, 5, 100, 340])
def test_a_torn_last_record_is_cut_off(tmp_path: Path, lost_bytes: int) -> None:
    train(tmp_path, 3000)
    (file,) = files(tmp_path)
    os.truncate(file, file.stat().st_size - lost_bytes)
    train(tmp_path, 4000, start=3000)
    check(tmp_path, [1000, 2000, 4000])


def test_every_length_of_a_torn_file(tmp_path: Path) -> None:
    train(tmp_path / "whole", 3000)
    (whole,) = files(tmp_path / "whole")
    content = whole.read_bytes()
    for length in random.Random(5).sample(range(len(content)), 60):
        directory = tmp_path / f"{length}"
        directory.mkdir()
        (directory / whole.name).write_bytes(content[:length])
        cut_event_files(directory, 3000)
        left = files(directory)
        if left:
            assert content.startswith(left[0].read_bytes())
            steps = raw_steps(directory)
            assert steps == [1000, 2000][: len(steps)]


def test_zeros_where_a_power_cut_lost_the_bytes(tmp_path: Path) -> None:
    train(tmp_path, 3000)
    (file,) = files(tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[:-700] + bytes(700))
    train(tmp_path, 4000, start=3000)
    steps = raw_steps(tmp_path)
    check(tmp_path, steps)
    assert steps[0] == 1000
    assert steps[-1] == 4000


def test_a_changed_byte_costs_its_record_alone(tmp_path: Path) -> None:
    train(tmp_path, 3000)
    (file,) = files(tmp_path)
    content = bytearray(file.read_bytes())
    records = list(event_files._records(bytes(content), True))
    content[records[2].start + 40] ^= 1
    file.write_bytes(content)
    train(tmp_path, 4000, start=3000)
    check(tmp_path, [1000, 3000, 4000])


def test_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    train(tmp_path, 2000)
    cut_event_files(tmp_path, 0)
    assert [path.name for path in files(tmp_path)] == ["notes.txt"]


def test_no_directory_is_no_curve(tmp_path: Path) -> None:
    cut_event_files(tmp_path / "none", 0)
    assert files(tmp_path) == []


def test_a_file_system_that_refuses_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    train(tmp_path, 3000)

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(event_files, "replace_file", full)
    with caplog.at_level(logging.WARNING, "holdem"):
        cut_event_files(tmp_path, 1500)
    assert "TensorBoard scalars after step 1500 stay" in caplog.text
    assert raw_steps(tmp_path) == [1000, 2000, 3000]


def test_names_go_up_in_one_second_and_with_a_clock_set_back(tmp_path: Path) -> None:
    future = tmp_path / "events.out.tfevents.9999999990.host.0.7"
    names = [future]
    future.touch()
    for _ in range(2):
        names.append(new_event_file(tmp_path, "host.0.6"))
        names[-1].touch()
    assert names == sorted(set(names))


def test_records_are_what_tensorboard_writes() -> None:
    for data in (b"", b"\0", b"123456789", bytes(range(256)) * 5):
        expected = masked_crc32c(data).to_bytes(4, "little")
        assert event_files.record(data)[-4:] == expected


@pytest.mark.parametrize("step", [0, 1, 127, 128, 100_000, 2**31, 2**62])
def test_steps_are_read_without_protobuf(step: int) -> None:
    from tensorboardX.proto.event_pb2 import Event

    assert event_files._step(Event(wall_time=1.5, step=step).SerializeToString()) == step
    assert event_files._step(Event(step=step, file_version="x").SerializeToString()) == step
