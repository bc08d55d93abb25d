"""Runs of the real command in processes of their own, and what they leave on disk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

COMMAND = (sys.executable, "-m", "holdem.cli.train_blueprint")
TIMEOUT_S = 120


def write_config(path: Path, game: str = "leduc", num_players: int = 2, **training: object) -> Path:
    settings = {
        "game": {"name": game, "num_players": num_players},
        "snapshot_interval_seconds": None,
        "tensorboard": False,
    }
    path.write_text(yaml.safe_dump(settings | training))
    return path


def train(config: Path, logdir: Path, *flags: str) -> tuple[int, str]:
    """Runs the command; returns its exit status and what it said."""
    result = subprocess.run(
        [*COMMAND, "--config", config, "--logdir", logdir, *flags],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    return result.returncode, result.stderr


def start(config: Path, logdir: Path, *flags: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--config", config, "--logdir", logdir, *flags],
        stderr=subprocess.PIPE,
        text=True,
    )


def train_to_the_end(config: Path, logdir: Path, *flags: str) -> int:
    """Repeats the command until there is nothing left to do; returns how often it trained."""
    for count in range(200):
        status, said = train(config, logdir, *flags)
        if status == 3:
            return count
        assert status == 0, said
    raise AssertionError("the run does not end")


def metadata(logdir: Path) -> dict[int, dict[str, object]]:
    """Returns the metadata of every checkpoint by iteration, ascending."""
    found = {
        int(re.fullmatch(r"checkpoint_iter(\d+)_metadata.json", path.name)[1]): path
        for path in (logdir / "checkpoints").glob("checkpoint_iter*_metadata.json")
    }
    return {iteration: json.loads(found[iteration].read_text()) for iteration in sorted(found)}


def digests(logdir: Path) -> dict[int, object]:
    """Returns sizes and digests of the data files of every checkpoint by iteration."""
    return {iteration: content["files"] for iteration, content in metadata(logdir).items()}


def data_files(logdir: Path, iteration: int) -> list[bytes]:
    directory = logdir / "checkpoints"
    names = [f"checkpoint_iter{iteration}{end}" for end in (".pkl", "_regrets.pkl")]
    return [(directory / name).read_bytes() for name in names]


def wait_until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + TIMEOUT_S
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.01)
