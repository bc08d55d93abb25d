"""No process ends without a word: what a fatal signal to a training process means."""

from __future__ import annotations

import faulthandler
from pathlib import Path

from holdem import _core
from holdem.quoting import printable
from holdem.types import BucketSource

_STDERR = 2


def explain_fatal_signals(command: str, buckets: BucketSource | None) -> None:
    """Lets this process say where a fatal signal met it, and what a bus error means.

    Args:
        command: What lines on standard error begin with.
        buckets: Of the run; their file is mapped while the process trains.
    """
    mapped = printable(str(buckets)) if isinstance(buckets, Path) else "a mapped file"
    _core.explain_bus_errors(
        f"{command}: bus error: {mapped} was cut short or overwritten while it was in use, or its"
        " disk failed; nothing after the newest checkpoint is saved, from which the run can be"
        " resumed with the right file\n"
    )
    # After the line above, which so becomes the last one. Not where somebody has done so before.
    if not faulthandler.is_enabled():
        faulthandler.enable(_STDERR, all_threads=False)
