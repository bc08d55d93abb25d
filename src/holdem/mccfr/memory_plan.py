"""What a run will need before it takes any of it: the tree per street, the tables, the limit."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from holdem.units import format_bytes

logger = logging.getLogger(__name__)

_FIRST_LINE_S = 1.0
_BETWEEN_LINES_S = 5.0


@dataclass(frozen=True)
class StreetPlan:
    """The size of one street of the betting tree."""

    street: str
    decision_nodes: int
    terminal_nodes: int
    infosets: int
    infoset_actions: int


class PlanProgress:
    """Logs how many nodes of a betting tree have been counted or built, where that takes long."""

    def __init__(self) -> None:
        self._next_s = time.monotonic() + _FIRST_LINE_S

    def __call__(self, nodes: float) -> None:
        if (now := time.monotonic()) < self._next_s:
            return
        self._next_s = now + _BETWEEN_LINES_S
        number = f"{nodes:,.0f}" if nodes < 1e15 else f"{nodes:.1e}"
        logger.info("Planning the betting tree: %s nodes so far", number)


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
