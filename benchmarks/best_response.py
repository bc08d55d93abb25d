"""Exact best responses in hold'em: nanoseconds a node, the gain of a second thread, and what the
quickstart's strategy loses.

Trains the quickstart's configuration, then walks the best response of each player on one flop, with
one thread and with two in turn, and computes the exploitability on a number of flops. A node is one
of the betting tree on one board, for the 1,081 hands of a river. Medians.

Run: ``python benchmarks/best_response.py [--seconds 60] [--rounds 3] [--flops 25]``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe_machine

from holdem import _core
from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.build_file import build_bucket_file
from holdem.evaluation.exploitability import ExactEvaluation, mbb_per_hand
from holdem.policy.finding import find_policy
from holdem.policy.policy import Policy
from holdem.types import GameConfig

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
BUCKETS = percentiles(k_preflop=169, k_flop=200, k_turn=200, k_river=200)
ALL_FLOPS = 1755


def trained(scratch: Path, seconds: float) -> Policy:
    """Trains the quickstart's configuration and opens its strategy."""
    buckets, logdir = scratch / "buckets.pkl", scratch / "run"
    build_bucket_file(BUCKETS, buckets)
    command = [sys.executable, "-m", "holdem.cli.train_blueprint", "--config", f"{CONFIG}"]
    command += ["--buckets", f"{buckets}", "--logdir", f"{logdir}", "--time-budget", f"{seconds}"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return find_policy(logdir, None)[1]


def on_flops(policy: Policy, flops: object, num_workers: int) -> ExactEvaluation:
    game = GameConfig(**{**policy.game.settings(), "flops": flops})
    return ExactEvaluation(policy, game, num_workers)


def walk_one_flop(policy: Policy, num_workers: int) -> tuple[float, float]:
    """Returns wall and CPU seconds of both players' best responses on one flop."""
    profile = on_flops(policy, ["As7h2d"], num_workers).profile([policy.core] * 2)
    walks = [profile.value(player, _core.Play.respond) for player in range(2)]
    wall, cpu = time.perf_counter(), time.process_time()
    for walk in walks:
        walk.add_part(0, num_workers, _core.StopFlag())
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flops", type=int, default=25)
    args = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory() as directory:
        policy = trained(Path(directory), args.seconds)
        print(f"quickstart after {args.seconds:g} s: iteration {policy.iteration:,}")

        nodes = 2 * on_flops(policy, ["As7h2d"], 1).estimate().nodes
        taken = {workers: [] for workers in (1, 2)}  # type: dict[int, list[tuple[float, float]]]
        for _ in range(args.rounds):
            for workers, found in taken.items():
                found.append(walk_one_flop(policy, workers))
        wall, cpu = ({w: statistics.median(s[k] for s in taken[w]) for w in taken} for k in (0, 1))
        print(f"one flop, {nodes:,} nodes: {cpu[1] / nodes * 1e9:,.0f} ns a node (CPU, one thread)")
        print(f"two threads: {wall[1] / wall[2]:.2f} times one")

        evaluation = on_flops(policy, args.flops, 2)
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        exact = evaluation.exploitability()
        wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
        whole = ExactEvaluation(policy).estimate()
        share = evaluation.estimate().nodes / whole.nodes
        won = [mbb_per_hand(best, policy.game) for best in exact.best_response_chips]
        print(
            f"exploitability on {args.flops} flops: "
            f"{mbb_per_hand(exact.exploitability_chips, policy.game):,.1f} mbb a hand "
            f"(best responses {won[0]:+,.1f} and {won[1]:+,.1f}), {wall_s:,.0f} s on two threads, "
            f"{cpu_s:,.0f} CPU seconds"
        )
        print(f"all {ALL_FLOPS:,} flops, by their nodes: {cpu_s / share / 3600:,.1f} CPU hours")


if __name__ == "__main__":
    main()
