"""Which instances a run has: one answer for training, status, merging and listing."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from holdem.checkpoint.run_directory import RunDirectory, instance_numbers
from holdem.cli import checkpoints, status
from holdem.errors import CheckpointError
from holdem.mccfr.merge import merge_checkpoints
from holdem.mccfr.multi_instance_coordinator import run_instances
from holdem.types import MCCFRConfig, RunConfig
from instance_runs import KUHN, train_instances


def kuhn(count: int, iterations: int) -> RunConfig:
    training = MCCFRConfig(num_iterations=iterations, num_instances=count, tensorboard=False)
    return RunConfig(game=KUHN, training=training)


def looked(run: Path) -> tuple[int, dict]:
    result = CliRunner().invoke(status.app, [str(run), "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_fewer_instances_in_the_same_directory_are_those_of_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = train_instances(tmp_path / "run", KUHN, [300, 300, 250, 250])
    RunDirectory(run).describe(kuhn(4, 1200))
    assert run_instances(kuhn(2, 1200), run, run) == 0
    code, state = looked(run)
    assert (code, state["overall"]) == (0, "complete")
    assert [one["instance"] for one in state["instances"]] == [0, 1]
    assert state["totals"]["iterations"] == state["totals"]["target_iterations"] == 1200
    table = CliRunner().invoke(status.app, [str(run)]).stdout
    assert "fewer instances since: instance_2, instance_3" in " ".join(table.split())
    assert run_instances(kuhn(2, 1200), run, run) == 3

    with caplog.at_level(logging.WARNING, "holdem"):
        merged = merge_checkpoints([run], tmp_path / "merged")
    assert merged.total_iterations == 1200
    assert f"{run / 'instance_3'} is left out: the run has 2 instances since" in caplog.text
    every = [run, run / "instance_2", run / "instance_3"]
    assert merge_checkpoints(every, tmp_path / "all").total_iterations == 1700
    listed = CliRunner().invoke(checkpoints.app, ["list", str(run), "--json"]).stdout
    assert {row["instance"] for row in json.loads(listed)} == {0, 1}


@pytest.mark.parametrize("name", ["instance_9999", "instance_1000", "instance_-1", "instance_01"])
def test_a_directory_of_any_number_costs_a_line_at_most(tmp_path: Path, name: str) -> None:
    run = train_instances(tmp_path / "run", KUHN, [100, 100])
    (run / name).mkdir()
    for config in (True, False):
        if config:
            RunDirectory(run).describe(kuhn(2, 200))
        else:
            RunDirectory(run).config.unlink()
        instances = [one["instance"] for one in looked(run)[1]["instances"]]
        assert instances in ([0, 1], [0, 1, 1000])
        assert RunDirectory(run).instances() == instances
        assert merge_checkpoints([run], tmp_path / f"{config}").total_iterations == 200
    with pytest.raises(CheckpointError, match="none of its instances has a checkpoint"):
        merge_checkpoints([empty(tmp_path)], tmp_path / "merged")


def empty(tmp_path: Path) -> Path:
    run = tmp_path / "empty"
    (run / "instance_700").mkdir(parents=True)
    return run


@pytest.mark.parametrize(
    ("count", "found", "numbers"),
    [
        (3, [], [0, 1, 2]),
        (2, [0, 1, 2, 3], [0, 1]),
        (None, [], []),
        (None, [0, 2], [0, 1, 2]),
        (None, [0, 900], [0, 900]),
    ],
)
def test_the_configuration_says_it_and_else_what_is_there(
    count: int | None, found: list[int], numbers: list[int]
) -> None:
    assert instance_numbers(count, found) == numbers
