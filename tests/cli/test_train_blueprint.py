"""The training command: exit statuses, one-line refusals that write nothing, signals, resuming."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args, get_type_hints

import counting_solver
import psutil
import pytest
import yaml

from holdem.checkpoint.run_lock import RunLock
from holdem.cli.train_blueprint import main, train_blueprint
from holdem.errors import RunDirectoryError
from holdem.mccfr.signals import STOP_SIGNALS

ROOT = Path(__file__).parents[2]
KUHN = "num_iterations: 500\ngame: {name: kuhn}\n"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command in this process; returns its exit status and what it said on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "holdem.mccfr.solver", counting_solver.module())
    (tmp_path / "kuhn.yaml").write_text(KUHN)

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["holdem-train-blueprint", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert logging.getLogger("holdem").handlers == []
        return end.value.code, capsys.readouterr().err

    return command


def entries(path: Path) -> set[str]:
    return {str(entry.relative_to(path)) for entry in path.rglob("*")}


def iterations(logdir: Path) -> list[int]:
    names = [path.name for path in (logdir / "checkpoints").glob("*_metadata.json")]
    return sorted(
        int(re.fullmatch(r"checkpoint_iter(\d+)_metadata.json", name)[1]) for name in names
    )


def metadata(logdir: Path, iteration: int) -> dict[str, object]:
    path = logdir / "checkpoints" / f"checkpoint_iter{iteration}_metadata.json"
    return json.loads(path.read_text())


def test_a_run_ends_with_a_checkpoint_and_everything_in_its_directory(command) -> None:
    status, said = command("--config", "kuhn.yaml", "--logdir", "a", "--iters", "700")
    assert status == 0
    assert "Training complete at iteration 700" in said
    assert iterations(Path("a")) == [700]
    assert {"config.yaml", "versions.json", "train.log", "tensorboard"} <= entries(Path("a"))
    assert yaml.safe_load(Path("a/config.yaml").read_text())["num_iterations"] == 700
    log = Path("a/train.log").read_text()
    assert "Starting fresh training" in log
    assert "Training complete" in log


def test_whole_numbers_that_no_computer_counts_to_are_refused_in_one_line(command) -> None:
    hints = get_type_hints(train_blueprint)
    flags = {f"--{name.replace('_', '-')}" for name, hint in hints.items() if int in get_args(hint)}
    assert {"--iters", "--discount-interval", "--sync-interval", "--ante"} <= flags
    for flag in sorted(flags | {"--stacks", "--memory-limit"}):
        status, said = command("--logdir", "a", "--iters", "5", flag, "99999999999999999999")
        assert status == 2
        assert re.fullmatch(r"holdem-train-blueprint: \w+ = .*(<=|to|at most) \d+.*\n", said), said
    assert not Path("a").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_while_the_run_is_planned_ends_it_with_a_line(
    command, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def plan(*_: object) -> None:
        os.kill(os.getpid(), number)
        pytest.fail("planning went on")

    monkeypatch.setattr(sys.modules["holdem.mccfr.solver"], "build_solver", plan)
    status, said = command("--config", "kuhn.yaml", "--logdir", "a")
    assert status == 128 + number
    name = signal.Signals(number).name
    assert said.endswith(f"Stopped before training began: interrupted by {name}\n")
    assert not Path("a").exists()


def test_flags_reach_the_configuration(command) -> None:
    Path("buckets.pkl").write_bytes(b"")
    status, _ = command(
        *("--logdir", "a", "--buckets", "buckets.pkl", "--iters", "50", "--time-budget", "60"),
        *("--checkpoint-interval", "20", "--snapshot-interval", "30", "--discount-interval", "7"),
        *("--discount-mode", "dcfr", "--epsilon", "0.3", "--num-players", "3", "--seed", "5"),
        *("--sampling", "outcome", "--bets", "flop=0.5 / a", "--bets", "turn = 1", "--ante", "10"),
        *("--stacks", "9000,8000,7000", "--small-blind", "20", "--big-blind", "40"),
        *("--memory-limit", "2GB", "--keep-checkpoints", "2", "--keep-every", "40"),
        *("--ranks", "6", "--flops", "AsKh9d:1, TcTdTh:2", "--no-tensorboard"),
    )
    assert status == 0
    settings = yaml.safe_load(Path("a/config.yaml").read_text())
    expected = {
        "num_iterations": 50,
        "time_budget_seconds": 60.0,
        "checkpoint_interval": 20,
        "snapshot_interval_seconds": 30.0,
        "discount_interval": 7,
        "discount_mode": "dcfr",
        "exploration_epsilon": 0.3,
        "seed": 5,
        "sampling": "outcome",
        "memory_limit": 2 * 10**9,
        "keep_checkpoints": 2,
        "keep_every": 40,
        "tensorboard": False,
    }
    assert {name: settings[name] for name in expected} == expected
    game = settings["game"]
    assert (game["num_players"], game["stacks"]) == (3, [9000, 8000, 7000])
    assert (game["small_blind"], game["big_blind"], game["ante"]) == (20, 40, 10)
    assert (game["bets"]["flop"], game["bets"]["turn"]) == ("0.5 / a", "1")
    assert (game["ranks"], game["flops"]) == (6, ["AsKh9d:1.0", "TsThTd:2.0"])
    assert not Path("a/tensorboard").exists()


def test_a_configuration_file_alone_is_enough(command) -> None:
    assert command("--config", "kuhn.yaml", "--logdir", "a")[0] == 0
    assert iterations(Path("a")) == [500]


REFUSALS = [
    (["--iters", "5"], r"buckets: none given.*--buckets"),
    (["--iters", "5", "--buckets", "none.pkl"], "none.pkl: no such bucket file"),
    (["--config", "kuhn.yaml", "--buckets", "b"], "buckets = b: kuhn has none"),
    (["--buckets", "b"], r"--iters\) or time_budget_seconds \(--time-budget"),
    (["--buckets", "b", "--iters", "0"], "num_iterations = 0: must be an integer >= 1"),
    (["--buckets", "b", "--time-budget", "-1"], "time_budget_seconds = -1.0: must be a number > 0"),
    (["--config", "none.yaml"], "none.yaml: cannot read the configuration"),
    (["--config", "list.yaml"], "must be a mapping of settings"),
    (["--config", "typo.yaml"], "unknown setting 'seeds'; did you mean 'seed'"),
    (["--config", "kuhn.yaml", "--stacks", "5000"], "stacks: the rules of kuhn are fixed"),
    (["--buckets", "b", "--iters", "5", "--stacks", "50"], "stacks = 50: must be 100"),
    (["--buckets", "b", "--iters", "5", "--stacks", "5,x"], "--stacks 5,x: must be chips"),
    (["--buckets", "b", "--iters", "5", "--bets", "0.5"], "--bets 0.5: must be STREET=MENU"),
    (["--buckets", "b", "--iters", "5", "--bets", "flap=1"], "unknown street 'flap'"),
    (["--buckets", "b", "--iters", "5", "--bets", "flop=-1"], "flop first bet.*-1"),
    (["--buckets", "b", "--iters", "5", "--sampling", "x"], "must be one of external, outcome"),
    (["--buckets", "b", "--iters", "5", "--num-players", "9"], "num_players = 9: must be"),
    (["--buckets", "b", "--iters", "5", "--ranks", "2"], "ranks = 2: 8 cards; the board"),
    (["--buckets", "b", "--iters", "5", "--ranks", "14"], "ranks = 14: must be an integer >= 2"),
    (["--buckets", "b", "--iters", "5", "--flops", "0"], "flops = '0': must be 1 to 1755"),
    (["--buckets", "b", "--iters", "5", "--flops", ""], "flops = '': must be a number of flops"),
    (["--buckets", "b", "--iters", "5", "--flops", "AsKs"], "flop 'AsKs': 2 cards, must be 3"),
    (["--buckets", "b", "--iters", "5", "--memory-limit", "8"], "memory_limit = '8': must be"),
    (["--config", "kuhn.yaml", "--logdir", "kuhn.yaml"], "kuhn.yaml is not a directory"),
    (["--config", "kuhn.yaml", "--resume-from", "none"], "none"),
    (["--config", "kuhn.yaml", "--resume-from", "list.yaml"], "list.yaml"),
    (["--config", "chunked.yaml"], "enable_chunked_training needs chunk_size_iterations or"),
    (["--config", "kuhn.yaml", "--chunked"], "enable_chunked_training needs chunk_size_iterations"),
    (["--config", "kuhn.yaml", "--chunk-iterations", "5"], "--chunk-iterations 5: needs --chunked"),
    (["--config", "kuhn.yaml", "--chunk-minutes", "0.5"], "--chunk-minutes 0.5: needs --chunked"),
    (["--config", "kuhn.yaml", "--until-complete"], "--until-complete: needs --chunked with --ch"),
    (
        ["--config", "kuhn.yaml", "--chunked", "--chunk-iterations", "0"],
        "chunk_size_iterations = 0: must be an integer >= 1",
    ),
    (
        ["--config", "kuhn.yaml", "--chunked", "--chunk-minutes", "nan", "--until-complete"],
        "chunk_size_minutes = nan: must be a number > 0",
    ),
]


@pytest.mark.parametrize(("arguments", "line"), REFUSALS)
def test_refusals_are_one_line_and_write_nothing(command, arguments: list[str], line: str) -> None:
    Path("list.yaml").write_text("- 1\n")
    Path("typo.yaml").write_text(KUHN + "seeds: 1\n")
    Path("chunked.yaml").write_text(KUHN + "enable_chunked_training: true\n")
    before = entries(Path())
    status, said = command("--logdir", "a", *arguments)
    assert status == 2
    assert re.fullmatch(f"holdem-train-blueprint: .*{line}.*\n", said)
    assert entries(Path()) == before


@pytest.mark.parametrize("arguments", [["--logdir"], ["--iters", "x"], ["--itrs", "5"], []])
def test_bad_usage_is_status_2(command, arguments: list[str]) -> None:
    assert command(*arguments)[0] == 2


def test_the_same_directory_again_is_refused_with_both_ways_on(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    before = entries(Path())
    status, said = command("--config", "kuhn.yaml", "--logdir", "a", "--iters", "900")
    assert status == 2
    assert "--resume-from a" in said
    assert "new --logdir" in said
    assert entries(Path()) == before


def test_resuming_in_place_goes_on_where_it_stopped(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    status, said = command(
        "--config", "kuhn.yaml", "--logdir", "a", "--resume-from", "a", "--iters", "900"
    )
    assert status == 0
    assert "Successfully resumed from iteration 500" in said
    assert iterations(Path("a")) == [500, 900]
    first, second = metadata(Path("a"), 500), metadata(Path("a"), 900)
    assert second["elapsed_seconds"] > first["elapsed_seconds"]
    assert "checkpoint_iter500" in second["parent_checkpoint"]
    assert Path("a/train.log").read_text().count("Training complete") == 2


def test_resuming_into_a_new_directory_starts_a_new_time_budget(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    status, _ = command(
        "--config", "kuhn.yaml", "--logdir", "b", "--resume-from", "a", "--iters", "900"
    )
    assert status == 0
    assert iterations(Path("a")) == [500]
    assert iterations(Path("b")) == [900]
    first, second = metadata(Path("a"), 500), metadata(Path("b"), 900)
    assert second["elapsed_seconds"] == pytest.approx(second["chunk_elapsed_seconds"])
    assert second["elapsed_seconds_total"] == pytest.approx(
        first["elapsed_seconds_total"] + second["elapsed_seconds"]
    )


def test_progress_of_its_own_wins_over_the_run_resumed_from(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    requeued = ("--config", "kuhn.yaml", "--logdir", "b", "--resume-from", "a", "--iters")
    command(*requeued, "900")
    status, said = command(*requeued, "1200")
    assert status == 0
    assert "newer progress of its own" in said.replace("\n", " ")
    assert "Successfully resumed from iteration 900" in said
    assert iterations(Path("b")) == [900, 1200]


def test_a_directory_that_is_behind_the_run_resumed_from_is_not_mixed(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    command("--config", "kuhn.yaml", "--logdir", "b", "--iters", "100")
    status, said = command(
        "--config", "kuhn.yaml", "--logdir", "b", "--resume-from", "a", "--iters", "900"
    )
    assert status == 2
    assert "name a new --logdir" in said
    assert iterations(Path("b")) == [100]


@pytest.mark.parametrize("flags", [[], ["--chunked", "--chunk-iterations", "100"]])
def test_the_configuration_that_somebody_wrote_is_not_written_over(
    command, flags: list[str]
) -> None:
    Path("exp").mkdir()
    mine = "# what I want to try\n" + KUHN
    Path("exp/config.yaml").write_text(mine)
    status, said = command("--config", "exp/config.yaml", "--logdir", "exp", *flags)
    assert status == 2
    assert "exp/config.yaml is not a run's" in said
    assert entries(Path("exp")) == {"config.yaml"}
    assert Path("exp/config.yaml").read_text() == mine
    Path("exp/config.yaml").rename("exp/mine.yaml")
    assert command("--config", "exp/mine.yaml", "--logdir", "exp", *flags)[0] == 0
    assert Path("exp/mine.yaml").read_text() == mine


def test_a_run_without_a_checkpoint_starts_over_with_a_warning(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    shutil.rmtree("a/checkpoints")
    status, said = command("--config", "kuhn.yaml", "--logdir", "a", "--resume-from", "a")
    assert status == 0
    assert "holds no checkpoint" in said
    assert iterations(Path("a")) == [500]


def test_a_complete_run_has_nothing_to_do(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    before = entries(Path())
    for logdir in ("a", "b"):
        status, said = command("--config", "kuhn.yaml", "--logdir", logdir, "--resume-from", "a")
        assert status == 3
        assert "complete at iteration 500" in said
    assert entries(Path()) == before


def test_other_buckets_or_settings_are_refused_by_name(command) -> None:
    Path("b1.pkl").write_text("one")
    Path("b2.pkl").write_text("two")
    base = ("--iters", "100", "--no-tensorboard", "--logdir")
    command(*base, "a", "--buckets", "b1.pkl")
    before = entries(Path())
    resume = (*base, "b", "--iters", "200", "--resume-from", "a")
    status, said = command(*resume, "--buckets", "b2.pkl")
    assert status == 2
    assert "Cannot safely resume training with different bucket configuration" in said
    status, said = command(*resume, "--buckets", "b1.pkl", "--seed", "7", "--stacks", "5000")
    assert status == 2
    assert "configuration.training.seed is 0 in the checkpoint and 7 here" in said
    assert "configuration.game.stacks" in said
    assert entries(Path()) == before


def test_a_complete_run_is_not_the_one_of_other_buckets_or_stacks(command) -> None:
    Path("b1.pkl").write_text("one")
    Path("b2.pkl").write_text("two")
    base = ("--iters", "100", "--no-tensorboard", "--logdir")
    command(*base, "a", "--buckets", "b1.pkl")
    again = (*base, "a", "--resume-from", "a", "--buckets")
    status, said = command(*again, "b2.pkl")
    assert status == 2
    assert "a/checkpoints/checkpoint_iter100.pkl: Cannot safely resume training with" in said
    status, said = command(*again, "b2.pkl", "--stacks", "5000")
    assert status == 2
    assert "checkpoint_iter100.pkl: this checkpoint belongs to another run: conf" in said
    assert "configuration.game.stacks" in said
    assert "bucket_hash" in said
    assert command(*again, "b1.pkl")[0] == 3


def test_one_checkpoint_can_be_named(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a", "--checkpoint-interval", "300")
    status, said = command(
        *("--config", "kuhn.yaml", "--logdir", "b", "--iters", "900"),
        *("--resume-from", "a/checkpoints/checkpoint_iter300.pkl"),
    )
    assert status == 0
    assert "Successfully resumed from iteration 300" in said
    assert iterations(Path("b")) == [900]


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a", "--checkpoint-interval", "300")
    Path("a/checkpoints/checkpoint_iter500_regrets.pkl").write_bytes(b"torn")
    status, said = command(
        "--config", "kuhn.yaml", "--logdir", "a", "--resume-from", "a", "--iters", "900"
    )
    assert status == 0
    assert "Checkpoint 500 is damaged" in said
    assert "Successfully resumed from iteration 300" in said
    assert iterations(Path("a")) == [300, 900]


def test_checkpoints_of_which_none_is_sound_are_refused(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a", "--checkpoint-interval", "300")
    assert iterations(Path("a")) == [300, 500]
    again = ("--config", "kuhn.yaml", "--logdir", "a", "--resume-from", "a", "--iters", "900")
    for damaged in Path("a/checkpoints").glob("*_regrets.pkl"):
        damaged.write_bytes(b"torn")
    before = entries(Path())
    status, said = command(*again)
    assert status == 2
    assert "none of the 2 checkpoints is sound" in said
    assert entries(Path()) == before


def test_a_log_file_that_cannot_be_written_is_refused(command) -> None:
    Path("a/train.log").mkdir(parents=True)
    status, said = command("--config", "kuhn.yaml", "--logdir", "a")
    assert status == 2
    assert "train.log: Is a directory" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_log_file_that_fills_up_costs_one_line_and_not_the_run(command) -> None:
    Path("a").mkdir()
    Path("a/train.log").symlink_to("/dev/full")
    status, said = command("--config", "kuhn.yaml", "--logdir", "a")
    assert status == 0
    assert said.count("train.log misses lines: [Errno 28] No space left on device") == 1
    assert "Traceback" not in said
    assert iterations(Path("a")) == [500]


def test_two_processes_never_share_a_directory(command) -> None:
    command("--config", "kuhn.yaml", "--logdir", "a")
    with RunLock(Path("a")):
        status, said = command(
            "--config", "kuhn.yaml", "--logdir", "a", "--resume-from", "a", "--iters", "900"
        )
    assert status == 2
    assert f"in use by process {os.getpid()}" in said
    assert iterations(Path("a")) == [500]


def test_what_is_known_to_hurt_and_what_has_no_effect_is_logged(command) -> None:
    command(
        *[
            "--config",
            "kuhn.yaml",
            "--logdir",
            "a",
            "--discount-mode",
            "cfr_plus",
            "--epsilon",
            "0.6",
        ]
    )
    log = Path("a/train.log").read_text()
    assert "WARNING holdem.mccfr.run: discount_mode cfr_plus floors regrets at zero" in log
    assert "INFO holdem.mccfr.run: exploration_epsilon is recorded and has no effect" in log


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("counting_solver.py")), *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path) -> None:
    limit = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < limit, f"{path} did not appear"
        time.sleep(0.02)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_saves_and_ends_with_128_and_its_number(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "kuhn.yaml").write_text("time_budget_seconds: 60\ngame: {name: kuhn}\n")
    logdir = tmp_path / "a"
    with start(
        *("--config", str(tmp_path / "kuhn.yaml"), "--logdir", str(logdir)),
        *("--checkpoint-interval", "1000"),
    ) as process:
        wait_for(logdir / "checkpoints" / "checkpoint_iter1000_metadata.json")
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert f"Interrupted by {number.name}" in said
    assert "Traceback" not in said
    last = re.search(r"at iteration ([\d,]+)\n", said.rsplit("Interrupted", 1)[1])[1]
    assert iterations(logdir)[-1] == int(last.replace(",", ""))


def test_a_terminal_that_is_closed_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "kuhn.yaml").write_text("time_budget_seconds: 60\ngame: {name: kuhn}\n")
    logdir = tmp_path / "a"
    program = str(Path(__file__).with_name("counting_solver.py"))
    flags = ("--config", f"{tmp_path / 'kuhn.yaml'}", "--logdir", f"{logdir}")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, program, *flags, "--checkpoint-interval", "1000"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
    ) as process:
        os.close(theirs)
        wait_for(logdir / "checkpoints" / "checkpoint_iter1000_metadata.json")
        os.close(ours)  # from here on every write fails
        newer = max(iterations(logdir)) + 3000
        wait_for(logdir / "checkpoints" / f"checkpoint_iter{newer}_metadata.json")
        for _ in range(2):  # of the kernel, and of the shell
            process.send_signal(signal.SIGHUP)
    assert process.returncode == 128 + signal.SIGHUP
    assert "Interrupted by SIGHUP" in (logdir / "train.log").read_text()
    assert max(iterations(logdir)) >= newer


def test_a_run_under_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    (tmp_path / "kuhn.yaml").write_text("time_budget_seconds: 60\ngame: {name: kuhn}\n")
    logdir = tmp_path / "a"
    flags = ("--config", f"{tmp_path / 'kuhn.yaml'}", "--logdir", f"{logdir}")
    chunked = ("--chunked", "--chunk-minutes", "1", "--until-complete")
    program = str(Path(__file__).with_name("counting_solver.py"))
    with subprocess.Popen(
        ["nohup", sys.executable, program, *flags, *chunked, "--checkpoint-interval", "1000"],
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        wait_for(logdir / "checkpoints" / "checkpoint_iter1000_metadata.json")
        (chunk,) = psutil.Process(process.pid).children()
        for _ in range(2):
            process.send_signal(signal.SIGHUP)
            chunk.send_signal(signal.SIGHUP)
        newer = max(iterations(logdir)) + 3000
        wait_for(logdir / "checkpoints" / f"checkpoint_iter{newer}_metadata.json")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM


def test_of_many_that_start_at_once_one_trains(tmp_path: Path) -> None:
    """Whoever comes second is refused by name, wherever the first one is on its way."""
    (tmp_path / "kuhn.yaml").write_text("time_budget_seconds: 60\ngame: {name: kuhn}\n")
    logdir = tmp_path / "a"
    flags = ("--config", str(tmp_path / "kuhn.yaml"), "--logdir", str(logdir), "--seed")
    starts = [start(*flags, str(seed), "--checkpoint-interval", "1000") for seed in range(6)]
    try:
        wait_for(logdir / "checkpoints" / "checkpoint_iter1000_metadata.json")
        refused = [process.communicate(timeout=30)[1] for process in wait_for_all_but_one(starts)]
    finally:
        for process in starts:
            process.kill()
            process.communicate()
    assert len(refused) == 5
    assert all(re.search("in use by|holds a run already", said) for said in refused), refused
    seeds = {
        metadata(logdir, number)["configuration"]["training"]["seed"]
        for number in iterations(logdir)
    }
    assert len(seeds) == 1


def wait_for_all_but_one(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    limit = time.monotonic() + 30
    while sum(process.poll() is None for process in processes) > 1:
        assert time.monotonic() < limit
        time.sleep(0.02)
    return [process for process in processes if process.poll() is not None]


@pytest.mark.parametrize("flags", [[], ["--chunked", "--chunk-iterations", "100"]])
def test_a_directory_is_taken_before_it_is_looked_at(
    command, monkeypatch: pytest.MonkeyPatch, flags: list[str]
) -> None:
    """A second start at the very moment at which the first has seen nothing in the directory."""
    arguments = ("--config", "kuhn.yaml", "--logdir", "new/a", *flags)
    build_solver = counting_solver.build_solver
    seen = []

    def start_another(*given: object) -> object:
        monkeypatch.setattr(sys.modules["holdem.mccfr.solver"], "build_solver", build_solver)
        with pytest.raises(RunDirectoryError, match=f"in use by process {os.getpid()}"):
            RunLock(Path("new/a")).acquire()
        seen.append(sorted(path.name for path in Path("new/a").iterdir()))
        return build_solver(*given)

    monkeypatch.setattr(sys.modules["holdem.mccfr.solver"], "build_solver", start_another)
    assert command(*arguments)[0] == 0
    assert seen == [["run.lock"]]


def test_help_names_every_flag() -> None:
    text = subprocess.run(
        [sys.executable, "-m", "holdem.cli.train_blueprint", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    flags = """--config --buckets --logdir --iters --time-budget --checkpoint-interval
        --snapshot-interval --discount-interval --discount-mode --epsilon --num-players --seed
        --sampling --bets --stacks --small-blind --big-blind --ante --memory-limit
        --keep-checkpoints --keep-every --chunked --chunk-iterations --chunk-minutes
        --until-complete --tensorboard --no-tensorboard --resume-from"""
    assert all(flag in text for flag in flags.split())


def test_the_checkout_command_asks_for_make_first(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script = shutil.copy(ROOT / "bin" / "holdem-train-blueprint", tmp_path / "bin")
    result = subprocess.run([script], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert re.fullmatch("holdem-train-blueprint: .*run 'make' in .* first\n", result.stderr)


def test_the_checkout_command_runs_its_own_python(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    script = Path(shutil.copy(ROOT / "bin" / "holdem-train-blueprint", tmp_path / "bin"))
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "my bin").mkdir()
    link = tmp_path / "my bin" / "train"
    link.symlink_to("../link")
    (tmp_path / "link").symlink_to(script)
    for name in (script, link):
        result = subprocess.run(
            [name, "--help"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert result.stdout.startswith("Usage: holdem-train-blueprint"), result.stderr
