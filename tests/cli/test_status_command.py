"""``holdem status``: runs of the real command, the exit codes, JSON and --watch."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checkpoint_samples import flip, save
from chunked_runs import metadata, start, train, train_to_the_end, wait_until, write_config
from holdem.checkpoint.run_lock import RunLock
from holdem.checkpoint.store import CheckpointStore
from holdem.cli import status
from holdem.mccfr.status.progress_file import write_progress
from holdem.mccfr.status.run_state import run_state
from progress_samples import PROGRESS, make_run
from pseudo_terminal import rest_of

COMMAND = (sys.executable, "-m", "holdem.cli.status")
LONG = 10**12


def look(*words: str | Path) -> Result:
    result = CliRunner().invoke(status.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def looked(run: Path, *flags: str) -> tuple[int, dict[str, object]]:
    """Returns the exit status and the first instance, whose state is that of the run."""
    result = look(run, "--json", *flags)
    content = json.loads(result.stdout)
    assert content["run"] == str(run)
    assert content["totals"]["state"] == content["instances"][0]["state"]
    return result.exit_code, content["instances"][0]


@pytest.mark.parametrize("game", ["kuhn", "leduc"])
def test_a_run_in_chunks_from_its_start_to_its_end(tmp_path: Path, game: str) -> None:
    config = write_config(tmp_path / "run.yaml", game, num_iterations=3000)
    run = tmp_path / "run"
    chunks = ("--chunked", "--chunk-iterations", "1000")
    assert train(config, run, *chunks)[0] == 0
    code, one = looked(run)
    assert (code, one["state"], one["iteration"], one["target_iteration"]) == (
        11,
        "stopped",
        1000,
        3000,
    )
    train_to_the_end(config, run, *chunks)
    code, one = looked(run, "--verify")
    assert (code, one["state"], one["iteration"]) == (0, "complete", 3000)
    assert one["checkpoint_verified"] == "sound"
    assert one["elapsed_seconds"] == metadata(run)[3000]["elapsed_seconds"]
    assert one["resumed_from"] == str(run / "checkpoints" / "checkpoint_iter2000.pkl")
    assert one["start_iteration"] == 2000


@pytest.mark.parametrize(
    ("number", "code", "state"),
    [
        (signal.SIGTERM, 11, "interrupted"),
        (signal.SIGINT, 11, "interrupted"),
        (signal.SIGKILL, 1, "failed"),
    ],
)
def test_a_run_that_trains_and_then_ends(
    tmp_path: Path, number: signal.Signals, code: int, state: str
) -> None:
    config = write_config(
        tmp_path / "run.yaml",
        num_iterations=LONG,
        checkpoint_interval=20_000,
        keep_checkpoints=3,
    )
    run = tmp_path / "run"
    with start(config, run) as process:
        try:
            wait_until(lambda: any((run / "checkpoints").glob("*_metadata.json")))
            running = looked(run)
            assert running[0] == 10
            assert running[1]["state"] == "running"
            assert running[1]["pid"] == process.pid
            assert int(str(running[1]["iteration"])) >= 20_000
            process.send_signal(number)
            process.communicate()
        finally:
            process.kill()
    ended = looked(run, "--verify")
    assert (ended[0], ended[1]["state"]) == (code, state)
    assert ended[1]["iteration"] == max(metadata(run))
    assert ended[1]["checkpoint_verified"] == "sound"
    assert ended[1]["pid"] is None


def test_several_instances(tmp_path: Path) -> None:
    for number in (0, 1):
        make_run(tmp_path / f"instance_{number}", 1000)
        limits = (1000 * number, 1000 * number + 1000)
        one = replace(PROGRESS, instance=number, iteration_range=limits, iteration=1000)
        write_progress(tmp_path, replace(one, status="complete"))
    result = look(tmp_path, "--json")
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert content["overall"] == "complete"
    assert content["totals"] == {
        "state": "complete",
        "iterations": 2000,
        "target_iterations": 2000,
        "done_share": 1.0,
        "iterations_per_second": 0,
        "remaining_seconds": None,
        "restarts": 0,
    }
    assert [one["iteration_range"] for one in content["instances"]] == [[0, 1000], [1000, 2000]]
    table = look(tmp_path, "--verify")
    assert "all" in table.stdout.split()
    assert "Every byte of each newest checkpoint is the one that was saved." in table.stdout
    assert "Every byte" not in look(tmp_path).stdout


def test_damage_is_shown_without_harm(tmp_path: Path) -> None:
    newest = make_run(tmp_path, 400, 500)[1]
    flip(newest.regrets_path, 5000)
    assert look(tmp_path).exit_code == 11
    assert "damaged" not in look(tmp_path).stdout
    result = look(tmp_path, "--verify")
    assert result.exit_code == 11
    assert "instance 0: damaged: " in result.stdout
    assert result.stderr == ""
    assert len(CheckpointStore(tmp_path / "checkpoints").list()) == 2


@pytest.mark.parametrize("name", ["none", "empty", "file"])
@pytest.mark.parametrize("flags", [(), ("--json",), ("--watch",), ("--verify",)])
def test_what_is_no_run_is_refused_in_one_line(
    tmp_path: Path, name: str, flags: tuple[str, ...]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    result = look(tmp_path / name, *flags)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"holdem status: {tmp_path / name}: ")
    assert look().exit_code == 2
    assert look(tmp_path, "--nothing").exit_code == 2


def test_watch_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(tmp_path, 400)
    lock = RunLock(tmp_path)
    lock.acquire()
    looks: list[float] = []

    def later(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:  # the end of a chunk: nobody holds it, and then the next chunk does
            lock.release()
        if len(looks) == 3:
            lock.acquire()
            save(CheckpointStore(tmp_path / "checkpoints"), 1000)
        if len(looks) == 4:
            lock.release()

    monkeypatch.setattr(status.time, "sleep", later)
    result = look(tmp_path, "--watch", "--json", "--verify")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["overall"] for line in lines] == [
        "running",
        "running",
        "stopped",
        "running",
        "complete",
        "complete",
    ]
    assert [line["instances"][0]["checkpoint_verified"] for line in lines[-2:]] == [
        "sizes match",
        "sound",
    ]
    assert result.exit_code == 0
    assert looks == [2.0] * 4


def test_watch_of_a_run_that_has_stopped_looks_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, 400)
    monkeypatch.setattr(status.time, "sleep", lambda seconds: None)
    result = look(tmp_path, "--watch")
    assert result.exit_code == 11
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("instance 0: interrupted, iteration 400 of") for line in lines)


def test_ctrl_c_ends_a_watch_with_the_status_of_the_run(tmp_path: Path) -> None:
    make_run(tmp_path, 400)
    with RunLock(tmp_path):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*COMMAND, str(tmp_path), "--watch"],
            stdout=theirs,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        ) as process:
            os.close(theirs)
            screen = b""
            while b"running" not in screen:
                screen += os.read(ours, 4096)
            process.send_signal(signal.SIGINT)
            screen += rest_of(ours)
    assert process.returncode == 10
    assert b"running" in screen
    assert b"Traceback" not in screen


def test_it_runs_as_a_command(tmp_path: Path) -> None:
    make_run(tmp_path, 1000)
    result = subprocess.run([*COMMAND, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1].split()[:3] == ["instance", "state", "iteration"]


def test_help_has_the_exit_codes_of_the_page(tmp_path: Path) -> None:
    said = " ".join(look("--help").stdout.split())
    page = (Path(__file__).parents[2] / "docs" / "STATUS.md").read_text()
    for code, word in (
        (0, "complete"),
        (10, "running"),
        (11, "stopped"),
        (1, "failed"),
        (2, "not"),
    ):
        assert f"{code} {word}" in said
        assert f"| {code} |" in page


def test_what_a_file_says_moves_no_cursor_and_ends_no_line(tmp_path: Path) -> None:
    make_run(tmp_path / "instance_0", 400)
    make_run(tmp_path / "instance_1")
    odd = "no \x1b[2Jroom\r\n\u202eleft"
    said = replace(PROGRESS, instance=0, status="failed", error=odd, resumed_from=odd)
    write_progress(tmp_path, said)
    (tmp_path / "instance_1" / "run.lock").write_text(
        json.dumps({"pid": 1, "host": "\x1b[31mhost\n", "started": odd})
    )
    (tmp_path / "instance_1" / "config.yaml").write_text("seed: '\u009b'")
    os.utime(tmp_path / "instance_0" / "checkpoints" / "checkpoint_iter400_metadata.json", (0, 0))
    table = look(tmp_path)
    assert r"no \x1b[2Jroom\r\n\u202eleft" in table.stdout
    watched = status.status_lines(run_state(tmp_path, verify=False).instances)
    assert len(watched) == 3
    for text in (*table.stdout.splitlines(), *watched):
        assert text.isprintable(), text
    assert json.loads(look(tmp_path, "--json").stdout)["instances"][0]["error"] == odd


@pytest.mark.parametrize("content", ["[" * 4000, '{"pid": 1e999, "host": "a", "started": "b"}'])
def test_a_lock_that_says_nonsense_is_nobodys(tmp_path: Path, content: str) -> None:
    make_run(tmp_path, 400)
    (tmp_path / "run.lock").write_text(content)
    assert look(tmp_path).exit_code == 11
