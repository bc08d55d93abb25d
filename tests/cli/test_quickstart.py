"""The quickstart: all four steps in a newcomer's directory, and what a failing step leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from holdem.cli import quickstart
from holdem.cli.quickstart import app
from holdem.config import load_run_config

CONFIG = Path(__file__).parents[2] / "configs" / "quickstart.yaml"


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("holdem.cli.quickstart._PRESETS", ("small",))  # seconds instead of a minute
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def test_all_steps_end_well_and_everything_made_is_named(newcomer: Path) -> None:
    flags = ["--config", str(CONFIG), "--seconds", "2", "--deals", "5000"]
    result = CliRunner().invoke(app, flags)
    assert result.exit_code == 0, result.output
    for number in range(1, 5):
        assert f"\n{number}/4  " in result.stdout
    (run,) = (newcomer / "runs").iterdir()
    listed = result.stdout[result.stdout.index("What was made:") :].splitlines()[1:]
    paths = [newcomer / line.split()[-1] for line in listed if line.startswith("  ")]
    assert len(paths) == 6
    assert all(path.exists() for path in paths)
    assert run / "first-decision.png" in paths
    assert newcomer / "data" / "small-buckets.pkl" in paths
    assert "call" in result.stdout
    assert "±" in result.stdout

    again = CliRunner().invoke(app, ["--config", "no.yaml"])
    assert again.exit_code == 2
    assert "was there already" in again.stdout  # the buckets are not built twice
    assert "no.yaml: cannot read the configuration" in again.stderr
    assert list((newcomer / "runs").iterdir()) == [run]


def test_buckets_that_are_not_its_own_stop_it_at_once(newcomer: Path) -> None:
    (newcomer / "data").mkdir()
    (newcomer / "data" / "small-buckets.pkl").write_bytes(b"not buckets")
    result = CliRunner().invoke(app, ["--config", str(CONFIG)])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert not (newcomer / "runs").exists()


def test_a_machine_of_little_memory_gets_buckets_that_need_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for free, preset in ((int(8e9), "quick"), (int(2e9), "small"), (int(1e8), "small")):
        monkeypatch.setattr("holdem.cli.quickstart.available_memory_bytes", lambda free=free: free)
        assert quickstart._preset() == preset


def test_its_configuration_is_a_minute_of_heads_up() -> None:
    run = load_run_config(CONFIG, {"buckets": "data/small-buckets.pkl"})
    assert run.training.time_budget_seconds == 60
    assert run.training.snapshot_interval_seconds == 20
    assert (run.game.num_players, run.game.stacks) == (2, (10_000, 10_000))
