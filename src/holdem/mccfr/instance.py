"""What one instance of a run knows of its place among the others."""

from __future__ import annotations

from dataclasses import dataclass


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


ONLY = Instance()


def window_of(iteration: int, interval: int) -> int:
    """Returns how many synchronisations come before an iteration's state.

    What is saved at a multiple of the interval is saved before the instances average.
    """
    return max(0, iteration - 1) // interval
