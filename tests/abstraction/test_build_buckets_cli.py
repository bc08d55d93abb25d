"""The command that builds bucket files: what it prints and how it ends."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from holdem.abstraction.bucket_config import BucketConfig
from holdem.abstraction.bucket_file import load_buckets
from holdem.abstraction.build_file import BucketFile
from holdem.cli.build_buckets import app


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def flags(config: BucketConfig) -> list[str]:
    of_streets = zip(("preflop", "flop", "turn", "river"), config.k, config.methods, strict=True)
    words = [
        (f"--k-{street}={k}", f"--method-{street}={method}") for street, k, method in of_streets
    ]
    return [*itertools.chain(*words), f"--seed={config.seed}"]


def test_buckets_that_are_there_are_reported(
    bucket_file: BucketFile, small_config: BucketConfig
) -> None:
    result = run(*flags(small_config), "--out", bucket_file.path)
    assert result.exit_code == 0
    assert result.stderr == ""
    file, buckets, methods, bucket_hash, seconds = result.stdout.splitlines()
    assert file.startswith(f"file     {bucket_file.path} (139,7")
    assert file.endswith("was there already with the same content")
    assert buckets == "buckets  169 preflop, 300 flop, 50 turn, 40 river"
    assert methods == "methods  lossless, percentile-ehs, percentile-ehs, percentile-ehs"
    assert bucket_hash == f"hash     {bucket_file.buckets.bucket_hash}"
    assert seconds.startswith("time ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k-preflop=0"], "k_preflop = 0: must be an integer >= 1"),
        (["--k-flop=-5"], "k_flop = -5: must be an integer >= 1"),
        (["--seed=-1"], "seed = -1: must be an integer >= 0 and <= 4294967295"),
        (["--ranks=2"], "ranks = 2: must be an integer >= 3 and <= 13"),
        (["--restarts=0"], "restarts = 0: must be an integer >= 1 and <= 1000"),
        (["--steps=0"], "steps = 0: must be an integer >= 1 and <= 1000"),
        (
            ["--method-flop=kmeans-edm"],
            "method_flop = 'kmeans-edm': must be one of lossless, percentile-ehs, kmeans-ehs2, "
            "kmeans-emd, kmeans-ochs, potential-emd; did you mean 'kmeans-emd'?",
        ),
        (
            ["--preset=larg"],
            "preset = 'larg': must be one of small, quick, standard, large; did you mean 'large'?",
        ),
        (
            ["--method-river=potential-emd"],
            "method_river = potential-emd: for flop and turn; on the river take kmeans-ochs or "
            "percentile-ehs",
        ),
        (
            ["--method-flop=lossless", "--k-flop=9"],
            "k_flop = 9: lossless makes 1286792 buckets there; leave it out",
        ),
        (["--flops=1756"], "flops = '1756': must be 1 to 1755, the flops there are with 13 ranks"),
        (
            ["--config=none.yaml"],
            "none.yaml: cannot read the configuration: No such file or directory",
        ),
        (
            ["--cache-limit=4XB"],
            "cache_limit = '4XB': must be at least 1MB and at most 1000000TB, "
            "written in bytes or as 800MB, 8GB, 7.5GiB",
        ),
        (
            ["--memory-limit=100MB"],
            "these buckets need 3.30 GB of memory, 100.0 MB are allowed (memory_limit): take "
            "methods that need less (percentile-ehs the least) or a smaller deck",
        ),
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
        (MemoryError(), 1, "out of memory: building needs about 3.30 GB"),
        (
            KeyboardInterrupt(),
            130,
            "interrupted; nothing was written; the same command goes on from here",
        ),
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


@pytest.mark.parametrize(
    ("flags", "said"), [([], "; the same command goes on from here"), (["--no-cache"], "")]
)
def test_who_interrupts_a_long_build_hears_whether_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], said: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("holdem.cli.build_buckets.build_bucket_file", interrupt)
    result = run("--preset=standard", *flags)
    assert result.exit_code == 130
    assert result.stderr == f"holdem-build-buckets: interrupted; nothing was written{said}\n"


def test_flags_a_file_and_a_preset_make_one_configuration(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("preset: standard\nranks: 4\nk_flop: 20\nk_river: 9\n")
    out = tmp_path / "b.pkl"
    words = ("--config", tmp_path / "b.yaml", "--k-river=100000", "--flops=5", "--out", out)
    result = run(*words)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:3] == [
        "buckets  16 preflop, 20 flop, 113 turn, 222 river",
        "methods  lossless, kmeans-emd, kmeans-emd, kmeans-ochs",
    ]
    first, estimate, second, third = result.stderr.splitlines()
    assert first == (
        "holdem-build-buckets: k_river = 100000: no more than 11120 hands differ, so that it is "
        "11120"
    )
    assert estimate == ("holdem-build-buckets: About 0:00:00 of CPU time and 0.5 MB of memory")
    assert second.startswith("holdem-build-buckets: river buckets: only 222 of the 11,120 asked")
    assert third.startswith("holdem-build-buckets: turn buckets: only 113 of the 200 asked")
    config = load_buckets(out).config
    assert config["k"] == {"preflop": 16, "flop": 20, "turn": 200, "river": 11120}
    assert len(config["flops"]) == 5
    again = run(*words, "--no-cache", "--num-workers=1")
    assert "was there already" in again.stdout


def test_a_full_cache_disk_is_said_and_the_build_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 300_000}))
    result = run("--preset=standard", "--ranks=4", "--out", tmp_path / "b.pkl")
    assert result.exit_code == 0
    assert "Cache: 0.7 MB needed, 0.3 MB are free" in result.stderr
    assert "going on without it" in result.stderr
    assert not (tmp_path / "caches").exists()


def test_the_module_is_the_command(tmp_path: Path) -> None:
    path = tmp_path / "b.pkl"
    command = [sys.executable, "-m", "holdem.cli.build_buckets", "--k-flop=0", f"--out={path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "holdem-build-buckets: k_flop = 0: must be an integer >= 1\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_force_replaces_another_file(tmp_path: Path, small_config: BucketConfig) -> None:
    path = tmp_path / "buckets.pkl"
    path.write_text("old")
    result = run(*flags(small_config), "--out", path, "--force", "--num-workers=2")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"file     {path} (139,7")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_small_deck_gets_as_many_buckets_as_it_can_fill(tmp_path: Path) -> None:
    result = run("--ranks", "4", "--k-turn", "30", "--out", tmp_path / "four.pkl")
    assert result.exit_code == 0
    assert "buckets  16 preflop, 159 flop, 30 turn, 200 river" in result.stdout
    assert "flop buckets: only 159 of the 200 asked for, as no more hands differ" in result.stderr
