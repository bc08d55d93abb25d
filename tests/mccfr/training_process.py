"""The training command as a process of its own, followed through what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdem.checkpoint.store import CheckpointStore

COMMAND = [sys.executable, "-m", "holdem.cli.train_blueprint"]
SAVED = r"Checkpoint saved successfully: .*checkpoint_iter(\d+)\.pkl"
NOT_SAVED = r"No checkpoint at iteration ([\d,]+): .*training goes on"
PATIENCE_S = 60.0


class TrainingProcess:
    """Reads the standard error of a running command line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, count: int = 1) -> None:
        """Waits until ``count`` more lines match; fails if the process ends or is too slow."""
        assert self.comes(pattern, count), "".join(self.lines)

    def comes(self, pattern: str, count: int) -> bool:
        """As ``wait_for``, but tells whether the lines came before the process ended."""
        wanted = len(self.matches(pattern)) + count
        deadline = time.monotonic() + PATIENCE_S
        while len(self.matches(pattern)) < wanted:
            if not self._reader.is_alive():
                return False
            assert time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.01)
        return True

    def matches(self, pattern: str) -> list[str]:
        """The first group of each line that matches, in order."""
        found = (re.search(pattern, line) for line in list(self.lines))
        return [match[1] for match in found if match]

    @property
    def acknowledged(self) -> list[int]:
        """Iterations that the command has reported as saved."""
        return [int(iteration) for iteration in self.matches(SAVED)]

    def ended(self) -> int:
        """Waits for the end; returns the exit status."""
        status = self.process.wait(PATIENCE_S)
        self._reader.join()
        return status

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)


@contextmanager
def training(
    logdir: Path, *flags: object, prefix: tuple[str, ...] = ()
) -> Iterator[TrainingProcess]:
    """Starts the command; it is dead afterwards."""
    command = [*prefix, *COMMAND, "--logdir", str(logdir), *map(str, flags)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield TrainingProcess(process)
        finally:
            process.kill()


def store_of(logdir: Path) -> CheckpointStore:
    return CheckpointStore(logdir / "checkpoints")


def files_of(logdir: Path) -> dict[str, bytes]:
    """The checkpoint files of a run by name."""
    paths = (logdir / "checkpoints").iterdir()
    return {path.name: path.read_bytes() for path in paths if path.is_file()}
