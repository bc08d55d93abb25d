"""The commands: one thin file each, no logic."""

import os
import signal
import sys


def end_at_ctrl_c() -> None:
    """Lets Ctrl+C end this process without a word, for as long as there is nothing to tidy up."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_at_once)


def interrupt_at_ctrl_c() -> None:
    """Lets Ctrl+C raise ``KeyboardInterrupt`` again."""
    if signal.getsignal(signal.SIGINT) is _end_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end_at_once(number: int, frame: object) -> None:
    os._exit(128 + number)


# Where a command is the program, its imports are still to come: ``python -m holdem.cli.NAME``
# (Python has not found NAME yet), or a script.
if sys.argv[:1] == ["-m"]:
    end_at_ctrl_c()
    if sys.path[0] == os.getcwd():  # noqa: PTH109
        del sys.path[0]  # what lies where somebody happens to be is no module of ours
elif os.path.basename("".join(sys.argv[:1])).startswith("holdem"):  # noqa: PTH119
    end_at_ctrl_c()
