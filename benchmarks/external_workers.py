"""External sampling with several workers on one table: what batches cost, and what threads gain.

What batches cost is exploitability after equal numbers of iterations, in multiples of that without
batches: exact, and the same on any machine and any number of threads. What threads gain is nodes a
second, wall and CPU, heads-up on a gigabyte of tables and with six players on a tree that grows;
iterations one by one, batches, and batches with workers take turns, and the figures are medians.
Threads that wait for each other are slowed most by other work on the machine; ``--real-time`` keeps
it away while the clock runs (as root).

Run: ``python benchmarks/external_workers.py [--workers 2] [--seconds 1] [--rounds 15] [--seeds 8]
[--real-time]``; needs 8 GB of memory. Without seeds only the speed is measured.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import external_speed
from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.bucket_file import Buckets, open_buckets
from holdem.abstraction.builder import build_buckets
from holdem.config import load_run_config
from holdem.mccfr.solver import Solver
from holdem.types import LOSSLESS, STREETS, GameConfig, MCCFRConfig, Street

BATCHES = (1, 20, 50, 100, 200)
POT: dict[Street, str] = dict.fromkeys(STREETS, "1")
ONE_BET: dict[Street, int] = dict.fromkeys(STREETS, 1)
SIX_MAX = Path(__file__).parents[1] / "configs" / "six-max.yaml"
MEMORY_LIMIT_BYTES = 4 * 10**9


class Case(NamedTuple):
    """A game with exact exploitability, and when it is asked for."""

    name: str
    game: GameConfig
    discount_interval: int
    iterations: tuple[int, ...]


CASES = (
    Case("Leduc", GameConfig(name="leduc"), 1000, (100_000, 1_000_000)),
    Case("Kuhn, three players", GameConfig(name="kuhn", num_players=3), 1000, (100_000, 1_000_000)),
    Case(
        "Leduc with 13 ranks, 4 suits, 4 raises",
        GameConfig(name="leduc", num_ranks=13, num_suits=4, max_raises=4),
        10_000,
        (100_000, 500_000),
    ),
    Case(
        "hold'em with four ranks, lossless",
        GameConfig(ranks=4, stacks=(8100,) * 2, bets=POT, raise_cap=ONE_BET),
        10_000,
        (100_000, 500_000),
    ),
)


def training(batch: int, num_workers: int, interval: int, seed: int = 0) -> MCCFRConfig:
    return MCCFRConfig(
        num_iterations=2**31,
        discount_interval=interval,
        update_batch=batch,
        num_workers=num_workers,
        seed=seed,
    )


def print_cost(case: Case, seeds: int) -> None:
    """Prints the exploitability for each batch: means and standard errors over seeds."""
    print(
        f"\n{case.name}: chips after {' and '.join(f'{n:,}' for n in case.iterations)} iterations"
    )
    buckets = open_buckets(LOSSLESS, case.game.ranks) if case.game.name == "holdem" else None
    first: list[float] = []
    for batch in BATCHES:
        found: list[list[float]] = [[] for _ in case.iterations]
        for seed in range(seeds):
            config = training(batch, 1, case.discount_interval, seed)
            solver = Solver(case.game, config, buckets, memory_limit_bytes=MEMORY_LIMIT_BYTES)
            for at, values in zip(case.iterations, found, strict=True):
                solver.run(at - solver.iteration, math.inf)
                values.append(solver.exploitability()[0])
        means = [statistics.mean(values) for values in found]
        errors = [statistics.stdev(values) / math.sqrt(seeds) for values in found]
        first = first or means
        line = "  ".join(
            f"{mean:.5f} ± {error:.5f} ({mean / base:.2f})"
            for mean, error, base in zip(means, errors, first, strict=True)
        )
        print(f"update_batch {batch:4}: {line}", flush=True)


def set_priority(*, real_time: bool) -> None:
    """Lets all threads of this process run before those of others, or like them."""
    policy, priority = (os.SCHED_FIFO, 1) if real_time else (os.SCHED_OTHER, 0)
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setscheduler(int(thread.name), policy, os.sched_param(priority))


def print_gain(
    name: str, game: GameConfig, buckets: Buckets, args: argparse.Namespace, warm_up_s: float
) -> None:
    """Prints nodes a second of each way to train the same game."""
    ways = {
        "one by one": training(1, 1, 100_000),
        "batches of 100, 1 worker": training(100, 1, 100_000),
        f"batches of 100, {args.workers} workers": training(100, args.workers, 100_000),
    }
    solvers = {
        way: Solver(game, config, buckets, memory_limit_bytes=MEMORY_LIMIT_BYTES)
        for way, config in ways.items()
    }
    for solver in solvers.values():
        if not solver.grows:  # touched once, so that no page is cleared while the clock runs
            solver.regrets[:] = 0
            solver.strategy_sums[:] = 0
        solver.run(2**31, warm_up_s)
    rates: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(args.rounds):
        for way, solver in solvers.items():
            set_priority(real_time=args.real_time)
            nodes, wall, cpu = solver.nodes_visited, time.perf_counter(), time.process_time()
            solver.run(2**31, args.seconds)
            done = solver.nodes_visited - nodes
            times = time.perf_counter() - wall, time.process_time() - cpu
            set_priority(real_time=False)
            rates[way].append((done / times[0], done / times[1]))
    print(f"\n{name}, {solvers['one by one'].table_bytes / 1e9:.2f} GB of tables")
    base = statistics.median(wall for wall, _ in rates["one by one"])
    for way, found in rates.items():
        wall, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(
            f"{way:<26} {wall / 1e6:6.2f} M nodes a second ({wall / base:.2f}), "
            f"{cpu / 1e6:6.2f} a CPU second",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--real-time", action="store_true")
    args = parser.parse_args()
    print(describe_machine())
    for case in CASES if args.seeds else ():
        print_cost(case, args.seeds)
    print_gain(
        "heads-up", external_speed.GAME, build_buckets(external_speed.BUCKETS), args, warm_up_s=5
    )
    six = load_run_config(SIX_MAX, {"buckets": LOSSLESS}).game
    smaller = build_buckets(percentiles(k_preflop=169, k_flop=200, k_turn=200, k_river=200))
    print_gain("six players, a growing tree", six, smaller, args, warm_up_s=30)


if __name__ == "__main__":
    main()
