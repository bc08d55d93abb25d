"""``holdem COMMAND ...``: one door to every command.

Only the module of the command that is called is imported, so that none pays for another's start.
"""

from __future__ import annotations

import difflib
import sys
from importlib import import_module

COMMANDS = {
    "build-buckets": "make card buckets",
    "train-blueprint": "train a strategy",
    "merge": "join the checkpoints of several instances into one",
    "checkpoints": "list, verify and show the checkpoints of a run",
    "status": "show how each instance of a run stands",
    "evaluate": "measure how good a strategy is",
    "chart": "show the first decision",
}


def main() -> None:
    """Runs the command named first on the command line with the rest of it."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help"):
        print("Usage: holdem COMMAND [OPTIONS]\n\nCommands (each has --help):")
        for command, purpose in COMMANDS.items():
            print(f"  {command:<16} {purpose}")
        return
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        print(f"holdem: no command '{name}'{hint} (holdem --help lists them)", file=sys.stderr)
        raise SystemExit(2)
    sys.argv[:2] = [f"holdem {name}"]
    import_module(f"holdem.cli.{name.replace('-', '_')}").main()
