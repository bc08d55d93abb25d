"""Writes and reads a data file beside raw transfers of the same bytes.

Every round runs each way once, one after another, so that they meet the same machine; the medians
are compared. Run: ``python benchmarks/storage.py [--megabytes 1000] [--rounds 7] [--directory D]``.
"""

from __future__ import annotations

import argparse
import mmap
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from holdem.storage.datafile import DataFile, FileDigest, write_data_file

CHUNK = 8 << 20


class Bench:
    """A table in mapped memory, as the solver's are, and the files it is written to."""

    def __init__(self, directory: Path, size_bytes: int) -> None:
        self.data_path = directory / f"bench-{os.getpid()}.pkl"
        self.raw_path = directory / f"bench-{os.getpid()}.raw"
        self.table_memory = mmap.mmap(-1, size_bytes)
        self.target_memory = mmap.mmap(-1, size_bytes)
        self.table = np.frombuffer(self.table_memory, "<f4")
        self.table[:] = np.random.default_rng(1).random(len(self.table), dtype=np.float32)
        self.target = np.frombuffer(self.target_memory, "<f4")
        self.target[:] = 0  # touched
        self.digest: FileDigest | None = None

    def write_data_file(self) -> None:
        self.digest = write_data_file(self.data_path, {"table": self.table})

    def write_raw(self, flags: int) -> None:
        descriptor = os.open(self.raw_path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | flags)
        view = memoryview(self.table_memory)
        for start in range(0, len(view), CHUNK):
            os.write(descriptor, view[start : start + CHUNK])
        os.fdatasync(descriptor)
        os.close(descriptor)

    def load_and_verify(self) -> None:
        assert self.digest is not None
        DataFile.open(self.data_path).load_into({"table": self.target}, self.digest)

    def read_raw(self, flags: int) -> None:
        descriptor = os.open(self.raw_path, os.O_RDONLY | flags)
        view = memoryview(self.target_memory)
        for start in range(0, len(view), CHUNK):
            os.preadv(descriptor, [view[start : start + CHUNK]], start)
        os.close(descriptor)

    def prepare(self, is_write: bool) -> None:
        """Gives every way the same start: no file to replace, no page in the cache."""
        if is_write:
            self.remove_files()
            os.sync()
        for path in (self.data_path, self.raw_path):
            if path.exists():
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)

    def remove_files(self) -> None:
        self.data_path.unlink(missing_ok=True)
        self.raw_path.unlink(missing_ok=True)


def measure(bench: Bench, rounds: int) -> dict[str, list[float]]:
    """Returns seconds of each way and round."""
    ways: dict[str, Callable[[], None]] = {
        "data file: write": bench.write_data_file,
        "data file: load and verify": bench.load_and_verify,
        "raw write + fdatasync, buffered": lambda: bench.write_raw(0),
        "raw read, buffered": lambda: bench.read_raw(0),
        "raw write + fdatasync, direct": lambda: bench.write_raw(os.O_DIRECT),
        "raw read, direct": lambda: bench.read_raw(os.O_DIRECT),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            bench.prepare(is_write="write" in name)
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def machine() -> str:
    """Names processor, core count and system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.machine()
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def main() -> None:
    """Runs the benchmark and prints one line per way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--directory", type=Path, default=Path.cwd())
    arguments = parser.parse_args()
    size = arguments.megabytes * 1_000_000 // mmap.PAGESIZE * mmap.PAGESIZE
    bench = Bench(arguments.directory, size)
    try:
        seconds = measure(bench, arguments.rounds)
    finally:
        bench.remove_files()
    print(f"{machine()}; {size / 1e9:.2f} GB, medians of {arguments.rounds} alternating rounds")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        low, high = min(seconds[name]), max(seconds[name])
        rate = size / median / 1e9
        print(f"{name:32s} {median:7.3f} s  {rate:5.2f} GB/s  ({low:.3f} to {high:.3f} s)")
    for ours, raw in (
        ("data file: write", "raw write + fdatasync, "),
        ("data file: load and verify", "raw read, "),
    ):
        for kind in ("direct", "buffered"):
            print(f"{ours} / {raw}{kind}: {medians[ours] / medians[raw + kind]:.2f} (goal 1.25)")


if __name__ == "__main__":
    main()
