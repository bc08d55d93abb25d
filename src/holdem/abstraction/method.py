"""What a method of making buckets is: configuration in, a bucket for every hand of a street out.

Each method is a module of ``holdem.abstraction.methods`` with the functions of ``Method``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from holdem.abstraction.bucket_file import StreetBuckets
from holdem.abstraction.features import Features


@dataclass(frozen=True)
class StreetTask:
    """What is to be made for one street.

    Attributes:
        street: 0 to 3, preflop to river.
        k: Buckets asked for; there are fewer where hands cannot be told apart.
        seed: Of everything drawn at random.
        restarts: k-means: how often it begins anew on a sample.
        steps: k-means: how often all hands are assigned and the centres moved, at most.
        next_k: Buckets asked for on the street after it; 0 on the river.
        next_street: Those buckets, once they are made.
    """

    street: int
    k: int
    seed: int = 0
    restarts: int = 1
    steps: int = 1
    next_k: int = 0
    next_street: StreetBuckets | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Estimate:
    """What a street takes, from measurements.

    Attributes:
        cpu_seconds: Of all workers together, nothing of it in the cache.
        memory_bytes: At most, while it is made, beside the ids of the streets.
        cache_bytes: What it keeps in the user's cache.
    """

    cpu_seconds: float
    memory_bytes: int
    cache_bytes: int = 0


class Method(Protocol):
    """Makes the buckets of one street after the other, the river first."""

    def most_buckets(self, street: int, ranks: int) -> int:
        """Returns how many buckets a street can have at most, in all of a deck.

        Raises:
            ConfigError: The method is not for this street.
        """

    def estimate(self, task: StreetTask, ranks: int) -> Estimate:
        """Returns what a street would take with all flops of a deck."""

    def build(self, task: StreetTask, features: Features) -> StreetBuckets:
        """Makes the buckets of a street. The bytes depend on task, deck and flops alone."""
