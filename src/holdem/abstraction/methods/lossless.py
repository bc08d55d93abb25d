"""``lossless``: a bucket for every hand of a street, by its hand index."""

from __future__ import annotations

import numpy as np

from holdem.abstraction.bucket_file import StreetBuckets, id_dtype, num_hands
from holdem.abstraction.features import Features
from holdem.abstraction.method import Estimate, StreetTask


def most_buckets(street: int, ranks: int) -> int:
    return num_hands(street, ranks)


def estimate(task: StreetTask, ranks: int) -> Estimate:
    size = num_hands(task.street, ranks)
    return Estimate(size * 1e-9, 0)


def build(task: StreetTask, features: Features) -> StreetBuckets:
    size = num_hands(task.street, features.ranks)
    return StreetBuckets(np.arange(size, dtype=id_dtype(size)), size)
