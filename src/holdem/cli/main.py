"""``holdem COMMAND ...``, and each command by a name of its own: the doors to all of them.

Only the module of the command that is called is imported, so that none pays for another's start,
and not before Ctrl+C and errors are in the hands of ``run_command``.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NoReturn

from holdem.cli.errors import run_command
from holdem.errors import ConfigError

COMMANDS = {
    "build-buckets": "make card buckets",
    "buckets": "show what is in a bucket file",
    "train-blueprint": "train a strategy",
    "merge": "join the checkpoints of several instances into one",
    "checkpoints": "list, verify and show the checkpoints of a run",
    "status": "show how each instance of a run stands",
    "evaluate": "measure how good a strategy is",
    "chart": "show the first decision",
}


def main() -> NoReturn:
    """Runs the command named first on the command line with the rest of it."""
    run_command("holdem", _named_command)


def _program(name: str) -> Callable[[], NoReturn]:
    """Returns what runs one command as a program of its own."""
    return partial(run_command, f"holdem-{name}", partial(_command, name))


def _named_command() -> Callable[[], object]:
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help"):
        return _help
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"no command '{name}'{hint} (holdem --help lists them)")
    del sys.argv[1]
    return _command(name)


def _command(name: str) -> Callable[[], object]:
    """Imports a command."""
    app: Callable[[], object] = import_module(f"holdem.cli.{name.replace('-', '_')}").app
    return app


def _help() -> None:
    print("Usage: holdem COMMAND [OPTIONS]\n\nCommands (each has --help):")
    for command, purpose in COMMANDS.items():
        print(f"  {command:<16} {purpose}")


build_buckets = _program("build-buckets")
buckets = _program("buckets")
train_blueprint = _program("train-blueprint")
merge = _program("merge")
status = _program("status")
evaluate = _program("evaluate")
chart = _program("chart")
