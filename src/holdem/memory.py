"""How much memory a process may plan with: what is free, and what a container allows."""

from __future__ import annotations

from pathlib import Path

import psutil

# Left for the process itself, the bucket pages it touches, and everybody else.
_RESERVED_SHARE = 0.1
# Where a container's limit, its use and the cached files in it stand (versions 2 and 1).
_CGROUPS = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    (
        Path("/sys/fs/cgroup/memory"),
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
)


def available_memory_bytes() -> int:
    """Returns the memory a run may plan with when nobody sets a limit: nine tenths of what is free.

    What a container's limit leaves counts where it is below what the machine has.
    """
    available = psutil.virtual_memory().available
    for directory, limit, used, cached in _CGROUPS:
        try:
            lines = (directory / "memory.stat").read_text().splitlines()
            statistics = dict(line.split() for line in lines)
            left = int((directory / limit).read_text()) - int((directory / used).read_text())
            available = min(available, left + int(statistics[cached]))
        except (OSError, ValueError, KeyError):  # no such controller, or "max"
            continue
    return int(max(0, available) * (1 - _RESERVED_SHARE))
