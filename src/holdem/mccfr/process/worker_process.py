"""A worker as its coordinator sees it: a process and the three lines to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from selectors import EVENT_READ, BaseSelector
from typing import IO

from holdem.mccfr.messages import Instruction, WorkerOrder, to_line


class WorkerProcess:
    """A running worker; its coordinator reads what its selector finds readable."""

    def __init__(
        self, order: WorkerOrder, take: Callable[[str], None], selector: BaseSelector
    ) -> None:
        """Starts the process, and registers its outputs with a ``Pipe`` as their data.

        Args:
            take: Gets every line that it writes, whichever the output.
        """
        self._selector = selector
        # A group of its own: Ctrl+C in a terminal reaches the coordinator, which passes it on.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "holdem.mccfr.process.worker"],
            env=os.environ | {"PYTHONPATH": import_path()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            pass_fds=() if order.shared_memory is None else (order.shared_memory,),
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        # A worker that is stopped must not stop its coordinator, too: a few lines fit the pipe.
        os.set_blocking(self.process.stdin.fileno(), False)
        self.tell(order)
        self._pipes = [Pipe(self.process.stdout, take), Pipe(self.process.stderr, take)]
        for pipe in self._pipes:
            selector.register(pipe.file, EVENT_READ, pipe)

    def tell(self, message: WorkerOrder | Instruction) -> None:
        """Sends a message to its standard input."""
        assert self.process.stdin
        with suppress(OSError):  # it has ended, and its status says how
            os.write(self.process.stdin.fileno(), to_line(message).encode() + b"\n")

    @property
    def has_ended(self) -> bool:
        """Whether it has said its last word, so that ``close`` waits no longer than a moment."""
        return all(pipe.closed for pipe in self._pipes)

    def kill(self) -> None:
        """Ends it at once; what it has not saved is lost."""
        self.process.kill()

    def close(self) -> int:
        """Closes the lines, which ends a worker that still runs; returns its status."""
        for pipe in self._pipes:
            if not pipe.closed:
                self._selector.unregister(pipe.file)
        for line in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                line and line.close()
        return self.process.wait()


def import_path() -> str:
    """Returns where this process imports from, but for the directory that it is in.

    Files in that directory are whose they are: none of them may become a module of a worker.
    """
    here = Path.cwd()
    named = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), *sys.path]
    places = dict.fromkeys(Path(place).absolute() for place in named if place)
    return os.pathsep.join(str(place) for place in places if place != here)


@dataclass
class Pipe:
    """The lines of a pipe as they come."""

    file: IO[bytes]
    take: Callable[[str], None]
    closed: bool = field(default=False, init=False)
    _rest: bytes = field(default=b"", init=False)

    def read(self, selector: BaseSelector) -> None:
        """Takes what there is; leaves the selector at the end."""
        chunk = os.read(self.file.fileno(), 65536)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk:
            self.closed = True
            selector.unregister(self.file)
            lines = [self._rest] if self._rest else []
        for line in lines:
            self.take(line.decode(errors="replace"))
