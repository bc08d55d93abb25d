"""The documented ways to train in chunks, run for real: messages, shell loop, Slurm, example."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120

LOOP = """#!/bin/bash
while true; do
    ./bin/holdem-train-blueprint \\
        --config run.yaml \\
        --logdir runs/my_training \\
        --iters 1000 \\
        --chunked \\
        --chunk-iterations 300
    if [ $? -ne 0 ]; then
        echo "Training failed or interrupted"
        break
    fi
    sleep 0
done
echo "Training complete or stopped"
"""

SLURM = """#!/bin/bash
#SBATCH --job-name=poker_chunk
#SBATCH --time=01:00:00
#SBATCH --mem=16G
#SBATCH --cpus-per-task=4
./bin/holdem-train-blueprint \\
    --config run.yaml \\
    --logdir runs/my_training \\
    --time-budget 0.4 \\
    --chunked \\
    --chunk-minutes 0.002 || exit 0
ITER=$(jq '.iteration' runs/my_training/checkpoints/checkpoint_iter*_metadata.json \\
    2>/dev/null | tail -1)
if [ "$ITER" -lt "1000000000" ]; then
    sbatch $0
fi
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that looks like a checkout after ``make``, as the current one."""
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "holdem-train-blueprint", tmp_path / "bin")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    # A link would be a bare interpreter: what a virtual environment has is found by its own path.
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    search_path = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, search_path)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_config(**settings: object) -> None:
    settings = {"game": {"name": "leduc"}, "tensorboard": False} | settings
    Path("run.yaml").write_text(yaml.safe_dump(settings))


def run(*command: str) -> tuple[int, str]:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    return result.returncode, result.stdout + result.stderr


def train(*flags: str) -> tuple[int, str]:
    return run("bin/holdem-train-blueprint", "--config", "run.yaml", *flags)


def iterations(logdir: str) -> list[int]:
    paths = Path(logdir, "checkpoints").glob("checkpoint_iter*_metadata.json")
    return sorted(json.loads(path.read_text())["iteration"] for path in paths)


def check_said_in_order(said: str, lines: list[str]) -> None:
    position = 0
    for line in lines:
        assert line in said[position:], f"{line!r} is missing in:\n{said}"
        position = said.index(line, position) + len(line)


def test_the_documented_messages(checkout: Path) -> None:
    write_config(tensorboard=True)
    flags = (
        *("--logdir", "runs/my_training", "--iters", "2000"),
        *("--chunked", "--chunk-iterations", "1000"),
    )
    status, said = train(*flags)
    assert status == 0
    check_said_in_order(
        said,
        [
            "Chunked Training Mode Initialized",
            "Chunk size: 1,000 iterations",
            "Starting fresh training (no checkpoint found)",
            "Chunk iteration limit reached: 1000 >= 1000",
            "Saving checkpoint at iteration 1000...",
            "Checkpoint saved successfully",
            "Flushing TensorBoard logs...",
            "Chunk Complete - Process will now exit to free memory",
            "Progress: iteration 1000",
            "Restart this command to continue training from checkpoint",
        ],
    )
    status, said = train(*flags)
    assert status == 0
    check_said_in_order(
        said,
        [
            "Chunked Training Mode Initialized",
            "Chunk size: 1,000 iterations",
            "Resuming from checkpoint: runs/my_training/checkpoints/checkpoint_iter1000.pkl",
            "Successfully resumed from iteration 1000",
            "Saving checkpoint at iteration 2000...",
            "Training complete at iteration 2,000",
        ],
    )
    assert "Restart this command" not in said
    before = sorted(Path("runs").rglob("*"))
    status, said = train(*flags)
    assert status == 3
    assert "nothing to do" in said
    assert sorted(Path("runs").rglob("*")) == before


def test_the_settings_in_a_file_are_enough(checkout: Path) -> None:
    write_config(num_iterations=500, enable_chunked_training=True, chunk_size_iterations=200)
    assert [train("--logdir", "a")[0] for _ in range(4)] == [0, 0, 0, 3]
    assert iterations("a") == [200, 400, 500]
    assert train("--logdir", "b", "--no-chunked")[0] == 0
    assert iterations("b") == [500]
    assert train("--logdir", "c", "--chunk-iterations", "250", "--until-complete")[0] == 0
    assert iterations("c") == [250, 500]


def test_a_run_that_began_without_chunks_goes_on_in_chunks(checkout: Path) -> None:
    write_config(num_iterations=500)
    assert train("--logdir", "a")[0] == 0
    flags = ("--logdir", "a", "--iters", "900", "--chunked", "--chunk-iterations", "300")
    assert [train(*flags)[0] for _ in range(3)] == [0, 0, 3]
    assert iterations("a") == [500, 800, 900]


def test_chunks_of_another_run_are_never_mixed_in(checkout: Path) -> None:
    write_config(num_iterations=500)
    flags = ("--logdir", "a", "--chunked", "--chunk-iterations", "200")
    train(*flags)
    status, said = train(*flags, "--seed", "1")
    assert status == 2
    assert "seed is 0 in the checkpoint and 1 here" in said
    for path in Path("a/checkpoints").glob("*.pkl"):
        path.write_bytes(b"torn")
    status, said = train(*flags)
    assert status == 2
    assert "none of the 1 checkpoints is sound" in said
    assert iterations("a") == [200]


def test_the_documented_shell_loop_ends_by_itself(checkout: Path) -> None:
    write_config()
    Path("loop.sh").write_text(LOOP)
    status, said = run("bash", "loop.sh")
    assert status == 0
    assert iterations("runs/my_training") == [300, 600, 900, 1000]
    assert said.count("Training complete at iteration 1,000") == 1
    assert said.count("nothing to do") == 1
    assert said.count("Training complete or stopped") == 1


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_the_documented_slurm_chain_ends_by_itself(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As documented but for ``|| exit 0``: the exit code ends the chain, not a guess at a count."""
    write_config()
    (checkout / "sbatch").write_text('#!/bin/sh\necho "$1" >> queue\n')
    (checkout / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{checkout}{os.pathsep}{os.environ['PATH']}")
    Path("job.sh").write_text(SLURM)
    jobs = ["job.sh"]
    said = ""
    while jobs:
        Path("queue").write_text("")
        status, output = run("bash", jobs.pop())
        assert status == 0
        said += output
        jobs = Path("queue").read_text().split()
        assert len(jobs) <= 1
    assert said.count("nothing to do") == 1
    assert said.count("Training complete at iteration") == 1
    assert said.count("Chunk time limit reached") == len(iterations("runs/my_training")) - 1 >= 1
    last = max(iterations("runs/my_training"))
    metadata = Path(f"runs/my_training/checkpoints/checkpoint_iter{last}_metadata.json")
    assert json.loads(metadata.read_text())["elapsed_seconds"] >= 0.4


def test_the_example_runs_to_its_end(tmp_path: Path) -> None:
    status, said = run(
        sys.executable,
        f"{ROOT / 'examples' / 'chunked_training_example.py'}",
        f"{tmp_path / 'run'}",
    )
    assert status == 0, said
    found = re.findall(r"iteration +([\d,]+) of 10,000\n", said)
    assert found == ["2,500", "5,000", "10,000"]
    assert iterations(f"{tmp_path / 'run'}")[-1] == 10_000
