"""Progress files: their bytes, and what a reader makes of any others."""

from __future__ import annotations

import json
import threading
from dataclasses import fields, replace
from pathlib import Path

import pytest

from holdem.mccfr.status.progress_file import (
    STATUSES,
    InstanceProgress,
    progress_path,
    read_progress,
    write_progress,
)
from progress_samples import PROGRESS

GOLDEN = """{
  "format": "holdem-progress",
  "format_version": 1,
  "instance": 1,
  "status": "running",
  "iteration_range": [
    1000,
    2000
  ],
  "start_iteration": 0,
  "iteration": 500,
  "target_iteration": 1000,
  "iterations_per_second": 12.5,
  "elapsed_seconds": 40.0,
  "time_budget_seconds": null,
  "remaining_seconds": 40.0,
  "memory_bytes": 123000000,
  "checkpoint_iteration": 400,
  "checkpoint_saved_at": "2026-01-02T03:04:05+00:00",
  "resumed_from": null,
  "restarts": 0,
  "pid": 4321,
  "error": null,
  "updated_at": "2026-01-02T03:05:06+00:00"
}
"""


def test_the_bytes_are_these(tmp_path: Path) -> None:
    write_progress(tmp_path, PROGRESS)
    path = tmp_path / "progress" / "instance_1_progress.json"
    assert path == progress_path(tmp_path, 1)
    assert path.read_text() == GOLDEN
    assert read_progress(path) == PROGRESS


def test_every_field_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "STATUS.md").read_text()
    for field in fields(InstanceProgress):
        assert f"| `{field.name}` |" in text
    for status in STATUSES:
        assert f"`{status}`" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"status": status, "error": "no space left: “/a”", "iteration_range": None}
        for status in STATUSES
    ]
    + [{"time_budget_seconds": 60.5, "target_iteration": None, "remaining_seconds": None}]
    + [{"checkpoint_iteration": None, "checkpoint_saved_at": None, "pid": None}]
    + [{"resumed_from": "runs/a/checkpoints/checkpoint_iter7.pkl", "restarts": 3}],
)
def test_what_is_written_is_read(tmp_path: Path, changes: dict[str, object]) -> None:
    progress = replace(PROGRESS, **changes)
    write_progress(tmp_path, progress)
    assert read_progress(progress_path(tmp_path, 1)) == progress


def test_a_file_cut_short_anywhere_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    whole = GOLDEN.encode()
    for length in range(len(whole) - 1):  # the last byte ends the line, not the object
        path.write_bytes(whole[:length])
        assert read_progress(path) is None, length
        path.write_bytes(whole[:length] + bytes(len(whole) - length))
        assert read_progress(path) is None, length


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "holdem-checkpoint"),
        ("format_version", 2),
        ("instance", "1"),
        ("instance", True),
        ("iteration", 1.5),
        ("iteration", None),
        ("status", "asleep"),
        ("status", []),
        ("iteration_range", [1]),
        ("iteration_range", [1, 2, 3]),
        ("iteration_range", [1, "2"]),
        ("iteration_range", "12"),
        ("elapsed_seconds", "40"),
        ("elapsed_seconds", None),
        ("elapsed_seconds", 10**400),
        ("elapsed_seconds", -1.0),
        ("elapsed_seconds", 1e300),
        ("iteration", -1),
        ("iteration", 2**63),
        ("iteration_range", [0, 10**400]),
        ("pid", 10**30),
        ("error", 7),
        ("updated_at", None),
    ],
)
def test_a_field_of_another_type_makes_it_none(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "progress"
    path.write_text(json.dumps(json.loads(GOLDEN) | {field: value}))
    assert read_progress(path) is None


def test_a_field_that_is_missing_makes_it_none_and_one_more_does_not(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    content = json.loads(GOLDEN)
    for field in content:
        path.write_text(json.dumps({name: content[name] for name in content if name != field}))
        assert read_progress(path) is None, field
    path.write_text(json.dumps(content | {"later": 1}))
    assert read_progress(path) == PROGRESS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 200_000,
        GOLDEN.encode().replace(b"40.0", b"NaN"),
        GOLDEN.encode().replace(b"40.0", b"1e999"),
        GOLDEN.encode() + b" " * 2_000_000 + b"x",
        b"1" * 10_000,
    ],
    ids=range(9),
)
def test_other_content_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "progress"
    path.write_bytes(content)
    expected = PROGRESS if len(content) > 2_000_000 else None
    assert read_progress(path) == expected


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    assert read_progress(tmp_path / "nothing") is None
    assert read_progress(tmp_path) is None
    assert read_progress(tmp_path / "nothing" / "below") is None


def test_a_reader_sees_the_old_or_the_new(tmp_path: Path) -> None:
    progress = [replace(PROGRESS, iteration=n, error="x" * (n % 5000)) for n in range(1000)]
    write_progress(tmp_path, progress[0])
    done = threading.Event()

    def rewrite() -> None:
        for one in progress:
            write_progress(tmp_path, one)
        done.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    last = 0
    while not done.is_set():
        found = read_progress(progress_path(tmp_path, 1))
        assert found is not None
        assert found == progress[found.iteration]
        assert found.iteration >= last
        last = found.iteration
    writer.join()
    assert read_progress(progress_path(tmp_path, 1)) == progress[-1]


def test_what_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    write_progress(tmp_path, PROGRESS)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_progress(tmp_path, replace(PROGRESS, elapsed_seconds=float("inf")))
    with pytest.raises(OSError, match="not-there"):
        write_progress(tmp_path / "not-there", PROGRESS)
    path = progress_path(tmp_path, 2)
    path.mkdir()
    with pytest.raises(OSError, match="instance_2"):
        write_progress(tmp_path, replace(PROGRESS, instance=2))
    path.rmdir()
    assert [one.name for one in path.parent.iterdir()] == ["instance_1_progress.json"]
    assert read_progress(progress_path(tmp_path, 1)) == PROGRESS
