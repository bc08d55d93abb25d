"""What chunks cost: a run in chunks beside the same run uncut, tables of about 2 GB.

Both save after every chunk's worth of iterations and end in the same bytes, which is checked. A
process start is the time from launching a chunk to its training: interpreter, buckets, reading
and verifying the checkpoint. Wall seconds, one run each: this takes some minutes and 10 GB of disk.

Run: ``python benchmarks/chunk_overhead.py [--chunks 20] [--chunk-seconds 8] [--directory D]``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from external_speed import GAME
from machine import describe_machine

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.build_file import build_bucket_file

BUCKETS = percentiles(k_preflop=169, k_flop=1800, k_turn=1800, k_river=1800)
TRAINING_BEGINS = "Memory at the start of this chunk"


class Runs:
    """Training commands on one configuration in a scratch directory."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        build_bucket_file(BUCKETS, scratch / "buckets.pkl")
        settings = {
            "discount_interval": 100_000,
            "snapshot_interval_seconds": None,
            "keep_checkpoints": 1,
            "tensorboard": False,
            "buckets": str(scratch / "buckets.pkl"),
            "game": {"bets": dict(GAME.bets)},
        }
        (scratch / "config.yaml").write_text(yaml.safe_dump(settings))

    def train(self, name: str, *flags: object) -> tuple[float, float]:
        """Runs one process; returns its wall seconds, and those until it says TRAINING_BEGINS."""
        command = [sys.executable, "-m", "holdem.cli.train_blueprint"]
        command += ["--config", str(self.scratch / "config.yaml")]
        command += ["--logdir", str(self.scratch / name), *map(str, flags)]
        begun = time.perf_counter()
        start = 0.0
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if TRAINING_BEGINS in line:
                    start = time.perf_counter() - begun
        if process.returncode != 0:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        return time.perf_counter() - begun, start

    def result(self, name: str, iteration: int) -> tuple[str, str, float]:
        """Returns the digests of the last checkpoint and its training seconds."""
        path = self.scratch / name / "checkpoints" / f"checkpoint_iter{iteration}_metadata.json"
        metadata = json.loads(path.read_text())
        files = metadata["files"]
        seconds = float(metadata["elapsed_seconds"])
        return files["regrets"]["xxh64"], files["policy"]["xxh64"], seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=20)
    parser.add_argument("--chunk-seconds", type=float, default=8.0)
    parser.add_argument("--directory", type=Path)
    args = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory(dir=args.directory) as scratch:
        runs = Runs(Path(scratch))
        # How many iterations fill a chunk, by the speed at the end of a trial, when every page of
        # the tables has been touched.
        runs.train("trial", "--time-budget", args.chunk_seconds + 20)
        (last,) = (Path(scratch) / "trial" / "checkpoints").glob("*_metadata.json")
        rate = json.loads(last.read_text())["metrics"]["iterations_per_second"]
        size = int(rate * args.chunk_seconds)
        total = args.chunks * size
        every = ("--iters", total, "--checkpoint-interval", size)
        uncut, _ = runs.train("uncut", *every)
        chunks = [
            runs.train("chunked", *every, "--chunked", "--chunk-iterations", size)
            for _ in range(args.chunks)
        ]
        same = runs.result("uncut", total)[:2] == runs.result("chunked", total)[:2]
    chunked = sum(seconds for seconds, _ in chunks)
    starts = sum(start for _, start in chunks)
    print(f"uncut {uncut:.1f} s; {args.chunks} chunks of {size:,} iterations {chunked:.1f} s")
    print(f"of these {starts:.1f} s are process starts, {starts / args.chunks:.2f} s each")
    print(f"the rest against the uncut run: {chunked - starts:.1f} / {uncut:.1f} s", end=" ")
    print(f"= {(chunked - starts) / uncut:.3f}; same bytes: {same}")


if __name__ == "__main__":
    main()
