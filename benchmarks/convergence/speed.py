"""Nodes a second on tables of 0.1 to 8 GB, and with more workers: one process at a time.

The tree is the same for all; its buckets decide how large the tables are. Pages are touched before
the clock runs; figures are medians of rounds.

Run: ``python -m convergence.speed SIZE CONTENDER BUCKETS WORKERS`` for one, in ``benchmarks/``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from holdem.config import without_effect
from holdem.mccfr.solver import Solver
from holdem.types import MAX_COUNT, GameConfig, MCCFRConfig

from .plan import OUT, Settings, weightings
from .trainees import open_percentile_buckets, touch_pages

CONTENDERS: dict[str, Settings] = {
    **weightings("external", 100_000, "linear", "dcfr"),
    **weightings("outcome", 100_000, "linear"),
    **weightings("public_chance", 1, "dcfr"),
}
# 190,236 decisions on the river.
GAME = GameConfig(
    bets={
        "preflop": "2x 2.5x 3x 4x / 2.5x 4x a",
        "flop": "0.33 0.5 0.75 1.5 / 0.5 1 a",
        "turn": "0.33 0.5 0.75 1.5 a / 0.5 1 a",
        "river": "0.33 0.5 0.75 1.5 a / 0.5 1 a",
    }
)
# Buckets a street after the first; a hundred make tables of half a gigabyte.
BUCKETS = {"quick": (20,), "full": (20, 100, 400, 1600)}
WORKERS_BUCKETS = {"quick": 20, "full": 100}
SECONDS = {"quick": 0.5, "full": 2.0}
ROUNDS = 3
MEMORY_LIMIT_BYTES = 12 * 10**9
_BUILD_SECONDS = 6  # of buckets, with zeroing tables


@dataclass(frozen=True)
class Rate:
    """What one process has measured; a second is one of the processor, or one of the clock."""

    contender: str
    buckets: int
    workers: int
    table_bytes: int
    nodes_per_cpu_second: float
    nodes_per_second: float
    iterations_per_second: float


@dataclass(frozen=True)
class Job:
    """A contender, how many buckets, how many threads."""

    size: str
    contender: str
    buckets: int
    workers: int

    @property
    def path(self) -> Path:
        name = self.contender.replace(" ", "-")
        return OUT / self.size / "speed" / f"{name}-{self.buckets}-{self.workers}.json"

    def training(self) -> MCCFRConfig:
        settings = CONTENDERS[self.contender]
        return MCCFRConfig(num_iterations=MAX_COUNT, num_workers=self.workers, **settings)


def jobs(size: str) -> list[Job]:
    """Returns every contender on every table, and again with all cores if it has use for them."""
    found = [Job(size, name, k, 1) for k in BUCKETS[size] for name in CONTENDERS]
    several = [Job(size, name, WORKERS_BUCKETS[size], os.cpu_count() or 1) for name in CONTENDERS]
    return found + [job for job in several if job.workers > 1 and uses_workers(job.training())]


def uses_workers(training: MCCFRConfig) -> bool:
    """Returns whether its sampler runs on several threads."""
    return not any(line.startswith("num_workers") for line in without_effect(training))


def wall_seconds(size: str) -> float:
    """Returns about how long all that is not done yet takes."""
    todo = [job for job in jobs(size) if not job.path.exists()]
    return sum(_BUILD_SECONDS + (ROUNDS + 1) * SECONDS[size] for _ in todo)


def measure(job: Job) -> Rate:
    """Measures in this process."""
    solver = Solver(
        GAME,
        job.training(),
        open_percentile_buckets(job.buckets),
        memory_limit_bytes=MEMORY_LIMIT_BYTES,
    )
    touch_pages(solver)
    solver.run(MAX_COUNT, SECONDS[job.size])
    rounds = [_rates(solver, SECONDS[job.size]) for _ in range(ROUNDS)]
    by_cpu, by_clock, iterations = (median(values) for values in zip(*rounds, strict=True))
    table_bytes = solver.table_bytes
    return Rate(job.contender, job.buckets, job.workers, table_bytes, by_cpu, by_clock, iterations)


def _rates(solver: Solver, seconds: float) -> tuple[float, float, float]:
    nodes, cpu, clock = solver.nodes_visited, time.process_time(), time.perf_counter()
    iterations = solver.run(MAX_COUNT, seconds)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    visited = solver.nodes_visited - nodes
    return visited / cpu, visited / clock, iterations / clock


def measure_all(size: str) -> int:
    """Measures what is not done yet, each in a process of its own; returns how many failed."""
    failed = 0
    for job in jobs(size):
        if job.path.exists():
            continue
        words = [job.size, job.contender, f"{job.buckets}", f"{job.workers}"]
        done = subprocess.run([sys.executable, "-m", "convergence.speed", *words], check=False)
        failed += done.returncode != 0
    return failed


def read_all(size: str) -> list[Rate]:
    """Returns what has been measured so far."""
    there = [job.path for job in jobs(size) if job.path.exists()]
    return [Rate(**json.loads(path.read_text())) for path in there]


def main() -> None:
    size, contender, buckets, workers = sys.argv[1:]
    job = Job(size, contender, int(buckets), int(workers))
    rate = measure(job)
    job.path.parent.mkdir(parents=True, exist_ok=True)
    job.path.write_text(json.dumps(asdict(rate)) + "\n")
    print(
        f"{contender:<24} {rate.table_bytes / 1e9:6.2f} GB, {workers} workers: "
        f"{rate.nodes_per_second / 1e6:.1f} M nodes/s",
        flush=True,
    )


if __name__ == "__main__":
    main()
