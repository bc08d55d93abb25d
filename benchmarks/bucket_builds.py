"""What it takes to build each preset of card buckets over the whole deck, and to load its file.

Every build is a process of its own that begins with nothing in the cache. Loading is that of a run:
all bytes are verified, from the page cache; the median of rounds.

Run: ``python benchmarks/bucket_builds.py [--presets quick standard large] [--rounds 9]``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from machine import describe_machine

from holdem.abstraction.bucket_file import load_buckets
from holdem.abstraction.presets import PRESETS
from holdem.units import format_bytes


def build(preset: str, out: Path) -> tuple[float, float, int]:
    """Builds a preset; returns CPU seconds, wall seconds and the most memory in bytes."""
    command = [str(Path(sys.executable).with_name("holdem")), "build-buckets", "--no-cache"]
    command += ["--preset", preset, "--out", str(out)]
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - started
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024


def loading_seconds(path: Path, rounds: int) -> float:
    """Returns the median of mapping and verifying a file."""

    def once() -> float:
        started = time.perf_counter()
        load_buckets(path)
        return time.perf_counter() - started

    once()
    return statistics.median(once() for _ in range(rounds))


def main() -> None:
    """Prints the table of docs/BUCKETS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", choices=list(PRESETS), default=list(PRESETS))
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    print(describe_machine())
    rows = ["| preset | CPU s | wall s | memory | file | loaded and verified |"]
    rows.append("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        for preset in arguments.presets:
            out = Path(directory) / f"{preset}.pkl"
            cpu, wall, memory = build(preset, out)
            load = loading_seconds(out, arguments.rounds)
            size = out.stat().st_size
            rows.append(
                f"| `{preset}` | {cpu:.0f} | {wall:.0f} | {format_bytes(memory)} "
                f"| {format_bytes(size)} | {load * 1e3:.0f} ms |"
            )
    print("\n".join(rows))


if __name__ == "__main__":
    main()
