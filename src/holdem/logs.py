"""Where log lines go: the terminal (rich when a person looks at it) and a file of the run."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cache
from logging.handlers import MemoryHandler
from pathlib import Path
from typing import TYPE_CHECKING

from holdem.quoting import printable

if TYPE_CHECKING:
    from rich.console import Console

ROOT = logging.getLogger("holdem")
_FILE_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TERMINAL_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_MOST_KEPT_RECORDS = 10_000


def on_terminal() -> bool:
    """Returns whether standard error, where logs and progress go, is a terminal."""
    return sys.stderr.isatty()


@cache
def console() -> Console:
    """Returns the one console that log lines and the live display share."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def log_to_terminal(
    *, periodic_lines: bool = True, formatter: logging.Formatter | None = None
) -> Iterator[None]:
    """Sends the ``holdem`` log to standard error while the context lasts.

    Args:
        periodic_lines: Whether lines of progress are wanted. A terminal never gets them.
        formatter: Writes the lines for a program that reads them.
    """
    with _handler(_terminal_handler(formatter)) as handler:
        # A live display shows what the periodic lines say; they are for files and pipes.
        if on_terminal() or not periodic_lines:
            handler.addFilter(lambda record: not getattr(record, "periodic", False))
        yield


class _LogFile(logging.FileHandler):
    """A log file whose full disk is worth one line and never the run."""

    _reported = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not self._reported:
            self._reported = True
            sys.stderr.write(f"{self.baseFilename} misses lines: {sys.exc_info()[1]}\n")

    def close(self) -> None:
        with suppress(OSError):
            super().close()


@contextmanager
def log_to_file() -> Iterator[Callable[[Path], None]]:
    """Keeps the ``holdem`` log until the yielded function names the file it goes to.

    So a run that is refused writes nothing, and the file of one that is not has every line. The
    function raises ``OSError`` when the file cannot be opened.
    """
    memory = MemoryHandler(_MOST_KEPT_RECORDS, logging.CRITICAL + 1, flushOnClose=False)
    with ExitStack() as files, _handler(memory):

        def write_to(path: Path) -> None:
            file = files.enter_context(closing(_LogFile(path, encoding="utf-8")))
            file.setFormatter(logging.Formatter(_FILE_FORMAT))
            memory.setTarget(file)
            memory.flush()
            memory.capacity = 1  # from here on every line is passed on at once

        yield write_to


def terminal_line(level: int, message: str) -> str:
    """Returns a line as a terminal that nobody looks at gets it now."""
    fields = {"levelname": logging.getLevelName(level), "msg": message}
    return _plain_formatter().format(logging.makeLogRecord(fields))


def _plain_formatter() -> logging.Formatter:
    return logging.Formatter(_TERMINAL_FORMAT, datefmt="%H:%M:%S")


def _terminal_handler(formatter: logging.Formatter | None) -> logging.Handler:
    if on_terminal() and formatter is None:
        from rich.logging import RichHandler

        return RichHandler(console=console(), show_path=False, log_time_format="[%X]")
    plain = logging.StreamHandler()
    plain.setFormatter(formatter or _plain_formatter())
    return plain


def _on_one_line(record: logging.LogRecord) -> bool:
    """Escapes what a name or a file could make a log say or a terminal do; a filter."""
    record.msg, record.args = printable(record.getMessage()), ()
    return True


@contextmanager
def _handler(handler: logging.Handler) -> Iterator[logging.Handler]:
    handler.addFilter(_on_one_line)
    ROOT.setLevel(logging.INFO)
    ROOT.addHandler(handler)
    try:
        yield handler
    finally:
        ROOT.removeHandler(handler)
        handler.close()
