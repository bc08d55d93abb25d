"""``python -m holdem.cli.checkpoints``: tables, JSON and exit codes."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checkpoint_samples import flip, save
from holdem.checkpoint.store import CheckpointStore
from holdem.cli.checkpoints import app

RUNNER = CliRunner()


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    store = CheckpointStore(tmp_path / "run" / "checkpoints")
    for iteration in (900, 1000):
        save(store, iteration)
    return store


def test_list_gives_numbers_in_order(store: CheckpointStore) -> None:
    result = RUNNER.invoke(app, ["list", str(store.directory.parent), "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["iteration"] for row in rows] == [900, 1000]
    assert [row["state"] for row in rows] == ["complete", "complete"]
    assert rows[1]["elapsed_seconds"] == 500
    assert rows[1]["path"] == str(store.list()[1].policy_path)
    assert rows[1]["size_bytes"] == store.list()[1].size_bytes
    table = RUNNER.invoke(app, ["list", str(store.directory)])
    assert table.exit_code == 0
    assert table.stdout.index("900") < table.stdout.index("1,000")


def test_verify_reads_everything(store: CheckpointStore) -> None:
    assert RUNNER.invoke(app, ["verify", str(store.directory)]).exit_code == 0
    newest = store.list()[1]
    flip(newest.regrets_path, 5000)
    assert RUNNER.invoke(app, ["list", str(store.directory)]).exit_code == 0
    result = RUNNER.invoke(app, ["verify", str(store.directory), "--json"])
    assert result.exit_code == 1
    rows = json.loads(result.stdout)
    assert [row["state"] for row in rows] == ["sound", "damaged"]
    assert str(newest.regrets_path) in rows[1]["reason"]
    table = RUNNER.invoke(app, ["verify", str(newest.policy_path)])
    assert table.exit_code == 1
    assert newest.regrets_path.name in table.stdout
    assert RUNNER.invoke(app, ["verify", str(store.list()[0].regrets_path)]).exit_code == 0
    assert len(store.list()) == 2  # looking moves nothing


def test_list_sees_what_costs_no_reading(store: CheckpointStore) -> None:
    store.list()[0].policy_path.unlink()
    rows = json.loads(RUNNER.invoke(app, ["list", str(store.directory), "--json"]).stdout)
    assert [row["state"] for row in rows] == ["damaged", "complete"]
    assert "nothing there" in rows[0]["reason"]


def test_what_has_lost_its_metadata_was_saved_when_its_policy_was(store: CheckpointStore) -> None:
    store.list()[1].metadata_path.unlink()
    rows = json.loads(RUNNER.invoke(app, ["list", str(store.directory), "--json"]).stdout)
    assert [row["state"] for row in rows] == ["complete", "damaged"]
    assert abs(datetime.fromisoformat(rows[1]["saved_at"]) - datetime.now(UTC)) < timedelta(days=1)


def test_show_prints_the_newest_sound_metadata(store: CheckpointStore) -> None:
    result = RUNNER.invoke(app, ["show", str(store.directory.parent), "--json"])
    assert json.loads(result.stdout) == store.list()[1].metadata
    flip(store.list()[1].regrets_path, 5000)
    result = RUNNER.invoke(app, ["show", str(store.directory.parent), "--json"])
    assert json.loads(result.stdout)["iteration"] == 900
    table = RUNNER.invoke(app, ["show", str(store.list()[0].policy_path)])
    assert table.exit_code == 0
    assert "elapsed_seconds" in table.stdout


@pytest.mark.parametrize("command", ["list", "verify", "show"])
def test_nothing_to_look_at_is_bad_input(tmp_path: Path, command: str) -> None:
    result = RUNNER.invoke(app, [command, str(tmp_path / "none")])
    assert result.exit_code == 2
    assert str(tmp_path / "none") in result.stderr
    assert result.stdout == ""


def test_show_refuses_what_is_damaged(store: CheckpointStore) -> None:
    for checkpoint in store.list():
        flip(checkpoint.policy_path, 5000)
    result = RUNNER.invoke(app, ["show", str(store.directory)])
    assert result.exit_code == 2
    assert "none of the 2 checkpoints is sound" in result.stderr


def test_it_runs_as_a_module(store: CheckpointStore) -> None:
    command = [sys.executable, "-m", "holdem.cli.checkpoints", "list", str(store.directory)]
    assert "1,000" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_checkpoints_of_several_instances_are_listed_together(tmp_path: Path) -> None:
    for number, iteration in ((0, 5), (1, 7)):
        save(CheckpointStore(tmp_path / f"instance_{number}" / "checkpoints"), iteration)
    rows = json.loads(RUNNER.invoke(app, ["list", str(tmp_path), "--json"]).stdout)
    assert [(row["instance"], row["iteration"]) for row in rows] == [(0, 5), (1, 7)]
    assert "instance" in RUNNER.invoke(app, ["list", str(tmp_path)]).stdout
    shown = RUNNER.invoke(app, ["show", str(tmp_path)])
    assert shown.exit_code == 2
    assert "it holds several instances (2)" in shown.stderr.replace("\n", " ")
