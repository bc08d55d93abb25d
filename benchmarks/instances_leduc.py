"""What several instances buy: merged at the end, synchronised on the way, or one longer run.

On Leduc and on a Leduc of 15,340 infosets, both with exact exploitability. The instances of a run
are trained in one process, one after the other, to the bytes that processes of their own would give
(``tests/mccfr/test_synchronised_instances.py`` compares the two). Exploitability does not depend on
the machine or its load.

Run: ``python benchmarks/instances_leduc.py [--seeds 10] [--scale 1.0]``; minutes.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from machine import describe_machine

from holdem import _core
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

COUNT = 8
MULTIPLES = (1, 2, 4, 8, 16)  # of T, for one run alone


@dataclass(frozen=True)
class Case:
    """A game, the iterations of one instance, the intervals, and the interval of other counts."""

    name: str
    game: GameConfig
    iterations: int
    discount_interval: int
    sync_intervals: tuple[int, ...]
    other_interval: int = 1000


CASES = (
    Case(
        "Leduc, 288 infosets", GameConfig(name="leduc"), 100_000, 1000, (100, 1000, 10_000, 50_000)
    ),
    Case(
        "Leduc with 13 ranks, 4 suits, 4 raises, 15,340 infosets",
        GameConfig(name="leduc", num_ranks=13, num_suits=4, max_raises=4),
        400_000,
        10_000,
        (100, 1000, 10_000, 100_000),
    ),
)


def make(case: Case, seed: int, instance: int = 0) -> Solver:
    training = MCCFRConfig(
        num_iterations=1,
        seed=seed,
        discount_mode="linear",
        discount_interval=case.discount_interval,
    )
    return Solver(case.game, training, memory_limit_bytes=1 << 30, instance=instance)


def alone(case: Case, seed: int, iterations: Sequence[int]) -> list[float]:
    """Returns the exploitability of one run at each of some ascending iterations."""
    solver = make(case, seed)
    found = []
    for target in iterations:
        solver.run(target - solver.iteration, 1e9)
        found.append(solver.exploitability()[0])
    return found


def together(case: Case, seed: int, *, count: int, interval: int | None) -> float:
    """Returns the exploitability of instances that are merged, synchronised where asked for."""
    solvers = [make(case, seed, number) for number in range(count)]
    step = case.iterations if interval is None else interval
    for begin in range(0, case.iterations, step):
        if begin > 0:
            average_regrets(solvers)
        for solver in solvers:
            solver.run(min(step, case.iterations - begin), 1e9)
    first, *others = solvers
    for other in others:
        first.strategy_sums[:] += other.strategy_sums
    return first.exploitability()[0]


def average_regrets(solvers: Sequence[Solver]) -> None:
    for solver in solvers:
        solver.settle_regrets()
    tables = [solver.regrets for solver in solvers]
    average = np.empty_like(tables[0])
    _core.average_floats(tables, 0, average.size, average)
    for table in tables:
        table[:] = average


def iterations_alone(exploitability: float, curve: Sequence[tuple[int, float]]) -> str:
    """Returns, in multiples of T, what one run needs for it; interpolated on logarithms."""
    for (one, high), (two, low) in pairwise(curve):
        if high >= exploitability >= low:
            share = math.log(high / exploitability) / math.log(high / low)
            return f"{one * (two / one) ** share:.1f}"
    return f"more than {curve[-1][0]}" if exploitability < curve[-1][1] else "less than 1"


def measure(case: Case, seeds: int) -> None:
    def mean(values: Sequence[float]) -> float:
        return statistics.fmean(values)

    def row(label: str, values: Sequence[float], speed: str) -> None:
        error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
        print(f"| {label} | {mean(values):.5f} ± {error:.5f} | {speed} |", flush=True)

    print(f"\n{case.name}; T = {case.iterations:,} iterations, {seeds} seeds\n")
    print("| | exploitability, chips | one run needs, in T |")
    print("|---|---|---|")
    targets = [case.iterations * multiple for multiple in MULTIPLES]
    curves = [alone(case, seed, targets) for seed in range(seeds)]
    by_multiple = [[curve[k] for curve in curves] for k in range(len(MULTIPLES))]
    curve = list(zip(MULTIPLES, map(mean, by_multiple), strict=True))

    def measured(label: str, exploitability: Callable[[int], float]) -> None:
        values = [exploitability(seed) for seed in range(seeds)]
        row(label, values, iterations_alone(mean(values), curve))

    row("one instance", by_multiple[0], "1")
    measured(f"{COUNT}, merged at the end", partial(together, case, count=COUNT, interval=None))
    plans = [(COUNT, interval) for interval in sorted(case.sync_intervals, reverse=True)]
    for count, interval in [*plans, (2, case.other_interval), (4, case.other_interval)]:
        label = f"{count}, synchronised every {interval:,}"
        measured(label, partial(together, case, count=count, interval=interval))
    for multiple, values in zip(MULTIPLES[1:], by_multiple[1:], strict=True):
        row(f"one run with {multiple} T", values, f"{multiple}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0, help="of the iterations, for a look")
    args = parser.parse_args()
    print(describe_machine())
    for case in CASES:
        iterations = int(case.iterations * args.scale)
        scaled = Case(**{**vars(case), "iterations": iterations})
        measure(scaled, args.seeds)


if __name__ == "__main__":
    main()
