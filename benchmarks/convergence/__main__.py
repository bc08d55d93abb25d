"""All runs, two processes at a time, then the report: ``python -m convergence --quick``.

What is through is kept and not run again, so it may be cut at any moment. Run in ``benchmarks/``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from machine import describe_machine

from holdem.units import format_duration

from . import report, speed
from .one_run import is_done
from .plan import BENCHES, OUT, SIZES, Job, jobs
from .trainees import open_bench_buckets

_PROCESSES = 2


def run_all(todo: Iterable[Job]) -> int:
    """Runs what is to be done, and returns how many runs failed."""

    def run(job: Job) -> bool:
        words = [job.size, job.bench, job.contender, f"{job.seed}"]
        done = subprocess.run([sys.executable, "-m", "convergence.one_run", *words], check=False)
        say = "done" if done.returncode == 0 else f"FAILED with status {done.returncode}"
        print(f"{job.bench:<16} {job.contender:<24} seed {job.seed}  {say}", flush=True)
        return done.returncode != 0

    pool = ThreadPoolExecutor(_PROCESSES)
    try:
        return sum(pool.map(run, todo))
    finally:
        pool.shutdown(cancel_futures=True)  # Ctrl+C: no more are started


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m convergence", description=__doc__)
    for size in SIZES:
        parser.add_argument(f"--{size}", dest="size", action="store_const", const=size)
    parts = [*BENCHES, "speed"]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="games, or speed")
    parser.add_argument("--seeds", type=int, help="of each contender (default: the plan's)")
    args = parser.parse_args()
    size = args.size or "quick"

    games = [name for name in BENCHES if name in args.only]
    todo = [job for job in jobs(size, games, args.seeds) if not is_done(job)]
    seconds = sum(BENCHES[job.bench].cpu_seconds(size) for job in todo) / _PROCESSES
    if with_speed := "speed" in args.only:
        seconds += speed.wall_seconds(size)
    print(describe_machine())
    print(f"{len(todo)} runs, {_PROCESSES} at a time: about {format_duration(seconds)}", flush=True)

    OUT.mkdir(parents=True, exist_ok=True)
    for name in games:
        open_bench_buckets(BENCHES[name])  # built by one process, for all
    failed = run_all(todo)
    if with_speed:
        failed += speed.measure_all(size)
    report.write(size)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
