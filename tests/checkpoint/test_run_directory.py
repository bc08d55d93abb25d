"""Run directories: what is written, and what is refused before anything is written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import holdem
from holdem.checkpoint.run_directory import RunDirectory
from holdem.config import load_run_config
from holdem.errors import RunDirectoryError
from holdem.storage.durable import make_directory


@pytest.fixture
def run():
    return load_run_config(None, {"num_iterations": 5, "seed": 9, "game": {"name": "kuhn"}})


def entries(path: Path) -> list[str]:
    return sorted(str(entry.relative_to(path)) for entry in path.rglob("*"))


def test_writes_configuration_and_versions(tmp_path: Path, run) -> None:
    directory = RunDirectory(tmp_path / "runs" / "a")
    directory.check(resuming=False)
    make_directory(directory.path)
    directory.describe(run)
    assert entries(directory.path) == ["config.yaml", "versions.json"]
    assert load_run_config(directory.config, {}) == run
    versions = json.loads(directory.versions.read_text())
    assert versions["holdem"] == holdem.__version__
    assert versions["numpy"] == np.__version__
    assert versions["seed"] == 9
    assert {"python", "platform", "machine"} <= set(versions)


def test_checking_writes_nothing(tmp_path: Path) -> None:
    RunDirectory(tmp_path / "runs" / "a").check(resuming=False)
    assert entries(tmp_path) == []


@pytest.mark.parametrize("inside", ["description", "checkpoints"])
def test_a_run_that_lives_there_is_never_mixed_with_another(
    tmp_path: Path, run, inside: str
) -> None:
    directory = RunDirectory(tmp_path)
    directory.describe(run) if inside == "description" else directory.checkpoints.mkdir()
    with pytest.raises(RunDirectoryError) as refusal:
        directory.check(resuming=False)
    assert f"--resume-from {tmp_path}" in str(refusal.value)
    assert "new --logdir" in str(refusal.value)
    directory.check(resuming=True)


def test_a_run_of_several_instances_is_no_run_of_one(tmp_path: Path) -> None:
    for name in ("instance_0", "instance_10", "instance_2", "instance_02", "instance_x"):
        (tmp_path / name).mkdir()
    directory = RunDirectory(tmp_path)
    assert directory.instances() == [0, 2, 10]
    for resuming in (False, True):
        with pytest.raises(RunDirectoryError, match=r"several instances \(3\).*--num-instances 3"):
            directory.check(resuming=resuming)
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        directory.check(resuming=False, several=True)
    directory.check(resuming=True, several=True)


def test_a_run_without_instances_is_no_run_of_several(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(RunDirectoryError, match="holds a run without instances"):
        RunDirectory(tmp_path).check(resuming=True, several=True)


@pytest.mark.parametrize("name", ["config.yaml", "versions.json"])
@pytest.mark.parametrize("content", ["# mine\nnum_instances: 4\n", '{"holdem-like": 1}', "[]", ""])
def test_a_file_that_no_run_has_made_is_never_written_over(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    for resuming in (False, True):
        for several in (False, True):
            with pytest.raises(RunDirectoryError, match=f"{name} is not a run's, and a run would"):
                RunDirectory(tmp_path).check(resuming=resuming, several=several)
    assert (tmp_path / name).read_text() == content
    assert not RunDirectory(tmp_path).occupied


def test_other_files_do_not_make_a_run(tmp_path: Path) -> None:
    (tmp_path / "slurm-17.out").write_text("job output")
    RunDirectory(tmp_path).check(resuming=False)


@pytest.mark.parametrize("below", ["", "a", "a/b"])
@pytest.mark.parametrize("resuming", [False, True])
def test_a_file_in_the_way_is_refused(tmp_path: Path, below: str, resuming: bool) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    with pytest.raises(RunDirectoryError, match=f"{file} is not a directory"):
        RunDirectory(file / below).check(resuming=resuming)
    assert file.read_text() == "precious"


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(RunDirectoryError, match=f"{link} is not a directory"):
        RunDirectory(link).check(resuming=False)


@pytest.mark.parametrize("below", ["", "a/b"])
def test_a_directory_that_cannot_be_written_is_refused(
    tmp_path: Path, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0:  # the superuser may write everywhere
        monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    tmp_path.chmod(0o500)
    with pytest.raises(RunDirectoryError, match=f"{tmp_path} cannot be written"):
        RunDirectory(tmp_path / below).check(resuming=False)
    tmp_path.chmod(0o700)


def test_what_the_system_refuses_later_is_one_line_too(tmp_path: Path, run) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunDirectoryError, match="Not a directory"):
        RunDirectory(tmp_path / "file" / "a").create()
    with pytest.raises(RunDirectoryError, match="No such file"):
        RunDirectory(tmp_path / "gone").describe(run)


def test_every_new_directory_is_made_durable_in_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("holdem.storage.durable.fsync_directory", synced.append)
    path = tmp_path / "runs" / "monday" / "a"
    assert make_directory(path) == [path.parents[1], path.parent, path]
    assert synced == [tmp_path, tmp_path / "runs", tmp_path / "runs" / "monday"]
    assert make_directory(path) == []
    assert len(synced) == 3


def test_a_directory_that_has_to_be_there_is_not_made(tmp_path: Path) -> None:
    run = tmp_path / "run"
    for path in (run, run / "a" / "b"):
        with pytest.raises(FileNotFoundError, match="run"):
            make_directory(path, within=run)
    assert entries(tmp_path) == []
    run.mkdir()
    assert make_directory(run / "a" / "b", within=run) == [run / "a", run / "a" / "b"]
