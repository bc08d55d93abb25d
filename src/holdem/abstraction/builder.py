"""Percentile buckets of hand strength.

A hand's strength is its exact equity against a uniform hand on the river, and the expectation of
that over the cards to come before. The hands of a street, ordered by strength and weighted by the
deals they stand for, are cut into k buckets of equal mass: bucket 0 holds the weakest. Equal
strengths share a bucket and no bucket is empty, so a street has exactly the k asked for. Preflop,
a k of all hands (169 in the full deck) is lossless: the bucket is the hand index.

Everything is integer arithmetic: the same arguments give the same tables on any machine with any
number of workers.

Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games",
percentile bucketing of expected hand strength.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from holdem import _core
from holdem.abstraction.bucket_file import (
    ALL_RANKS,
    STREETS,
    BucketIds,
    Buckets,
    StreetBuckets,
    id_dtype,
    num_hands,
)
from holdem.cores import usable_cores
from holdem.errors import ConfigError

# A change of the algorithm that changes a bucket needs another name.
METHOD = "percentile_hand_strength"
MAX_SEED = 2**32 - 1
MAX_WORKERS = 1024
# By ranks of the deck, the different strengths of each street: more buckets than that would split
# equal hands. With fewer than three ranks there are no boards for two players.
MAX_BUCKETS_BY_RANKS = {
    3: (6, 43, 34, 17),
    4: (10, 153, 150, 51),
    5: (25, 2_779, 853, 122),
    6: (36, 10_830, 3_230, 262),
    7: (49, 26_869, 7_109, 412),
    8: (64, 57_091, 12_665, 589),
    9: (81, 109_543, 20_838, 796),
    10: (100, 190_444, 31_610, 1_035),
    11: (121, 314_602, 45_338, 1_307),
    12: (144, 494_285, 62_318, 1_614),
    13: (169, 747_365, 83_029, 1_950),
}
MAX_BUCKETS = MAX_BUCKETS_BY_RANKS[ALL_RANKS]
MIN_RANKS = min(MAX_BUCKETS_BY_RANKS)

_PREFLOP, _RIVER = 0, 3
# Per cent of the work, measured: what a progress display needs to move evenly.
_STRENGTH_COST = (0, 1, 9, 18)
_IDS_COST = (0, 1, 9, 62)

# Called before each step of the work with its name and the share of the work that is done.
Progress: TypeAlias = Callable[[str, float], None]


def no_progress(step: str, share_done: float) -> None:
    """Reports to nobody."""


@dataclass(frozen=True)
class PercentileConfig:
    """What percentile buckets are made from; part of their identity.

    Attributes:
        k_preflop, k_flop, k_turn, k_river: Buckets of each street.
        seed: Recorded and hashed like the rest. Percentile buckets draw no random numbers: it
            changes no bucket.
        ranks: Of the deck, the highest ones.

    Raises:
        ConfigError: A value out of range.
    """

    k_preflop: int
    k_flop: int
    k_turn: int
    k_river: int
    seed: int = 0
    ranks: int = ALL_RANKS

    def __post_init__(self) -> None:
        if not MIN_RANKS <= self.ranks <= ALL_RANKS:
            raise ConfigError(f"ranks = {self.ranks}: must be {MIN_RANKS} to {ALL_RANKS}")
        most = MAX_BUCKETS_BY_RANKS[self.ranks]
        all_hands = num_hands(_PREFLOP, self.ranks)
        for street, (name, k, largest) in enumerate(zip(STREETS, self.k, most, strict=True)):
            if not 1 <= k <= largest and (street, k) != (_PREFLOP, all_hands):
                # In the smallest decks some starting hands are equally strong.
                lossless = f", or {all_hands}" if street == _PREFLOP and largest < all_hands else ""
                deck = "" if self.ranks == ALL_RANKS else f" with {self.ranks} ranks"
                raise ConfigError(f"k_{name} = {k}: must be 1 to {largest}{lossless}{deck}")
        if not 0 <= self.seed <= MAX_SEED:
            raise ConfigError(f"seed = {self.seed}: must be 0 to {MAX_SEED}")

    @property
    def k(self) -> tuple[int, int, int, int]:
        """Buckets by street."""
        return (self.k_preflop, self.k_flop, self.k_turn, self.k_river)

    def as_dict(self) -> dict[str, Any]:
        """The configuration as a bucket file records it."""
        config = {"method": METHOD, "k": dict(zip(STREETS, self.k, strict=True)), "seed": self.seed}
        # Files of the full deck name no deck, and keep their hash.
        return config if self.ranks == ALL_RANKS else config | {"ranks": self.ranks}


def build_buckets(
    config: PercentileConfig,
    num_workers: int | None = None,
    on_progress: Progress = no_progress,
) -> Buckets:
    """Builds the buckets of all streets; about 12 CPU-seconds and 0.6 GB of memory.

    Args:
        config: What to build.
        num_workers: Threads, 1 to 1024; by default one for each CPU. Changes nothing but the time.
        on_progress: Hears of each step.

    Raises:
        ConfigError: ``num_workers`` is out of range.
    """
    num_workers = check_num_workers(num_workers)
    strengths = _core.HandStrengths(config.ranks)
    done = 0
    for street in reversed(range(len(STREETS))):
        on_progress(f"{STREETS[street]} strengths", done / 100)
        strengths.compute(street, num_workers)
        done += _STRENGTH_COST[street]
    streets = []
    for street, k in enumerate(config.k):
        on_progress(f"{STREETS[street]} buckets", done / 100)
        ids = _bucket_ids(strengths, street, config, num_workers)
        streets.append(StreetBuckets(ids, k))
        done += _IDS_COST[street]
    on_progress("hash", 1.0)
    return Buckets.make(config.as_dict(), streets)


def check_num_workers(num_workers: int | None) -> int:
    """Returns the number of threads to use."""
    if num_workers is None:
        return min(usable_cores(), MAX_WORKERS)
    if not 1 <= num_workers <= MAX_WORKERS:
        raise ConfigError(f"num_workers = {num_workers}: must be 1 to {MAX_WORKERS}")
    return num_workers


def _bucket_ids(
    strengths: _core.HandStrengths, street: int, config: PercentileConfig, num_workers: int
) -> BucketIds:
    k, size = config.k[street], num_hands(street, config.ranks)
    ids: BucketIds = np.empty(size, id_dtype(k))
    if street == _PREFLOP and k == size:
        ids[:] = np.arange(k)
        return ids
    spectrum = strengths.spectrum(street)
    buckets = _core.percentile_buckets(spectrum.num_deals, k)
    strengths.write_ids(spectrum, buckets, num_workers, ids)
    return ids
