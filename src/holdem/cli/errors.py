"""What commands do where something cannot be done: one line on standard error, an exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from holdem.errors import ConfigError, HoldemError
from holdem.exit_codes import FAILED, INTERRUPTED, REFUSED


@contextmanager
def one_line_errors(command: str) -> Iterator[None]:
    """Ends the command with one line and an exit status where an error comes through."""
    try:
        yield
    except HoldemError as error:
        message, code = str(error), REFUSED
    except OSError as error:
        message, code = f"{error.filename or 'system'}: {error.strerror or error}", FAILED
    except KeyboardInterrupt:
        message, code = "interrupted", INTERRUPTED
    else:
        return
    typer.echo(f"{command}: {message}", err=True)
    raise typer.Exit(code)


def check_output_path(option: str, path: Path) -> None:
    """Refuses a file that cannot be written, before any work goes into it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        what = "is a directory" if path.is_dir() else f"{path.parent} is no directory"
        raise ConfigError(f"{option} {path}: {what}")
