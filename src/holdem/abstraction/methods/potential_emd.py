"""``potential-emd``: k-means of the next street's buckets, by earth mover's distance on a tree.

A hand is what it may become: the distribution of the next street's buckets over the next cards. How
far two of these buckets are from each other is the earth mover's distance of their distributions of
river equity, and a tree over the buckets stands for all these distances (``bucket_tree``), so that
the earth mover's distance of two hands is L1.

Sources: Ganzfried & Sandholm 2014, "Potential-Aware Imperfect-Recall Abstraction with Earth Mover's
Distance in Imperfect-Information Games"; Indyk & Thaper 2003, "Fast Image Retrieval via
Embeddings".
Differs: all hands; distances on a tree instead of a heuristic for each pair.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from holdem.abstraction.bucket_file import STREETS, StreetBuckets, num_hands
from holdem.abstraction.bucket_tree import BucketTree
from holdem.abstraction.clustering import Clusters, cluster, estimate_clustering, street_buckets
from holdem.abstraction.features import HISTOGRAM_BINS, Features
from holdem.abstraction.method import Estimate, StreetTask
from holdem.errors import ConfigError

_PREFLOP, _RIVER = 0, 3
# By the street of the buckets, measured in the full deck.
_TREE_SECONDS = (0.0, 0.5, 6.0, 2.0)
# Distances of the next street's buckets, and while they are joined a copy.
_PAIR_BYTES = 24
_BLOCK_HANDS = 2**20
# Averages over many hands differ by little: they are kept finer than what a hand has.
_SHARES = 2**16
_SHARES_OF_EQUITY = 2**8


def most_buckets(street: int, ranks: int) -> int:
    if street == _PREFLOP:
        raise ConfigError("for flop and turn; preflop take lossless or kmeans-emd")
    if street == _RIVER:
        raise ConfigError("for flop and turn; on the river take kmeans-ochs or percentile-ehs")
    return num_hands(street, ranks)


def estimate(task: StreetTask, ranks: int) -> Estimate:
    clustering = estimate_clustering(task, ranks, "next-buckets")
    return Estimate(
        clustering.cpu_seconds + _TREE_SECONDS[task.street + 1],
        clustering.memory_bytes + _PAIR_BYTES * task.next_k**2,
        clustering.cache_bytes,
    )


def build(task: StreetTask, features: Features) -> StreetBuckets:
    assert task.next_street is not None
    following = task.street + 1
    tree = BucketTree.over(*_equity_of_buckets(following, task.next_street, features))
    rows = features.next_buckets(task.street, task.next_street.ids, tree)
    clusters = cluster(rows, task, features)
    return street_buckets(
        clusters.weakest_first(_strengths(clusters, task, features)), task, features
    )


def _strengths(clusters: Clusters, task: StreetTask, features: Features) -> npt.NDArray[np.int64]:
    """Returns the mean equity of each cluster in shares of 2^21."""
    equity = features.equity_moments(task.street).points[:, 0]
    weighted = equity * features.hands(task.street).masses.astype(np.uint64)
    num_buckets = len(clusters.centres)
    masses = _sums(clusters.ids, features.hands(task.street).masses, num_buckets)
    return _sums(clusters.ids, weighted, num_buckets) * _SHARES_OF_EQUITY // np.maximum(masses, 1)


def _equity_of_buckets(
    street: int, buckets: StreetBuckets, features: Features
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Returns how river equity is distributed in each bucket of a street, and the buckets' masses.

    Cumulative shares of 2^16 of the mass [num buckets, 64], and masses [num buckets], 1 where no
    chosen flop leads to a bucket.
    """
    hands = features.hands(street)
    histograms = None if street == _RIVER else features.equity_histograms(street).points
    features.begin(f"{STREETS[street]} bucket tree", street, _TREE_SECONDS)
    ids = hands.rows_of(buckets.ids)
    masses = _sums(ids, hands.masses, buckets.num_buckets)
    if histograms is None:
        below = np.cumsum(_equity_counts(ids, buckets.num_buckets, features), axis=1)
        unit = _SHARES
    else:
        weighted = (column * hands.masses.astype(np.uint64) for column in histograms.T)
        below = np.stack([_sums(ids, one, buckets.num_buckets) for one in weighted], axis=1)
        unit = _SHARES // 256
    masses = np.maximum(masses, 1)
    return below * unit // masses[:, None], masses


def _equity_counts(
    ids: npt.NDArray[Any], num_buckets: int, features: Features
) -> npt.NDArray[np.int64]:
    """Returns the mass of the river hands in each bucket and bin of equity, [num buckets, 64]."""
    hands = features.hands(_RIVER)
    bins = hands.rows_of(_river_bins(features))
    counts = np.zeros(num_buckets * HISTOGRAM_BINS, np.int64)
    for start in range(0, len(ids), _BLOCK_HANDS):
        block = slice(start, start + _BLOCK_HANDS)
        cells = ids[block].astype(np.int64) * HISTOGRAM_BINS + bins[block]
        counts += _sums(cells, hands.masses[block], len(counts))
    return counts.reshape(num_buckets, HISTOGRAM_BINS)


def _river_bins(features: Features) -> npt.NDArray[np.uint8]:
    """Returns the bin of every river hand's equity, by hand index."""
    strengths = features.strengths(_RIVER)
    spectrum = strengths.spectrum(_RIVER)
    cards_left = math.comb(4 * features.ranks - 7, 2)
    bin_of = spectrum.strengths * HISTOGRAM_BINS // (2 * cards_left + 1)
    bins = np.empty(num_hands(_RIVER, features.ranks), np.uint8)
    strengths.write_ids(spectrum, bin_of.astype(np.uint32), features.num_workers, bins)
    return bins


def _sums(
    ids: npt.NDArray[Any], values: npt.NDArray[Any], num_buckets: int
) -> npt.NDArray[np.int64]:
    """Returns the sum of the values of each bucket; exact, as whole numbers below 2^53 are."""
    sums = np.zeros(num_buckets, np.int64)
    for start in range(0, len(ids), _BLOCK_HANDS):  # NumPy makes eight bytes of each id and value
        block = slice(start, start + _BLOCK_HANDS)
        found = np.bincount(ids[block], weights=values[block], minlength=num_buckets)
        sums += found.astype(np.int64)
    return sums
