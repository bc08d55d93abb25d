"""What TensorBoard costs: the time of one point against the interval between points.

A point samples every street's tables and writes one event. Run on a heads-up game with a million
infosets after some training: ``python benchmarks/tensorboard_overhead.py [--points 50]``.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.builder import build_buckets
from holdem.config import load_run_config
from holdem.mccfr.observers.metrics import TensorBoardMetrics
from holdem.mccfr.solver import Solver
from holdem.mccfr.status.run_status import RunStatus
from holdem.mccfr.status.targets import Targets

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
MEMORY_LIMIT_BYTES = 10**9


def status(solver: Solver, seconds: float) -> RunStatus:
    return RunStatus(
        iteration=solver.iteration,
        targets=Targets(),
        process_seconds=seconds,
        elapsed_seconds=seconds,
        iterations_per_second=1.0,
        nodes_per_second=1.0,
        memory_bytes=0,
        table_bytes=solver.table_bytes,
        num_infosets=solver.num_infosets,
        checkpoint_iteration=None,
        checkpoint_age_seconds=0.0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50)
    args = parser.parse_args()
    print(describe_machine())
    run = load_run_config(CONFIG, {"buckets": "not used"})
    buckets = build_buckets(percentiles(169, 200, 200, 200))
    solver = Solver(run.game, run.training, buckets, memory_limit_bytes=MEMORY_LIMIT_BYTES)
    solver.run(10**9, 2.0)
    interval = run.training.log_interval_seconds
    with tempfile.TemporaryDirectory() as scratch:
        metrics = TensorBoardMetrics(Path(scratch), solver, interval)
        seconds = []
        for point in range(1, args.points + 1):
            solver.run(10**9, 0.02)
            start = time.thread_time()
            metrics.update(status(solver, point * interval))
            seconds.append(time.thread_time() - start)
        metrics.close(status(solver, 0.0))
    first, median = seconds[0], statistics.median(seconds)
    print(f"first point {first * 1e3:.1f} ms (imports), then {median * 1e3:.2f} ms a point")
    print(f"every {interval:g} s: {100 * median / interval:.3f} % of training")


if __name__ == "__main__":
    main()
