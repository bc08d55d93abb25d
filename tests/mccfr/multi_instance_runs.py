"""Runs of several instances by the real command, and what they leave on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from chunked_runs import digests, wait_until
from holdem import _core
from holdem.mccfr.instances.plan import split
from holdem.mccfr.solver import Solver
from holdem.mccfr.status.progress_file import InstanceProgress, progress_path, read_progress
from holdem.types import GameConfig, MCCFRConfig


def newest_digests(logdir: Path) -> list[tuple[int, object]]:
    """Returns iteration and digests of the newest checkpoint of every instance."""
    found = []
    for number in range(len(list(logdir.glob("instance_*")))):
        saved = digests(logdir / f"instance_{number}")
        found.append((max(saved), saved[max(saved)]))
    return found


def progress(logdir: Path, number: int) -> InstanceProgress:
    found = read_progress(progress_path(logdir, number))
    assert found is not None
    return found


def pid(logdir: Path, number: int) -> int | None:
    found = read_progress(progress_path(logdir, number))
    return None if found is None else found.pid


def wait_for_checkpoints(logdir: Path, count: int) -> None:
    """Waits until every one of ``count`` instances has saved."""
    wait_until(
        lambda: all(
            any((logdir / f"instance_{number}").glob("checkpoints/*_metadata.json"))
            for number in range(count)
        )
    )


def workers_of(coordinator: int) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(coordinator).children()
        if "holdem.mccfr.process.worker" in child.cmdline()
    ]


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def synchronised(
    total: int, count: int, interval: int, *, game: str = "leduc", **training: object
) -> list[Solver]:
    """Returns the solvers of a synchronised run, trained in this process, one after the other."""
    config = MCCFRConfig(num_iterations=total, **training)  # type: ignore[arg-type]
    solvers = [
        Solver(GameConfig(name=game), config, memory_limit_bytes=1 << 28, instance=number)
        for number in range(count)
    ]
    targets = [end - start for start, end in split(total, count)]
    for begin in range(0, max(targets), interval):
        if 0 < begin < min(targets):
            for solver in solvers:
                solver.settle_regrets()
            _share_average([solver.regrets for solver in solvers])
        for solver, target in zip(solvers, targets, strict=True):
            solver.run(min(interval, max(0, target - solver.iteration)), 1e9)
    return solvers


def _share_average(tables: list[npt.NDArray[np.float32]]) -> None:
    out = np.empty_like(tables[0])
    _core.average_floats(tables, 0, out.size, out)
    for table in tables:
        table[:] = out


def metadata_of(logdir: Path, number: int, iteration: int) -> dict[str, object]:
    path = logdir / f"instance_{number}" / "checkpoints"
    content = json.loads((path / f"checkpoint_iter{iteration}_metadata.json").read_text())
    assert isinstance(content, dict)
    return content
