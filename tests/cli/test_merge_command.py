"""``holdem merge`` as a user types it: what it prints, writes and leaves behind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.cli import chart, evaluate, merge, train_blueprint
from holdem.errors import CheckpointError
from holdem.mccfr.merge import merge_checkpoints
from holdem.types import GameConfig
from instance_runs import (
    KUHN3,
    LEDUC,
    change_metadata,
    saved_bytes,
    tables,
    train_instances,
)

SMALL_HOLDEM = GameConfig(
    stacks=2000,
    bets=dict.fromkeys(("preflop", "flop", "turn", "river"), "1 a"),
    raise_cap={"preflop": 2, "flop": 1, "turn": 1, "river": 1},
)


def call(app: Any, *words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def assert_refused(result: Result, message: str) -> None:
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.output


@pytest.fixture(scope="module")
def leduc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_instances(tmp_path_factory.mktemp("leduc") / "run", LEDUC, [300, 400, 200])


@pytest.fixture(scope="module")
def holdem(tmp_path_factory: pytest.TempPathFactory, holdem_buckets: Path) -> Path:
    run = tmp_path_factory.mktemp("holdem") / "run"
    return train_instances(run, SMALL_HOLDEM, [400, 300], buckets=holdem_buckets)


def test_it_says_what_was_merged(leduc: Path, tmp_path: Path) -> None:
    result = call(merge.app, leduc, "-o", tmp_path / "merged")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"merged      {leduc}/instance_0/checkpoints/checkpoint_iter300.pkl")
    assert lines[0].endswith("seed 0, instance 0, 300 iterations")
    assert lines[-2] == "iterations  900 in all"
    assert lines[-1] == f"checkpoint  {tmp_path}/merged/checkpoints/checkpoint_iter400.pkl"
    assert result.stderr == ""


def test_json_for_programs(leduc: Path, tmp_path: Path) -> None:
    instance = leduc / "instance_0"
    result = call(merge.app, leduc, instance, "--out", tmp_path / "merged", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["iteration"] == 400
    assert said["total_iterations"] == 900
    assert [one["iterations"] for one in said["merged"]] == [300, 400, 200]
    assert [one["instance"] for one in said["merged"]] == [0, 1, 2]
    (left_out,) = said["left_out"]
    assert left_out["path"] == str(find_checkpoint(instance).policy_path)
    assert find_checkpoint(tmp_path / "merged").policy_path == Path(said["checkpoint"])


def test_one_alone_is_merged_and_said_so(leduc: Path, tmp_path: Path) -> None:
    result = call(merge.app, leduc / "instance_1", "-o", tmp_path / "merged")
    assert result.exit_code == 0, result.output
    assert "one checkpoint alone: the strategy is the same as before" in result.stdout
    assert (tables(tmp_path / "merged")[1] == tables(leduc / "instance_1")[1]).all()


@pytest.mark.parametrize(
    "named",
    ["instance_1", "instance_1/checkpoints", "instance_1/checkpoints/checkpoint_iter400.pkl"],
)
def test_all_ways_to_name_a_checkpoint(leduc: Path, tmp_path: Path, named: str) -> None:
    result = call(merge.app, leduc / "instance_0", leduc / named, "-o", tmp_path / "merged")
    assert result.exit_code == 0, result.output
    merge_checkpoints([leduc / "instance_0", leduc / "instance_1"], tmp_path / "other")
    assert saved_bytes(tmp_path / "merged") == saved_bytes(tmp_path / "other")


def test_refusals_are_one_line_and_write_nothing(leduc: Path, tmp_path: Path) -> None:
    out = tmp_path / "merged"
    kuhn = train_instances(tmp_path / "kuhn", KUHN3, [10])
    assert_refused(call(merge.app, tmp_path / "none", "-o", out), "neither a run directory")
    assert_refused(call(merge.app, leduc, kuhn, "-o", out), "configuration.game.name is")
    assert_refused(call(merge.app, leduc, "-o", leduc / "merged"), "lies in")
    assert_refused(call(merge.app, leduc, "-o", kuhn), "holds a run already")
    assert_refused(call(merge.app, leduc, "-o", out, "--buckets", out), "leduc has none")
    copy = shutil.copytree(leduc, tmp_path / "copy")
    change_metadata(copy / "instance_2", bucket_hash="00ff")
    assert_refused(call(merge.app, copy, "-o", out), "they were trained with different buckets")
    change_metadata(copy / "instance_1", format_version=7)
    assert_refused(call(merge.app, copy, "-o", out), "this library")
    assert not out.exists()
    assert not (leduc / "merged").exists()


def test_a_damaged_newest_checkpoint_is_named(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [200, 200], checkpoint_interval=100)
    (run / "instance_2").mkdir()
    newest = find_checkpoint(run / "instance_1")
    newest.regrets_path.write_bytes(newest.regrets_path.read_bytes()[:-1])
    result = call(merge.app, run, "-o", tmp_path / "merged")
    assert result.exit_code == 0, result.output
    assert f"Checkpoint 200 is damaged: {newest.regrets_path}" in result.stderr
    assert f"{run}/instance_2 is left out: it has no checkpoint" in result.stderr
    assert f"{run}/instance_1/checkpoints/checkpoint_iter100.pkl" in result.stdout


# What a merged checkpoint is good for ------------------------------------------------------------


def test_a_merged_run_is_trained_on_with_its_own_configuration(leduc: Path, tmp_path: Path) -> None:
    out = tmp_path / "merged"
    merge_checkpoints([leduc], out)
    words = ["--config", out / "config.yaml", "--iters", 700, "--no-tensorboard"]
    later = call(train_blueprint.app, *words, "--logdir", tmp_path / "on", "--resume-from", out)
    assert later.exit_code == 0, later.output
    assert find_checkpoint(tmp_path / "on").iteration == 700
    in_place = call(train_blueprint.app, *words, "--logdir", out, "--resume-from", out)
    assert in_place.exit_code == 0, in_place.output
    assert saved_bytes(out)[:2] == saved_bytes(tmp_path / "on")[:2]


@pytest.mark.parametrize("game", [LEDUC, KUHN3], ids=["leduc", "kuhn3"])
def test_a_merged_toy_game_is_evaluated(tmp_path: Path, game: GameConfig) -> None:
    run = train_instances(tmp_path / "run", game, [300, 200])
    merge_checkpoints([run], tmp_path / "merged")
    result = call(evaluate.app, tmp_path / "merged", "--json")
    assert result.exit_code == 0, result.output


def test_merged_holdem_is_evaluated_and_charted(
    holdem: Path, tmp_path: Path, holdem_buckets: Path
) -> None:
    out = tmp_path / "merged"
    result = call(merge.app, holdem, "-o", out)
    assert result.exit_code == 0, result.output
    assert yaml.safe_load((out / "config.yaml").read_text())["buckets"] == str(holdem_buckets)
    assert (
        call(evaluate.app, out, "--deals", 200, "--against", holdem / "instance_0").exit_code == 0
    )
    assert call(chart.app, out).exit_code == 0
    sums = [tables(holdem / f"instance_{number}")[1] for number in range(2)]
    assert (tables(out)[1] == sums[0] + sums[1]).all()


def test_buckets_that_no_run_names_have_to_be_given(
    holdem: Path, tmp_path: Path, holdem_buckets: Path, coarse_buckets: Path
) -> None:
    moved = [tmp_path / "a", tmp_path / "b"]
    for number, place in enumerate(moved):
        shutil.copytree(holdem / f"instance_{number}" / "checkpoints", place)
    out = tmp_path / "merged"
    bucket_hash = find_checkpoint(holdem / "instance_0").metadata["bucket_hash"]
    assert_refused(call(merge.app, *moved, "-o", out), f"(hash {bucket_hash}) is neither beside it")
    wrong = call(merge.app, *moved, "-o", out, "--buckets", coarse_buckets)
    assert_refused(wrong, f"which have the hash {bucket_hash}")
    assert not out.exists()
    assert call(merge.app, *moved, "-o", out, "--buckets", holdem_buckets).exit_code == 0
    merge_checkpoints([holdem], tmp_path / "other")
    assert saved_bytes(out) == saved_bytes(tmp_path / "other")


# Writing -----------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from holdem.checkpoint import files
from holdem.mccfr.merge import merge_checkpoints
files.Checkpoint.commit = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
merge_checkpoints([Path(sys.argv[1])], Path(sys.argv[2]))
"""


def test_a_kill_leaves_no_half_checkpoint_and_the_next_try_works(
    leduc: Path, tmp_path: Path
) -> None:
    out = tmp_path / "merged"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(leduc), str(out)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list((out / "checkpoints").iterdir())
    assert CheckpointStore(out / "checkpoints").list() == []
    with pytest.raises(CheckpointError):
        find_checkpoint(out)
    merge_checkpoints([leduc], out)
    find_checkpoint(out).verify()


def test_a_write_that_fails_leaves_nothing(
    leduc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("holdem.checkpoint.store.write_stream", full)
        assert_refused(call(merge.app, leduc, "-o", tmp_path / "merged"), "No space left")
        assert list(tmp_path.iterdir()) == []
    with monkeypatch.context() as patched:
        patched.setattr("holdem.checkpoint.run_directory.replace_file", full)
        assert_refused(call(merge.app, leduc, "-o", tmp_path / "merged"), "No space left")
        assert list(tmp_path.iterdir()) == []


MEASURED = """
import resource, sys
from pathlib import Path
from holdem.mccfr.merge import merge_checkpoints
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
merge_checkpoints([Path(sys.argv[1])], Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_memory_holds_the_tables_of_one_instance(tmp_path: Path, holdem_buckets: Path) -> None:
    menus = dict.fromkeys(("preflop", "flop", "turn", "river"), "0.5 1 2 a")
    large = GameConfig(stacks=20000, bets=menus, raise_cap=4)
    run = train_instances(tmp_path / "run", large, [50] * 3, buckets=holdem_buckets)
    size = find_checkpoint(run / "instance_0").size_bytes
    assert size > 100e6
    words = [sys.executable, "-c", MEASURED, str(run), str(tmp_path / "merged")]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert int(done.stdout) * 1024 < 1.25 * size + 50e6
