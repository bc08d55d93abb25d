"""The standard streams of a process, any of which may be closed at its start or vanish later."""

from __future__ import annotations

import io
import os
import select
import signal
import sys
from collections.abc import Callable
from typing import Any

from holdem.exit_codes import SIGNAL_BASE

_NUM_STREAMS = 3  # input, output, error


def hold_streams(*, waits: bool = True) -> None:
    """Replaces the standard streams of this process by ones that hold whatever happens to them.

    A stream that is closed is opened on nothing, so that no file of ours gets its number. Standard
    error then drops what it cannot write. A reader of standard output that has gone ends the
    process quietly, as if by SIGPIPE. What no encoding has is written as an escape. Streams that
    somebody has put in the place of Python's own are left alone.

    Args:
        waits: Whether a reader that is slow is waited for. If not, both streams drop what there is
            no room for, as well as what there is no reader for.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < _NUM_STREAMS:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stdout is sys.__stdout__:
        sys.stdout = _replaced(sys.stdout, 1, _Output if waits else _Hurried)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _replaced(sys.stderr, 2, _Dropping if waits else _Hurried)


class _Patient(io.FileIO):
    """Waits for a stream that another process has made non-blocking."""

    def write(self, data: Any) -> int:
        while (written := super().write(data)) is None:
            select.select([], [self], [])
        return written


class _Dropping(_Patient):
    """Drops what cannot be written: nothing may depend on it."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


class _Hurried(io.FileIO):
    """Drops what cannot be written at once."""

    def __init__(self, descriptor: int, *rest: Any, **settings: Any) -> None:
        super().__init__(descriptor, *rest, **settings)
        os.set_blocking(descriptor, False)

    def write(self, data: Any) -> int:
        try:
            written = super().write(data)
        except OSError:
            written = None
        return memoryview(data).nbytes if written is None else written


class _Output(_Patient):
    """Fails once where it cannot be written, and drops the rest."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self.fileno())
            os.close(nothing)
            if isinstance(error, BrokenPipeError):
                raise SystemExit(SIGNAL_BASE + signal.SIGPIPE) from None
            error.filename = "standard output"
            raise


def _replaced(stream: Any, descriptor: int, kind: Callable[..., io.FileIO]) -> io.TextIOWrapper:
    if stream is not None:
        stream.flush()
    raw = kind(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(stream, "encoding", "utf-8"),
        errors="backslashreplace",
        line_buffering=kind is not _Output or raw.isatty(),
    )
