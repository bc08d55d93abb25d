"""What one instance of a run knows of its place among the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SharedStart:
    """The one checkpoint that all instances of a run went on from.

    Attributes:
        iteration: Its iteration, from which each instance counts on.
        inherited_iterations: Iterations in its strategy sums, those of all its ancestors together.
    """

    iteration: int
    inherited_iterations: int


@dataclass(frozen=True)
class Synchronisation:
    """When instances average their regrets.

    Attributes:
        interval: Iterations from one time to the next.
        first_round: The first that this process takes part in; round r is at r intervals.
        before_iteration: No round is held here or later, where some instance is complete.
    """

    interval: int
    first_round: int
    before_iteration: int | None


@dataclass(frozen=True)
class Instance:
    """One instance of a run; a run without instances is its own instance 0.

    Attributes:
        number: From 0; part of every random draw.
        count: Number of instances; ``None``: the run has none.
        iteration_range: The iterations of the whole run that are this instance's, if iterations
            limit it. It counts its own from 0.
        shared_start: Set where all instances go on from one checkpoint. Each takes its regrets; its
            strategy sums go on in instance 0 alone, so that a merge counts them once.
    """

    number: int = 0
    count: int | None = None
    iteration_range: tuple[int, int] | None = None
    shared_start: SharedStart | None = None
    synchronisation: Synchronisation | None = None

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Instance:
        """Returns the instance that ``dataclasses.asdict`` and JSON made ``fields`` of."""
        limits, start = fields["iteration_range"], fields["shared_start"]
        synchronisation = fields["synchronisation"]
        return cls(
            fields["number"],
            fields["count"],
            None if limits is None else (limits[0], limits[1]),
            None if start is None else SharedStart(**start),
            None if synchronisation is None else Synchronisation(**synchronisation),
        )


ONLY = Instance()

# What instances hear when there is no round of synchronisation: none ever again, or none before
# all of them have begun their next chunk.
CLOSED = "closed"
CHUNK_OVER = "chunk over"


def window_of(iteration: int, interval: int) -> int:
    """Returns how many synchronisations come before an iteration's state.

    What is saved at a multiple of the interval is saved before the instances average.
    """
    return max(0, iteration - 1) // interval
