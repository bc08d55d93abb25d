"""``percentile-ehs``: equal shares of all hands by exact hand strength.

A hand's strength is its exact equity against a uniform hand on the river, and the expectation of
that over the cards to come before. The hands of a street, ordered by strength and weighted by the
deals they stand for, are cut into k buckets of equal mass: bucket 0 holds the weakest. Equal
strengths share a bucket and no bucket is empty.

Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games",
percentile bucketing of expected hand strength.
"""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.abstraction.bucket_file import (
    ALL_RANKS,
    STREETS,
    BucketIds,
    StreetBuckets,
    id_dtype,
    num_hands,
)
from holdem.abstraction.features import STRENGTH_BYTES, Features
from holdem.abstraction.method import Estimate, StreetTask

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

_RIVER = 3
# Of the full deck, measured.
_STRENGTH_SECONDS = (0.01, 0.1, 0.7, 1.8)
_ID_SECONDS = (0.01, 0.1, 0.2, 1.1)
# Hands whose strengths are looked up at once.
_BLOCK_HANDS = 2**20

logger = logging.getLogger(__name__)


def most_buckets(street: int, ranks: int) -> int:
    return MAX_BUCKETS_BY_RANKS[ranks][street]


def estimate(task: StreetTask, ranks: int) -> Estimate:
    size = num_hands(task.street, ranks)
    share = size / num_hands(task.street, ALL_RANKS)
    seconds = (_STRENGTH_SECONDS[task.street] + _ID_SECONDS[task.street]) * share
    river_share = num_hands(_RIVER, ranks) / num_hands(_RIVER, ALL_RANKS)
    return Estimate(seconds, int(STRENGTH_BYTES * river_share))


def build(task: StreetTask, features: Features) -> StreetBuckets:
    strengths = features.strengths(task.street)
    features.begin(f"{STREETS[task.street]} buckets", task.street, _ID_SECONDS)
    if features.flops:
        return _of_chosen_flops(task, features)
    spectrum = strengths.spectrum(task.street)
    buckets = _core.percentile_buckets(spectrum.num_deals, task.k)
    ids: BucketIds = np.empty(num_hands(task.street, features.ranks), id_dtype(task.k))
    strengths.write_ids(spectrum, buckets, features.num_workers, ids)
    return StreetBuckets(ids, task.k)


def _of_chosen_flops(task: StreetTask, features: Features) -> StreetBuckets:
    """Cuts only the hands that the flops lead to, weighted as these are."""
    hands = features.hands(task.street)
    values, value_of = np.unique(_strengths_of_hands(task.street, features), return_inverse=True)
    # Whole numbers below 2^53, so that sums are exact.
    deals = np.bincount(value_of, weights=hands.masses).astype(np.uint64)
    k = min(task.k, len(values))
    if k < task.k:
        logger.warning(
            f"{STREETS[task.street]} buckets: only {k:,} of the {task.k:,} asked for, as no more "
            "strengths differ on the chosen flops"
        )
    ids = _core.percentile_buckets(deals, k).astype(id_dtype(k))[value_of]
    return StreetBuckets(hands.spread(ids), k)


def _strengths_of_hands(street: int, features: Features) -> npt.NDArray[np.uint64]:
    """Returns the strengths of the hands that can be dealt, [num rows]."""
    positions = features.hands(street).positions
    assert positions is not None
    indexer = _core.street_indexer(street, features.ranks)
    strengths = features.strengths(street)
    blocks = [
        strengths.strengths(street, indexer.unindex(block.astype(np.uint64)))
        for block in np.split(positions, range(_BLOCK_HANDS, len(positions), _BLOCK_HANDS))
    ]
    return np.concatenate(blocks)
