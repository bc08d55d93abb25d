"""``--until-complete``: one command, a fresh process per chunk, whatever happens to them."""

from __future__ import annotations

import os
import pty
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from chunked_runs import (
    COMMAND,
    TIMEOUT_S,
    data_files,
    metadata,
    start,
    train,
    wait_until,
    write_config,
)
from holdem.config import load_run_config
from holdem.errors import ConfigError
from holdem.mccfr.chunked_coordinator import run_until_complete
from pseudo_terminal import rest_of

CHUNKS = ("--chunked", "--chunk-iterations", "200", "--until-complete")
ENDLESS = ("--chunked", "--chunk-minutes", "10", "--until-complete", "--time-budget", "600")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path / "run.yaml", num_iterations=500)


def chunk_of(supervisor: int) -> psutil.Process | None:
    """Returns the process of the chunk that a supervisor has started."""
    for child in psutil.Process(supervisor).children():
        if "holdem.mccfr.process.worker" in child.cmdline():
            return child
    return None


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_one_command_trains_the_whole_run(tmp_path: Path, config: Path) -> None:
    assert train(config, tmp_path / "uncut")[0] == 0
    status, said = train(config, tmp_path / "a", *CHUNKS)
    assert status == 0
    assert said.count("Chunked Training Mode Initialized") == 3
    assert "Training complete at iteration 500" in said
    assert "Restart this command" not in said
    assert list(metadata(tmp_path / "a")) == [200, 400, 500]
    assert data_files(tmp_path / "a", 500) == data_files(tmp_path / "uncut", 500)
    log = (tmp_path / "a" / "train.log").read_text()
    assert log.count("Chunk Complete") == 2
    # Every chunk is a process of its own that took up where the one before ended.
    parents = [saved["parent_checkpoint"] for saved in metadata(tmp_path / "a").values()]
    assert [Path(parent).name if parent else None for parent in parents] == [
        None,
        "checkpoint_iter200.pkl",
        "checkpoint_iter400.pkl",
    ]
    assert train(config, tmp_path / "a", *CHUNKS)[0] == 3


def test_a_refusal_ends_it_at_once(tmp_path: Path, config: Path) -> None:
    train(config, tmp_path / "a", *CHUNKS)
    status, said = train(config, tmp_path / "a", *CHUNKS, "--iters", "900", "--seed", "7")
    assert status == 2
    assert said.count("holdem-train-blueprint: ") == 1
    assert "configuration.training.seed is 0 in the checkpoint and 7 here" in said


def test_a_run_without_chunks_is_refused(tmp_path: Path) -> None:
    run = load_run_config(None, {"num_iterations": 5, "game": {"name": "kuhn"}})
    with pytest.raises(ConfigError, match="enable_chunked_training = False"):
        run_until_complete(run, tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signals_are_passed_on(tmp_path: Path, config: Path, number: signal.Signals) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, "--iters", "999999999", *ENDLESS) as supervisor:
        wait_until((logdir / "train.log").exists)
        chunk = chunk_of(supervisor.pid)
        time.sleep(0.2)
        supervisor.send_signal(number)
        _, said = supervisor.communicate(timeout=TIMEOUT_S)
    assert supervisor.returncode == 128 + number
    assert f"Interrupted by {number.name}" in said
    assert gone(chunk)
    assert len(metadata(logdir)) == 1


def test_a_signal_to_both_processes_still_saves(tmp_path: Path, config: Path) -> None:
    """A scheduler signals every process; that must not count as a second signal to the chunk."""
    logdir = tmp_path / "a"
    with start(config, logdir, "--iters", "999999999", *ENDLESS) as supervisor:
        wait_until((logdir / "train.log").exists)
        chunk = chunk_of(supervisor.pid)
        supervisor.send_signal(signal.SIGTERM)
        chunk.send_signal(signal.SIGTERM)
        assert supervisor.wait(TIMEOUT_S) == 128 + signal.SIGTERM
    assert len(metadata(logdir)) == 1


def test_a_chunk_saves_and_stops_when_its_supervisor_is_killed(
    tmp_path: Path, config: Path
) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, "--iters", "999999999", *ENDLESS) as supervisor:
        wait_until((logdir / "train.log").exists)
        chunk = chunk_of(supervisor.pid)
        supervisor.kill()
        supervisor.wait()
        wait_until(lambda: gone(chunk))
    assert len(metadata(logdir)) == 1
    assert "Interrupted by SIGTERM" in (logdir / "train.log").read_text()


def test_a_second_signal_ends_the_chunk_too(tmp_path: Path, config: Path) -> None:
    logdir = tmp_path / "a"
    with start(config, logdir, "--iters", "999999999", *ENDLESS) as supervisor:
        wait_until((logdir / "train.log").exists)
        chunk = chunk_of(supervisor.pid)
        chunk.suspend()  # it cannot answer the first
        supervisor.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(TIMEOUT_S) == -signal.SIGTERM
        chunk.resume()
        wait_until(lambda: gone(chunk))


def supervise(config: Path, logdir: Path, **settings: object) -> int:
    """Supervises a run from this process, with short waits after a crash."""
    chunks = {"enable_chunked_training": True, "chunk_size_minutes": 10.0}
    run = load_run_config(config, chunks | settings)
    return run_until_complete(run, logdir, retry_delays_s=(0.05, 0.05, 0.05))


def test_a_chunk_that_is_killed_is_started_again(
    tmp_path: Path, config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logdir = tmp_path / "a"

    def kill_one_after_a_checkpoint() -> None:
        wait_until(lambda: bool(metadata(logdir)))
        chunk_of(os.getpid()).kill()

    killer = threading.Thread(target=kill_one_after_a_checkpoint)
    killer.start()
    iterations = {"num_iterations": 20_000, "checkpoint_interval": 1000, "keep_checkpoints": 2}
    assert supervise(config, logdir, **iterations) == 0
    killer.join()
    said = capfd.readouterr().err
    assert "resumed from iteration" in said
    assert max(metadata(logdir)) == 20_000
    log = (logdir / "train.log").read_text()
    assert "The chunk crashed: killed by SIGKILL; its last line: " in log
    assert "Trying again in 0.05 s (attempt 1 of 3)" in log
    assert "resumed from iteration" in log


CRASHING = """
import resource, sys
from pathlib import Path
from holdem.config import load_run_config
from holdem.logs import log_to_terminal
from holdem.mccfr.chunked_coordinator import run_until_complete
resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
run = load_run_config(Path(sys.argv[1]), {"enable_chunked_training": True, "chunk_size_minutes": 1})
with log_to_terminal():
    sys.exit(run_until_complete(run, Path(sys.argv[2]), retry_delays_s=(0.05, 0.1)))
"""


def test_it_gives_up_after_crashes_without_progress(tmp_path: Path, config: Path) -> None:
    """No file may grow to the size of a checkpoint here, so each chunk fails to save."""
    result = subprocess.run(
        [sys.executable, "-c", CRASHING, config, tmp_path / "a"],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert result.returncode == 1, result.stderr
    assert result.stderr.count("Chunked Training Mode Initialized") == 3
    assert re.search("its last line: holdem-train-blueprint: .*File too large", result.stderr)
    assert "Giving up after 3 crashes without a new checkpoint" in result.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 9000


def test_on_a_terminal_one_display_shows_the_whole_run(tmp_path: Path, config: Path) -> None:
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "--config", config, "--logdir", tmp_path / "a", *CHUNKS],
        stderr=end,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "160"},
    )
    os.close(end)
    shown = rest_of(terminal)
    assert process.wait(TIMEOUT_S) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"iteration +200 of 500", text)
    assert re.search(r"iteration +500 of 500", text)
    assert text.count("Chunk Complete - Process will now exit to free memory") == 2
    assert "M nodes/s, time" not in text  # no periodic lines beside the display


def test_memory_at_the_start_of_a_chunk_does_not_grow(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", "kuhn", 3, num_iterations=1200)
    status, said = train(
        *(config, tmp_path / "a", "--chunked", "--chunk-iterations", "100"),
        *("--until-complete", "--keep-checkpoints", "1"),
    )
    assert status == 0
    found = re.findall(r"Memory at the start of this chunk: ([\d.]+) MB", said)
    memory = [float(megabytes) for megabytes in found]
    assert len(memory) == 12
    # The first process restores nothing, so it is smaller.
    resumed = memory[1:]
    assert max(resumed[5:]) <= max(resumed[:5]) + 2.0


def worker_status(words: str) -> tuple[int, str]:
    """Starts a worker that is told something, and returns how it ends and what it says."""
    result = subprocess.run(
        [sys.executable, "-m", "holdem.mccfr.process.worker"],
        input=words,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert result.stdout == ""
    return result.returncode, result.stderr


def test_without_a_supervisor_the_process_of_a_chunk_says_so() -> None:
    assert worker_status("") == (1, "no order from a coordinator on standard input\n")


def test_an_order_that_makes_no_sense_is_refused_in_one_line() -> None:
    expected = "holdem-train-blueprint: a malformed WorkerOrder: run is missing\n"
    assert worker_status('{"message": "WorkerOrder"}\n') == (2, expected)
