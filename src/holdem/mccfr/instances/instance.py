"""What one instance of a run knows of its place among the others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instance:
    """One instance of a run; a run without instances is its own instance 0.

    Attributes:
        number: From 0; part of every random draw.
        iteration_range: The iterations of the whole run that are this instance's, if iterations
            limit it. It counts its own from 0.
        shared_start: Whether all instances go on from one checkpoint. Each takes its regrets; its
            strategy sums go on in instance 0 alone, so that a merge counts them once.
    """

    number: int = 0
    iteration_range: tuple[int, int] | None = None
    shared_start: bool = False


ONLY = Instance()
