"""Several instances by the real command: combined speed beside one, and what synchronising costs.

Rounds of the same time budget in turn. The speed of a run is the sum over its instances of
iterations per second of training, from their last checkpoints; so process starts and the last save
are not in it, while everything that instances take from each other is.

Run: ``python benchmarks/instances_speed.py [--seconds 10] [--rounds 5] [--directory D]``; as many
instances as the process may use cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml
from external_speed import GAME
from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.build_file import build_bucket_file
from holdem.checkpoint.store import find_checkpoint

BUCKETS = percentiles(k_preflop=169, k_flop=200, k_turn=200, k_river=200)
SYNC_INTERVALS = (100, 1000, 10_000, 100_000)


class Runs:
    """Training commands on one configuration in a scratch directory."""

    def __init__(self, scratch: Path, settings: Mapping[str, object], seconds: float) -> None:
        self._scratch = scratch
        self._count = 0
        self.table_bytes = 0
        common: dict[str, object] = {
            "time_budget_seconds": seconds,
            "discount_interval": 100_000,
            "snapshot_interval_seconds": None,
            "tensorboard": False,
        }
        self._config = scratch / "config.yaml"
        self._config.write_text(yaml.safe_dump(common | dict(settings)))

    def speed(self, instances: int, sync_interval: int | None = None) -> float:
        """Returns the combined iterations per second of one run."""
        self._count += 1
        logdir = self._scratch / f"{self._count}"
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "holdem.cli.train_blueprint",
            "--config",
            self._config,
        ]
        command += ["--logdir", logdir, "--num-instances", f"{instances}"]
        if sync_interval is not None:
            command += ["--sync-interval", f"{sync_interval}"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        found = [find_checkpoint(logdir / f"instance_{k}").metadata for k in range(instances)]
        self.table_bytes = found[0]["metrics"]["table_bytes"]
        subprocess.run(["rm", "-r", logdir], check=True)
        return sum(float(one["iteration"]) / float(one["elapsed_seconds"]) for one in found)


def measure(name: str, runs: Runs, cores: int, rounds: int) -> None:
    plans = [(1, None), (cores, None), *((cores, interval) for interval in SYNC_INTERVALS)]
    speeds: dict[tuple[int, int | None], list[float]] = {plan: [] for plan in plans}
    for _ in range(rounds):
        for plan, found in speeds.items():
            found.append(runs.speed(*plan))
    one, several = speeds[1, None], speeds[cores, None]
    print(f"\n{name}, tables of {runs.table_bytes / 1e6:,.1f} MB an instance\n")
    print("| | iterations/s, median | ratio in the same round, median |")
    print("|---|---|---|")
    print(f"| one instance | {statistics.median(one):,.0f} | 1 |")
    for (count, interval), found in speeds.items():
        if count == 1:
            continue
        label = f"{count} instances"
        against, ratios = "", [x / y for x, y in zip(found, one, strict=True)]
        if interval is not None:
            label += f", synchronised every {interval:,}"
            against = f" of {count} that are not"
            ratios = [x / y for x, y in zip(found, several, strict=True)]
        print(f"| {label} | {statistics.median(found):,.0f} | ", end="")
        print(f"{statistics.median(ratios):.2f}{against} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", type=Path)
    args = parser.parse_args()
    print(describe_machine())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert cores is not None
    with tempfile.TemporaryDirectory(dir=args.directory) as name:
        scratch = Path(name)
        leduc = Runs(scratch, {"game": {"name": "leduc"}}, args.seconds / 2)
        measure("Leduc", leduc, cores, args.rounds)
        build_bucket_file(BUCKETS, scratch / "buckets.pkl")
        game = {"bets": dict(GAME.bets)}
        settings = {"buckets": str(scratch / "buckets.pkl"), "game": game}
        measure("Hold'em", Runs(scratch, settings, args.seconds), cores, args.rounds)


if __name__ == "__main__":
    main()
