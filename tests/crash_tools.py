"""What the crash suite needs of a machine, and the writer process that its tests harm."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WRITER = Path(__file__).with_name("checkpoint_writer.py")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount file systems")


def needs(tool: str) -> pytest.MarkDecorator:
    """Skips a test on a machine that lacks a program; `make test-crash` says how to get it."""
    found = shutil.which(tool) is not None
    return pytest.mark.skipif(not found, reason=f"{tool} is not installed (see `make test-crash`)")


@contextmanager
def writer(*arguments: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Starts ``checkpoint_writer.py`` and waits until it is ready; it is dead afterwards."""
    command = [sys.executable, str(WRITER), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=os.environ | environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")


def said(process: subprocess.Popen[str]) -> list[str]:
    """What the writer printed until it ended."""
    assert process.stdout is not None
    return process.stdout.read().splitlines()


@contextmanager
def mounted(source: Path | str, point: Path, *options: str) -> Iterator[Path]:
    """Mounts a file system for a while, or skips the test where that is not allowed."""
    point.mkdir(exist_ok=True)
    command = ["mount", *options, str(source), str(point)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        pytest.skip(f"mounting is not allowed here: {result.stderr.strip()}")
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=True)
