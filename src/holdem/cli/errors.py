"""How commands begin and end: one line on standard error where something cannot be done.

Nothing here takes time to import, so that a command is in these hands before its own imports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from holdem.cli import end_at_ctrl_c, interrupt_at_ctrl_c
from holdem.errors import DEBUG_VARIABLE, ConfigError, HoldemError, say_error
from holdem.exit_codes import FAILED, INTERRUPTED, REFUSED, STOPPED_AS_ASKED
from holdem.streams import hold_streams

DEBUG_FLAG = "--debug"


def run_command(name: str, load: Callable[[], Callable[[], object]]) -> NoReturn:
    """Runs a command line and ends the process with its exit status, never with a traceback.

    ``--debug``, which every command takes, shows the traceback as well.

    Args:
        name: What the command is called.
        load: Returns the command; imports what it needs.
    """
    hold_streams()
    note_debug_flag(sys.argv)
    try:
        with one_line_errors(name):
            end_at_ctrl_c()
            command = load()
            interrupt_at_ctrl_c()
            try:
                command()
            finally:
                sys.stdout.flush()
    except Exception as error:
        say_error(name, error)
        raise SystemExit(FAILED) from None
    raise SystemExit(STOPPED_AS_ASKED)


def note_debug_flag(words: list[str]) -> None:
    """Takes ``--debug`` out of the words of a command line."""
    if DEBUG_FLAG in words:
        words[:] = [word for word in words if word != DEBUG_FLAG]
        os.environ[DEBUG_VARIABLE] = "1"


@contextmanager
def one_line_errors(command: str) -> Iterator[None]:
    """Ends the command with one line and an exit status where an error comes through."""
    caught: BaseException
    try:
        yield
    except HoldemError as error:
        caught, status = error, REFUSED
    except (OSError, MemoryError) as error:
        caught, status = error, FAILED
    except KeyboardInterrupt as error:
        caught, status = error, INTERRUPTED
    else:
        return
    say_error(command, caught)
    raise SystemExit(status)


def check_output_path(option: str, path: Path) -> None:
    """Refuses a file that cannot be written, before any work goes into it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        what = "is a directory" if path.is_dir() else f"{path.parent} is no directory"
        raise ConfigError(f"{option} {path}: {what}")
