"""How many processor cores a process may use."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Returns the cores that this process may run on, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_of(num_workers: int, sharing: int = 1) -> int:
    """Returns the number of threads that a setting stands for.

    Args:
        num_workers: 0: all cores there are for this process.
        sharing: Processes that share the cores of the machine evenly.
    """
    return num_workers or max(1, usable_cores() // sharing)
