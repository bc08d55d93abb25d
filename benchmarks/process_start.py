"""Seconds from starting the training command to its first iteration, buckets mapped and verified.

The clock stops at the log line after which training begins. Every start is a fresh process; the
bucket file is in the page cache, as it is whenever another process of the machine uses it.

Run: ``python benchmarks/process_start.py [--buckets FILE] [--rounds 9]``.
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

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.build_file import build_bucket_file

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
LAST_LINE_BEFORE_TRAINING = "Starting fresh training"


def start_seconds(buckets: Path, logdir: Path) -> float:
    """Starts one training of one iteration and returns the seconds until it begins."""
    command = [sys.executable, "-m", "holdem.cli.train_blueprint", "--config", str(CONFIG)]
    flags = ["--buckets", str(buckets), "--logdir", str(logdir), "--iters", "1"]
    begun = time.perf_counter()
    with subprocess.Popen(command + flags, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if LAST_LINE_BEFORE_TRAINING in line:
                seconds = time.perf_counter() - begun
                process.stderr.read()
                return seconds
    raise RuntimeError(f"training did not begin: {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buckets", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory() as scratch:
        buckets = args.buckets or Path(scratch) / "buckets.pkl"
        if args.buckets is None:
            build_bucket_file(percentiles(169, 200, 200, 200), buckets)
        seconds = [
            start_seconds(buckets, Path(scratch) / f"run{number}") for number in range(args.rounds)
        ]
    print(
        f"start to first iteration: median {statistics.median(seconds):.3f} s "
        f"({min(seconds):.3f} to {max(seconds):.3f}, {args.rounds} starts)"
    )


if __name__ == "__main__":
    main()
