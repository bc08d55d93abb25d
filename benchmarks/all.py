"""Runs every benchmark, one after the other, and keeps going when one fails.

Run: ``make bench``, best on a machine with nothing else to do.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "evaluator.py",
    "process_start.py",
    "bucket_builds.py",
    "external_speed.py",
    "external_workers.py",
    "public_chance.py",
    "flop_subsets.py",
    "leduc_openspiel.py",
    "full_width.py",
    "best_response.py",
    "local_best_response.py",
    "tensorboard_overhead.py",
    "storage.py",
    "save_stall.py",
    "chunk_overhead.py",
    "instances_leduc.py",
    "instances_speed.py",
)


def main() -> int:
    """Returns the number of benchmarks that failed."""
    failed = 0
    for name in BENCHMARKS:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, str(Path(__file__).with_name(name))]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
