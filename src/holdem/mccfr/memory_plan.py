"""What a run will need before it takes any of it: the tree per street, the tables, the limit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from holdem.units import format_bytes

logger = logging.getLogger(__name__)

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


@dataclass(frozen=True)
class StreetPlan:
    """The size of one street of the betting tree; ``infoset_actions`` have 8 bytes each."""

    street: str
    decision_nodes: int
    terminal_nodes: int
    infosets: int
    infoset_actions: int


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


def log_plan(
    streets: Sequence[StreetPlan],
    table_bytes: int,
    tree_bytes: int,
    limit_bytes: int,
    grows: bool,
) -> None:
    """Logs the plan, one line a street."""
    if grows:
        logger.info(
            "The betting tree grows as it is visited, up to a memory limit of %s",
            format_bytes(limit_bytes),
        )
        return
    counts = [
        [
            f"{count:,}"
            for count in (s.decision_nodes, s.terminal_nodes, s.infosets, s.infoset_actions)
        ]
        for s in streets
    ]
    widths = [max(map(len, column)) for column in zip(*counts, strict=True)]
    for street, row in zip(streets, counts, strict=True):
        padded = (count.rjust(width) for count, width in zip(row, widths, strict=True))
        logger.info(
            "%-7s %s decisions, %s terminals, %s infosets, %s actions", street.street, *padded
        )
    logger.info(
        "Tables %s, betting tree %s, memory limit %s",
        format_bytes(table_bytes),
        format_bytes(tree_bytes),
        format_bytes(limit_bytes),
    )
