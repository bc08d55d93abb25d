"""External sampling on a heads-up tree with at least 1 GB of tables: nodes a second and core.

A node is a node of the betting tree that a traversal touches, decisions and terminals alike; an
iteration updates both players. The weightings run in turn, one solver each on the same buckets,
after a warm-up that touches the tables. Figures are medians per second of processor time of one
thread.

Run: ``python benchmarks/external_speed.py [--seconds 5] [--rounds 5]``; needs 5 GB of memory.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.builder import build_buckets
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

GAME = GameConfig(
    bets={
        "preflop": "2.5x 4x / 2.5x 4x a",
        "flop": "0.33 0.75 1.5 / 0.5 1 a",
        "turn": "0.33 0.75 1.5 a / 0.5 1 a",
        "river": "0.33 0.75 1.5 a / 0.5 1 a",
    }
)
BUCKETS = percentiles(k_preflop=169, k_flop=900, k_turn=900, k_river=900)
MODES: dict[str, dict[str, Any]] = {
    "none": {"discount_mode": "none"},
    "linear": {"discount_mode": "linear"},
    "dcfr": {"discount_mode": "dcfr"},
    "linear, pruning": {"discount_mode": "linear", "enable_pruning": True},
}
MEMORY_LIMIT_BYTES = 8 * 10**9


def measure(
    solvers: dict[str, Solver], seconds: float, rounds: int
) -> dict[str, tuple[float, float]]:
    """Returns median nodes and iterations per thread second by mode."""
    rates: dict[str, list[tuple[float, float]]] = {mode: [] for mode in solvers}
    for _ in range(rounds):
        for mode, solver in solvers.items():
            nodes, start = solver.nodes_visited, time.thread_time()
            iterations = solver.run(2**31, seconds)
            spent = time.thread_time() - start
            rates[mode].append(((solver.nodes_visited - nodes) / spent, iterations / spent))
    return {
        mode: (statistics.median(n for n, _ in found), statistics.median(i for _, i in found))
        for mode, found in rates.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print(describe_machine())
    buckets = build_buckets(BUCKETS)
    solvers = {
        mode: Solver(
            GAME,
            MCCFRConfig(num_iterations=2**31, discount_interval=100_000, **settings),
            buckets,
            memory_limit_bytes=MEMORY_LIMIT_BYTES,
        )
        for mode, settings in MODES.items()
    }
    table_bytes = solvers["none"].table_bytes
    print(f"tables {table_bytes / 1e9:.2f} GB each, {solvers['none'].num_infosets:,} infosets")
    for solver in solvers.values():
        # Touched once, so that no page is cleared while the clock runs.
        solver.regrets[:] = 0
        solver.strategy_sums[:] = 0
        solver.run(2**31, 2 * args.seconds)
    for mode, (nodes, iterations) in measure(solvers, args.seconds, args.rounds).items():
        print(f"{mode:<16} {nodes / 1e6:6.1f} M nodes/s  {iterations:>9,.0f} iterations/s")


if __name__ == "__main__":
    main()
