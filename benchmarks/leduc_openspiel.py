"""Leduc hold'em beside OpenSpiel's C++ solvers, in one process and in turn.

First iterations a second of external sampling; an iteration updates every player in both programs.
Then processor seconds until the average strategy's exploitability (half of nash_conv, in chips) is
0.1, 0.02 and 0.01; only training is timed, and exploitability is looked at after every step of a
ladder of iterations. Theirs stop at a time limit.

Run: ``python benchmarks/leduc_openspiel.py [--limit 60] [--rounds 3]``; needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyspiel
from machine import describe_machine

from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

TARGETS = (0.1, 0.02, 0.01)
MEMORY_LIMIT_BYTES = 10**8


@dataclass
class Contender:
    """A solver that trains in steps.

    Attributes:
        train: Runs so many iterations more.
        exploitability: Of the average strategy, in chips.
        first_step: Iterations before the first look.
    """

    name: str
    train: Callable[[int], object]
    exploitability: Callable[[], float]
    first_step: int


def ours(sampling: str, mode: str, interval: int, seed: int) -> Contender:
    config: dict[str, Any] = {"sampling": sampling, "discount_mode": mode}
    solver = Solver(
        GameConfig(name="leduc"),
        MCCFRConfig(num_iterations=2**31, discount_interval=interval, seed=seed, **config),
        memory_limit_bytes=MEMORY_LIMIT_BYTES,
    )
    return Contender(
        f"holdem {sampling}, {mode}",
        lambda n: solver.run(n, 1e9),
        lambda: solver.exploitability()[0],
        10_000 if sampling == "external" else 5,
    )


def openspiel(kind: str, seed: int) -> Contender:
    """Returns a solver of theirs: ``external``, ``outcome``, ``CFR`` or ``CFR+``."""
    game = pyspiel.load_game("leduc_poker")
    full_width = {"CFR": pyspiel.CFRSolver, "CFR+": pyspiel.CFRPlusSolver}
    if kind in full_width:
        solver = full_width[kind](game)
        step = solver.evaluate_and_update_policy
    elif kind == "external":
        solver = pyspiel.ExternalSamplingMCCFRSolver(game, seed)
        step = solver.run_iteration
    else:
        solver = pyspiel.OutcomeSamplingMCCFRSolver(game, seed=seed)
        step = solver.run_iteration

    def train(n: int) -> None:
        for _ in range(n):
            step()

    return Contender(
        f"OpenSpiel {kind}",
        train,
        lambda: float(pyspiel.exploitability(game, solver.average_policy())),
        5 if kind in full_width else 1000,
    )


def rate(contender: Contender, iterations: int) -> float:
    """Returns iterations per processor second."""
    start = time.process_time()
    contender.train(iterations)
    return iterations / (time.process_time() - start)


def ladder(first: int) -> Iterator[int]:
    """Yields steps of which each adds a tenth to all before it."""
    done = first
    yield first
    while True:
        step = max(1, done // 10)
        done += step
        yield step


def seconds_to(contender: Contender, limit_s: float) -> dict[float, float | None]:
    """Returns processor seconds of training until each target, None where the limit came first."""
    reached: dict[float, float | None] = dict.fromkeys(TARGETS)
    spent = 0.0
    for step in ladder(contender.first_step):
        start = time.process_time()
        contender.train(step)
        spent += time.process_time() - start
        value = contender.exploitability()
        for target in TARGETS:
            if reached[target] is None and value <= target:
                reached[target] = spent
        if value <= min(TARGETS) or spent > limit_s:
            return reached
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each solver")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print(describe_machine())

    rates: dict[str, list[float]] = {"holdem": [], "OpenSpiel": []}
    for seed in range(args.rounds):
        rates["holdem"].append(rate(ours("external", "linear", 1000, seed), 1_000_000))
        rates["OpenSpiel"].append(rate(openspiel("external", seed), 40_000))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in medians.items():
        print(f"external sampling, {name:<10} {value:>11,.0f} iterations/s")
    print(f"ratio {medians['holdem'] / medians['OpenSpiel']:.1f}\n")

    times: dict[str, list[dict[float, float | None]]] = {}
    for seed in range(args.rounds):
        for contender in (
            ours("external", "linear", 1000, seed),
            ours("full_width", "cfr_plus", 1, seed),
            ours("full_width", "dcfr", 1, seed),
            openspiel("external", seed),
            openspiel("CFR+", seed),
        ):
            times.setdefault(contender.name, []).append(seconds_to(contender, args.limit))
    print(f"{'CPU seconds to exploitability':<32}" + "".join(f"{t:>12}" for t in TARGETS))
    for name, rounds in times.items():
        cells = []
        for target in TARGETS:
            found = [r[target] for r in rounds]
            median = statistics.median(args.limit if s is None else s for s in found)
            cells.append(f"> {args.limit:.0f}" if median >= args.limit else f"{median:.4f}")
        print(f"{name:<32}" + "".join(f"{cell:>12}" for cell in cells))


if __name__ == "__main__":
    main()
