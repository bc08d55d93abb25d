"""Local best responses: microseconds a hand, the gain of a second thread, and what the quickstart's
strategy loses at least, by menu and streets.

Trains the quickstart's configuration, or takes a run that is there. CPU time, since a hand needs no
other thread; the gain of the second one is the median of rounds in turn.

Run: ``python benchmarks/local_best_response.py [--run RUN] [--hands 100000] [--rounds 3]``.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from best_response import trained
from machine import describe_machine

from holdem.evaluation.local_best_response import LBR_BETS, local_best_response
from holdem.policy.finding import find_policy
from holdem.policy.policy import Policy

STREETS = ("turn-river", "preflop-river")


def print_bounds(policy: Policy, hands: int) -> None:
    """Prints what each menu wins, and how long a hand takes."""
    print("menu, streets: mbb a hand at least, CPU microseconds a hand, hands a minute of CPU")
    for streets in STREETS:
        for bets in LBR_BETS:
            cpu = time.process_time()
            won = local_best_response(policy, hands, bets=bets, streets=streets)
            cpu = (time.process_time() - cpu) / won.num_hands
            print(
                f"{bets}, {streets}: {won.mbb_per_hand:,.0f} ± {won.ci95:,.0f}, {cpu * 1e6:,.0f}, "
                f"{60 / cpu:,.0f}",
                flush=True,
            )


def print_gain(policy: Policy, hands: int, rounds: int) -> None:
    """Prints what a second thread gains."""
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, seconds in taken.items():
            start = time.perf_counter()
            local_best_response(policy, hands, num_workers=workers)
            seconds.append(time.perf_counter() - start)
    one, two = (statistics.median(seconds) for seconds in taken.values())
    print(f"two threads: {one / two:.2f} times one, {hands / two * 60:,.0f} hands a minute")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--hands", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory() as directory:
        if args.run is None:
            policy = trained(Path(directory), args.seconds)
        else:
            policy = find_policy(args.run, None)[1]
        print(f"quickstart's configuration, iteration {policy.iteration:,}")
        print_bounds(policy, args.hands)
        print_gain(policy, args.hands // 5, args.rounds)


if __name__ == "__main__":
    main()
