"""Public-chance sampling: nanoseconds a node for both players, and the gain of a second worker.

Trains trees of different sizes with 200 buckets a street in turn, with one worker and with two. A
node is one of the betting tree on one board, for all hands of both players. Medians of the rounds.

Run: ``python benchmarks/public_chance.py [--rounds 5] [--seconds 3]``.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.build_file import BucketFile, build_bucket_file
from holdem.config import load_run_config
from holdem.mccfr.solver import Solver

CONFIGS = Path(__file__).parents[1] / "configs"
BUCKETS = percentiles(k_preflop=169, k_flop=200, k_turn=200, k_river=200)
SIZES = "0.33 0.75 1.5 a / 0.75 1.5 a"
TREES: dict[str, tuple[str, dict[str, object]]] = {
    "quickstart": ("quickstart.yaml", {}),
    "headsup-100bb": ("headsup-100bb.yaml", {}),
    f"{SIZES} after the flop": (
        "headsup-100bb.yaml",
        {"bets": dict.fromkeys(("flop", "turn", "river"), SIZES)},
    ),
}
MEMORY_LIMIT_BYTES = 8 * 10**9


def solver(config: str, changes: dict[str, object], buckets: BucketFile, workers: int) -> Solver:
    """Returns a solver with its tables in memory, past the first iterations."""
    run = load_run_config(
        CONFIGS / config,
        {"buckets": f"{buckets.path}", "game": changes, "num_workers": workers},
    )
    found = Solver(run.game, run.training, buckets.buckets, memory_limit_bytes=MEMORY_LIMIT_BYTES)
    found.run(5, float("inf"))
    return found


def trained(solver: Solver, seconds: float) -> tuple[float, float]:
    """Returns wall and CPU nanoseconds a node."""
    nodes = solver.nodes_visited
    wall, cpu = time.perf_counter(), time.process_time()
    solver.run(10**9, seconds)
    nodes = solver.nodes_visited - nodes
    return (
        (time.perf_counter() - wall) / nodes * 1e9,
        (time.process_time() - cpu) / nodes * 1e9,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    args = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory() as directory:
        buckets = build_bucket_file(BUCKETS, Path(directory) / "buckets.pkl")
        for name, (config, changes) in TREES.items():
            solvers = {n: solver(config, changes, buckets, n) for n in (1, 2)}
            found = {n: [] for n in solvers}  # type: dict[int, list[tuple[float, float]]]
            for _ in range(args.rounds):
                for n, of_n in found.items():
                    of_n.append(trained(solvers[n], args.seconds))
            decisions = sum(street.decision_nodes for street in solvers[1].plan())
            cpu = statistics.median(cpu for _, cpu in found[1])
            gain = statistics.median(
                one / two for (one, _), (two, _) in zip(found[1], found[2], strict=True)
            )
            print(
                f"{name}: {decisions:,} decisions, {solvers[1].table_bytes / 1e6:,.0f} MB of "
                f"tables: {cpu:,.0f} ns a node (CPU, one worker); two workers {gain:.2f} times one"
            )


if __name__ == "__main__":
    main()
