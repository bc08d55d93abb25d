"""How long training stands still for a save, and what the save costs it otherwise.

A heads-up blueprint trains beside each save in the background. Every round measures, one after the
other so that they meet the same machine: the rate of training alone, the two moments in which the
save stops it (the snapshot, the commit), the rate during the write and after it, the memory that
the snapshot took, a save in place, raw writes of the same bytes, a load and raw reads. Medians.

Run: ``python benchmarks/save_stall.py [--gigabytes 2] [--rounds 5] [--directory D]``; needs memory
for three times the tables and disk for the tables.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
from external_speed import GAME
from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.builder import build_buckets
from holdem.checkpoint.store import CheckpointStore
from holdem.mccfr.solver import Solver
from holdem.types import MCCFRConfig

BUCKETS_PER_GIGABYTE = 870  # of each street after the first
SLICE_SECONDS = 0.2  # as the run loop
CHUNK = 8 << 20
Figures = dict[str, list[float]]


def make_solver(gigabytes: float) -> Solver:
    """Returns a solver whose tables are touched and trained for a moment."""
    count = round(BUCKETS_PER_GIGABYTE * gigabytes)
    solver = Solver(
        GAME,
        MCCFRConfig(num_iterations=2**31, discount_interval=100_000),
        build_buckets(percentiles(169, count, count, count)),
        memory_limit_bytes=psutil.virtual_memory().total,
    )
    solver.regrets[:] = 0
    solver.strategy_sums[:] = 0
    solver.run(2**31, 10.0)
    return solver


def content(solver: Solver) -> tuple[int, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Returns the arguments of a save, gathered as the run loop gathers them."""
    metadata = solver.metadata()
    return solver.iteration, solver.policy_content(), solver.regret_content(), metadata


def measure_rate(solver: Solver, seconds: float) -> float:
    """Returns iterations a second."""
    start = time.perf_counter()
    return solver.run(2**31, seconds) / (time.perf_counter() - start)


def save_in_background(solver: Solver, store: CheckpointStore, figures: Figures) -> None:
    """Trains during a save and notes what it cost."""
    start = time.perf_counter()
    pending = store.begin_save(*content(solver))
    begun = time.perf_counter()
    iterations = 0
    while not pending.is_done:
        iterations += solver.run(2**31, SLICE_SECONDS)
    written = time.perf_counter()
    checkpoint = pending.wait()
    figures["standstill: snapshot, s"].append(begun - start)
    figures["standstill: commit, s"].append(time.perf_counter() - written)
    figures["standstill: together, s"].append(time.perf_counter() - start - (written - begun))
    figures["background save until committed, s"].append(time.perf_counter() - start)
    figures["iterations/s during the write"].append(iterations / (written - begun))
    figures["memory that the snapshot took, GB"].append((pending.copied_bytes or 0) / 1e9)
    for path in checkpoint.paths:
        path.unlink()


def save_and_load(solver: Solver, store: CheckpointStore, figures: Figures) -> None:
    """Saves in place, loads, and does the same with the bare bytes."""
    raw = store.directory / "raw"
    arrays = solver.regrets, solver.strategy_sums
    with timed(figures, "save in place, s"):
        checkpoint = store.save(*content(solver))
    forget(*checkpoint.paths)
    with timed(figures, "load and verify, s"):
        solver.restore(checkpoint)
    for path in checkpoint.paths:
        path.unlink()
    for kind, flags in (("buffered", 0), ("direct", os.O_DIRECT)):
        with timed(figures, f"raw write + fdatasync, {kind}, s"):
            transfer(raw, arrays, os.O_CREAT | os.O_WRONLY | flags)
        forget(raw)
        with timed(figures, f"raw read, {kind}, s"):
            transfer(raw, arrays, os.O_RDONLY | flags)
        raw.unlink()


class timed:  # noqa: N801 - reads as a statement
    """Notes the seconds that its block takes, after what was written before is on disk."""

    def __init__(self, figures: Figures, name: str) -> None:
        self._times = figures[name]

    def __enter__(self) -> None:
        os.sync()
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._times.append(time.perf_counter() - self._start)


def transfer(path: Path, arrays: tuple[Any, ...], flags: int) -> None:
    """Writes whole pages of the arrays to a file and syncs it, or reads them back."""
    descriptor = os.open(path, flags)
    for array in arrays:
        pages = memoryview(array).cast("B")[: array.nbytes // 4096 * 4096]
        for start in range(0, len(pages), CHUNK):
            chunk = pages[start : start + CHUNK]
            if flags & os.O_WRONLY:
                os.write(descriptor, chunk)
            else:
                os.readv(descriptor, [chunk])
    os.fdatasync(descriptor)
    os.close(descriptor)


def forget(*paths: Path) -> None:
    """Drops files from the page cache."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def report(figures: Figures, interval_seconds: float) -> None:
    """Prints medians and what they come to."""
    median = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        print(f"{name:38} {median[name]:12,.3f}  ({min(values):,.3f} to {max(values):,.3f})")
    slowdown = 1 - median["iterations/s during the write"] / median["iterations/s alone"]
    writing = median["background save until committed, s"] - median["standstill: together, s"]
    median["standstill and slower training, s"] = (
        median["standstill: together, s"] + slowdown * writing
    )
    for way in (
        "standstill: together, s",
        "standstill and slower training, s",
        "save in place, s",
    ):
        share = median[way] / interval_seconds
        print(f"{way}: {median[way]:.3f}, {share:.3%} of {interval_seconds:g} s (goal 1%)")
    for name, ours in (("write + fdatasync", "save in place, s"), ("read", "load and verify, s")):
        for kind in ("buffered", "direct"):
            ratio = median[ours] / median[f"raw {name}, {kind}, s"]
            print(f"{ours} / raw {name}, {kind}: {ratio:.2f} (goal 1.25)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of training between")
    parser.add_argument("--directory", type=Path, default=Path.cwd())
    args = parser.parse_args()
    print(describe_machine())
    solver = make_solver(args.gigabytes)
    print(f"tables {solver.table_bytes / 1e9:.2f} GB, medians of {args.rounds} rounds")
    figures: Figures = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=args.directory) as scratch:
        store = CheckpointStore(Path(scratch))
        for _ in range(args.rounds):
            figures["iterations/s alone"].append(measure_rate(solver, args.seconds))
            save_in_background(solver, store, figures)
            figures["iterations/s after the write"].append(measure_rate(solver, args.seconds))
            save_and_load(solver, store, figures)
    interval = MCCFRConfig(num_iterations=1).snapshot_interval_seconds
    assert interval is not None
    report(figures, interval)


if __name__ == "__main__":
    main()
