"""The command that builds bucket files: what it prints and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from holdem.abstraction.build_file import BucketFile
from holdem.abstraction.builder import PercentileConfig
from holdem.cli.build_buckets import app


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def flags(config: PercentileConfig) -> list[str]:
    names = ("--k-preflop", "--k-flop", "--k-turn", "--k-river")
    counts = [f"{name}={k}" for name, k in zip(names, config.k, strict=True)]
    return [*counts, f"--seed={config.seed}"]


def test_buckets_that_are_there_are_reported(
    bucket_file: BucketFile, small_config: PercentileConfig
) -> None:
    result = run(*flags(small_config), "--out", bucket_file.path)
    assert result.exit_code == 0
    assert result.stderr == ""
    file, buckets, bucket_hash, seconds = result.stdout.splitlines()
    assert file.startswith(f"file     {bucket_file.path} (139,7")
    assert file.endswith("was there already with the same content")
    assert buckets == "buckets  169 preflop, 300 flop, 50 turn, 40 river"
    assert bucket_hash == f"hash     {bucket_file.buckets.bucket_hash}"
    assert seconds.startswith("time ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k-preflop=0"], "k_preflop = 0: must be 1 to 169"),
        (["--k-preflop=170"], "k_preflop = 170: must be 1 to 169"),
        (["--k-flop=-5"], "k_flop = -5: must be 1 to 747365"),
        (["--k-turn=83030"], "k_turn = 83030: must be 1 to 83029"),
        (["--k-river=1951"], "k_river = 1951: must be 1 to 1950"),
        (["--seed=-1"], "seed = -1: must be 0 to 4294967295"),
        (["--ranks=2"], "ranks = 2: must be 3 to 13"),
        (["--ranks=5", "--k-river=123"], "k_river = 123: must be 1 to 122 with 5 ranks"),
        (["--num-workers=0"], "num_workers = 0: must be 1 to 1024"),
        (["--out=."], "out = .: is a directory, must be a file name"),
        (["--out=file/b.pkl"], "out = file/b.pkl: cannot be written: Not a directory"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr == f"holdem-build-buckets: {message}\n"
    assert result.stdout == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_another_file_is_refused_without_force(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    result = run("--out", path)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "name another file, or replace it with --force" in result.stderr
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (OSError(28, "No space left on device"), 1, "b.pkl: No space left on device"),
        (MemoryError(), 1, "out of memory: building needs about 1 GB"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was written"),
    ],
)
def test_failures_are_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, exit_code: int, message: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("holdem.cli.build_buckets.build_bucket_file", fail)
    result = run("--out", "b.pkl")
    assert result.exit_code == exit_code
    assert result.stderr == f"holdem-build-buckets: {message}\n"


def test_the_module_is_the_command(tmp_path: Path) -> None:
    path = tmp_path / "b.pkl"
    command = [sys.executable, "-m", "holdem.cli.build_buckets", "--k-flop=0", f"--out={path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "holdem-build-buckets: k_flop = 0: must be 1 to 747365\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_force_replaces_another_file(tmp_path: Path, small_config: PercentileConfig) -> None:
    path = tmp_path / "buckets.pkl"
    path.write_text("old")
    result = run(*flags(small_config), "--out", path, "--force", "--num-workers=2")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"file     {path} (139,7")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_small_deck_gets_as_many_buckets_as_it_can_fill(tmp_path: Path) -> None:
    result = run("--ranks", "4", "--k-turn", "30", "--out", tmp_path / "four.pkl")
    assert result.exit_code == 0
    assert "buckets  16 preflop, 153 flop, 30 turn, 51 river" in result.stdout
