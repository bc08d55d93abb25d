"""Builds the buckets of all streets, each by its method, the river first.

The bytes depend on the configuration alone: not on the machine, the number of workers, what is in
the cache or whether an earlier build of the same buckets was interrupted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from holdem.abstraction.bucket_config import BucketConfig
from holdem.abstraction.bucket_file import STREETS, Buckets, StreetBuckets, id_dtype, num_hands
from holdem.abstraction.feature_cache import FeatureCache, Values
from holdem.abstraction.features import Features, digest_of
from holdem.abstraction.method import Estimate, StreetTask
from holdem.abstraction.methods import LOSSLESS, METHODS
from holdem.abstraction.stages import Progress, no_progress
from holdem.cores import usable_cores
from holdem.errors import ConfigError

MAX_WORKERS = 1024

# A change of a method that changes a bucket needs another number.
_VERSION = 1


def build_buckets(
    config: BucketConfig,
    num_workers: int | None = None,
    on_progress: Progress = no_progress,
    cache: FeatureCache | None = None,
) -> Buckets:
    """Builds the buckets of all streets.

    Args:
        config: What to build.
        num_workers: Threads, 1 to 1024; by default one for each CPU. Changes nothing but the time.
        on_progress: Hears of each stage.
        cache: Where what takes long is kept, so that an interrupted build goes on where it was;
            ``None``: nowhere.

    Raises:
        ConfigError: ``num_workers`` is out of range.
    """
    # What takes seconds is not worth a place in the cache.
    kept = FeatureCache() if cache is None or config.is_percentiles else cache
    features = Features(
        config.ranks, config.whole_flops, check_num_workers(num_workers), kept, on_progress
    )
    built: dict[int, StreetBuckets] = {}
    for task in reversed(config.tasks()):
        method = config.methods[task.street]
        built[task.street] = _build_street(
            method, replace(task, next_street=built.get(task.street + 1)), features
        )
    on_progress("hash", 0.0, 0.0)
    return Buckets.make(config.as_dict(), [built[street] for street in range(len(STREETS))])


def estimate(config: BucketConfig) -> Estimate:
    """Returns what a build takes, nothing of it in the cache."""
    parts = [
        METHODS[method].estimate(task, config.ranks)
        for method, task in zip(config.methods, config.tasks(), strict=True)
    ]
    return Estimate(
        sum(part.cpu_seconds for part in parts),
        max(part.memory_bytes for part in parts) + table_bytes(config),
        sum(part.cache_bytes for part in parts),
    )


def table_bytes(config: BucketConfig) -> int:
    """Returns the size of the bucket ids of all streets."""
    return sum(num_hands(s, config.ranks) * id_dtype(k).itemsize for s, k in enumerate(config.k))


def check_num_workers(num_workers: int | None) -> int:
    """Returns the number of threads to use."""
    if num_workers is None:
        return min(usable_cores(), MAX_WORKERS)
    if not 1 <= num_workers <= MAX_WORKERS:
        raise ConfigError(f"num_workers = {num_workers}: must be 1 to {MAX_WORKERS}")
    return num_workers


def _build_street(method: str, task: StreetTask, features: Features) -> StreetBuckets:
    """Makes the buckets of a street, or takes them from the cache."""

    def make() -> Values:
        buckets = METHODS[method].build(task, features)
        return {"ids": buckets.ids, "num_buckets": buckets.num_buckets}

    inputs = _inputs(method, task, features)
    values = make() if method == LOSSLESS else features.kept(inputs, make)
    features.release(task.street + 1)
    return StreetBuckets(values["ids"], values["num_buckets"])


def _inputs(method: str, task: StreetTask, features: Features) -> dict[str, Any]:
    """Returns what goes into the buckets of a street."""
    following = task.next_street
    return {
        "what": f"{STREETS[task.street]}-buckets",
        "version": _VERSION,
        "method": method,
        "k": task.k,
        "seed": task.seed,
        "restarts": task.restarts,
        "steps": task.steps,
        "next": None if following is None else digest_of(following.ids),
        **features.deck,
    }
