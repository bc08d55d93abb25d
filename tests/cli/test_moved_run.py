"""A run and its bucket file are moved together: every command finds the file by its hash."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from holdem.cli import chart, evaluate, merge, train_blueprint


def run(command: object, *arguments: object) -> Result:
    result = CliRunner().invoke(command.app, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def link(file: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)
    return place


@pytest.fixture
def moved(holdem_run: Path, coarse_buckets: Path, tmp_path: Path) -> Path:
    """The run where nobody has been, its old path leading nowhere, other buckets beside it."""
    there = tmp_path / "new" / "home" / "runs" / "run"
    shutil.copytree(holdem_run, there)
    settings = yaml.safe_load((there / "config.yaml").read_text())
    settings["buckets"] = str(tmp_path / "old" / "fine.pkl")
    (there / "config.yaml").write_text(yaml.safe_dump(settings))
    link(coarse_buckets, there.parent / "a.pkl")
    return there


def commands(moved: Path, out: Path) -> list[tuple[object, ...]]:
    resume = [*("--logdir", moved, "--resume-from", moved, "--iters", 200_100), "--no-tensorboard"]
    settings = yaml.safe_load((moved / "config.yaml").read_text())
    nameless = out / "nameless.yaml"
    nameless.write_text(yaml.safe_dump(settings | {"buckets": None}))
    return [
        (evaluate, moved, "--deals", 50),
        (chart, moved / "checkpoints" / "checkpoint_iter100000.pkl"),
        (merge, moved, "--out", out / "merged"),
        (train_blueprint, *resume, "--config", nameless),
        (train_blueprint, *resume, "--config", moved / "config.yaml"),
    ]


def test_every_command_finds_it_by_its_hash(
    moved: Path, holdem_buckets: Path, tmp_path: Path
) -> None:
    found = link(holdem_buckets, moved.parent / "b.pkl")
    *others, by_old_path = commands(moved, tmp_path)
    for command, *arguments in others:
        result = run(command, *arguments)
        assert result.exit_code == 0, result.stderr
    settings = yaml.safe_load((moved / "config.yaml").read_text())
    assert Path(settings["buckets"]).samefile(found)
    command, *arguments = by_old_path
    assert run(command, *arguments).exit_code == 3


@pytest.mark.parametrize("place", ["runs/run/b.pkl", "data/b.pkl", "../data/b.pkl"])
def test_it_may_lie_in_several_places(moved: Path, holdem_buckets: Path, place: str) -> None:
    link(holdem_buckets, moved.parents[1] / place)
    assert run(chart, moved).exit_code == 0


def test_a_file_that_cannot_be_found_is_asked_for(
    moved: Path, holdem_buckets: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old" / "fine.pkl"
    for command, *arguments in commands(moved, tmp_path):
        result = run(command, *arguments)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert f"nor at {old}: name it with --buckets" in result.stderr
    link(holdem_buckets, old)  # and where it once was it is found as ever
    assert run(chart, moved).exit_code == 0


def test_what_is_named_is_taken_at_its_word(
    moved: Path, holdem_buckets: Path, tmp_path: Path
) -> None:
    link(holdem_buckets, moved / "b.pkl")
    command, *arguments = commands(moved, tmp_path)[-1]
    result = run(command, *arguments, "--buckets", moved.parent / "a.pkl")
    assert result.exit_code == 2
    assert "Cannot safely resume training with different bucket configuration" in result.stderr
    result = run(chart, moved, "--buckets", moved / "none.pkl")
    assert result.exit_code == 2
    assert "none.pkl" in result.stderr
