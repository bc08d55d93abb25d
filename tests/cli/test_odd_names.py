"""Every command with names of files that are odd, or that no file can have."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
import yaml

from holdem.cli.main import main
from holdem.config import load_run_config, resolved_settings
from holdem.mccfr.messages import WorkerOrder, read_order, to_line
from holdem.mccfr.order import RunOrder

LONG_NAME = "x" * 300
ODD_NAMES = [os.fsdecode(b"not \xff UTF-8"), "a line\nand \x1b[31mred", "50 % [red]{x} \u202e"]
KUHN = "num_iterations: 200\ncheckpoint_interval: 100\ngame: {name: kuhn}\n"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a command in this process; returns its status and what it said."""
    monkeypatch.chdir(tmp_path)
    Path("kuhn.yaml").write_text(KUHN)

    def command(*words: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["holdem", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return command


@pytest.mark.parametrize(
    "words",
    [
        ["build-buckets", "--out"],
        ["buckets", "info"],
        ["buckets", "show"],
        ["train-blueprint", "--config", "kuhn.yaml", "--logdir"],
        ["train-blueprint", "--logdir", "a", "--config"],
        ["train-blueprint", "--config", "kuhn.yaml", "--logdir", "a", "--resume-from"],
        ["merge", "-o", "out"],
        ["merge", "kuhn.yaml", "-o"],
        ["checkpoints", "list"],
        ["checkpoints", "verify"],
        ["checkpoints", "show"],
        ["status"],
        ["evaluate"],
        ["chart"],
    ],
)
def test_names_that_no_file_can_have_are_one_line(command, words: list[str]) -> None:
    Path("loop").symlink_to("loop")
    for name in (LONG_NAME, f"{LONG_NAME}/b", "loop", "loop/b", "kuhn.yaml/b"):
        status, _, said = command(*words, name)
        assert status in (1, 2), said
        assert re.fullmatch("holdem.*: .+\n", said)
    assert sorted(path.name for path in Path().iterdir()) == ["kuhn.yaml", "loop"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_run_may_have_any_name_that_a_file_can_have(command, name: str) -> None:
    run, flags = f"{name}/run", ("--config", f"{name}/kuhn.yaml", "--logdir")
    Path(name).mkdir()
    Path("kuhn.yaml").rename(f"{name}/kuhn.yaml")
    assert command("train-blueprint", *flags, run)[0] == 0
    status, _, said = command(
        "train-blueprint", *flags, run, "--resume-from", run, "--iters", "300"
    )
    assert status == 0
    assert "misses lines" not in said
    assert "Successfully resumed from iteration 200" in said
    log = Path(run, "train.log").read_text(encoding="utf-8")
    assert "Saving checkpoint at iteration 300" in log
    assert log.count("checkpoint_iter300.pkl") == 1
    lines = [*log.splitlines(), *said.splitlines()]
    for words in (
        ["status", run],
        ["status", run, "--verify"],
        ["checkpoints", "verify", run],
        ["checkpoints", "show", run],
        ["evaluate", run],
        ["merge", run, "-o", f"{name}/merged"],
    ):
        status, output, said = command(*words)
        assert status == 0, (words, said)
        lines += [*output.splitlines(), *said.splitlines()]
    assert not any(character in line for line in lines for character in "\x1b\u202e\udcff")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_such_names_come_back_from_what_is_written_down(tmp_path: Path, name: str) -> None:
    buckets = tmp_path / name / "b.pkl"
    run = load_run_config(None, {"num_iterations": 5, "buckets": str(buckets)})
    written = tmp_path / "config.yaml"
    written.write_bytes(yaml.safe_dump(resolved_settings(run)).encode())
    assert load_run_config(written, {}).buckets == buckets
    order = WorkerOrder(RunOrder(run, buckets.parent, buckets), periodic_lines=False)
    assert read_order(to_line(order)) == order
