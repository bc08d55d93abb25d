"""How every command ends: one line and a status, whatever fails and whichever stream is gone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdem.cli.errors import run_command
from holdem.cli.main import COMMANDS
from holdem.errors import CheckpointError, ConfigError
from trained_runs import train

MODULES = [command.replace("-", "_") for command in COMMANDS] + ["quickstart", "main"]
# A reader that has gone; every stream closed; a disk that is full.
TRAIN = 'exec "$0" -m holdem.cli.train_blueprint --config kuhn.yaml --logdir run'
LOST_STREAMS = ["2>&-", ">&- 2>&- <&-", "2>/dev/full", "2>&1 | true; exit ${PIPESTATUS[0]}"]


def ended(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    *words: str,
) -> tuple[object, str]:
    """Returns status and words of a command that meets an error."""

    def command() -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["holdem-test", *words])
    monkeypatch.setenv("HOLDEM_DEBUG", "")
    with pytest.raises(SystemExit) as end:
        run_command("holdem-test", lambda: command)
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (ConfigError("a setting"), 2, "a setting"),
        (CheckpointError("no\nsuch\x1b[31m checkpoint"), 2, r"no\nsuch\x1b[31m checkpoint"),
        (OSError(errno.EMFILE, "Too many open files"), 1, "Too many open files"),
        (OSError(errno.ENOSPC, "No space left", "a/lock"), 1, "a/lock: No space left"),
        (OSError(errno.EXDEV, "Not here", "a", None, "b"), 1, "a -> b: Not here"),
        (MemoryError(), 1, "out of memory"),
        (MemoryError("1 GB"), 1, "out of memory: 1 GB"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            RuntimeError("that"),
            1,
            "a fault of the program itself (--debug shows where): RuntimeError: that",
        ),
    ],
)
def test_every_error_is_one_line_and_a_traceback_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    line: str,
) -> None:
    assert ended(monkeypatch, capsys, error) == (status, f"holdem-test: {line}\n")
    code, said = ended(monkeypatch, capsys, error, "--debug")
    assert code == status
    assert said.startswith("Traceback")
    assert said.endswith(f"holdem-test: {line}\n")


@pytest.mark.parametrize("module", MODULES)
def test_every_command_takes_debug(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = __import__(f"holdem.cli.{module}", fromlist=["main"])
    monkeypatch.setattr(sys, "argv", ["program", "--debug", "--help"])
    monkeypatch.setenv("HOLDEM_DEBUG", "")
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 0
    assert "Usage" in capsys.readouterr().out


def programs() -> list[list[str]]:
    door = "import sys; sys.argv[0] = 'holdem'; from holdem.cli.main import main; main()"
    return [[sys.executable, "-m", "holdem.cli.train_blueprint"], [sys.executable, "-c", door]]


@pytest.mark.parametrize("program", programs(), ids=["module", "script"])
def test_ctrl_c_while_a_command_still_imports_ends_it_without_a_word(
    tmp_path: Path, program: list[str]
) -> None:
    # The first thing that takes time to import: here it takes for ever.
    (tmp_path / "typer.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    result = subprocess.run(
        [*program, "status"],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")


@pytest.mark.parametrize("redirection", LOST_STREAMS)
def test_training_goes_on_without_its_streams(tmp_path: Path, redirection: str) -> None:
    (tmp_path / "kuhn.yaml").write_text("num_iterations: 5000\ngame: {name: kuhn}\n")
    result = subprocess.run(
        ["bash", "-c", f"{TRAIN.removeprefix('exec ')} {redirection}", sys.executable],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert (tmp_path / "run" / "checkpoints" / "checkpoint_iter5000_metadata.json").exists()
    # No file of the run got the number of a closed stream, to be written into by what says
    # something there.
    assert (tmp_path / "run" / "run.lock").read_bytes() == b""
    assert "Training complete" in (tmp_path / "run" / "train.log").read_text()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("streams")
    return train(directory / "run", "num_iterations: 100\ngame: {name: kuhn}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["main", "--help"],
        ["main", "status", "--help"],
        ["status"],
        ["status", "--json"],
        ["status", "--watch", "--json"],
        ["checkpoints", "list"],
        ["checkpoints", "show", "--json"],
        ["evaluate"],
    ],
)
def test_output_that_nobody_reads_ends_a_command_quietly(run: Path, words: list[str]) -> None:
    arguments = words[1:] if "--help" in words else [*words[1:], str(run)]
    code = f"from holdem.cli.{words[0]} import main; main()"
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (141, b"")


@pytest.mark.parametrize("module", ["status", "main"])
def test_output_that_cannot_be_written_is_one_line(run: Path, module: str) -> None:
    code = f"from holdem.cli.{module} import main; main()"
    words = [str(run)] if module == "status" else ["--help"]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-c", code, *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    name = "holdem status" if module == "status" else "holdem"
    assert result.stderr == f"{name}: standard output: No space left on device\n"


def test_an_encoding_without_a_character_is_no_fault(run: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "holdem.cli.evaluate", str(run), "--against", "call"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
