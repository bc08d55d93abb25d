"""``kmeans-ochs``: k-means of the equity against clusters of opponents' starting hands, by L2.

Two hands may win as often against all hands together and yet be good against different ones.
The starting hands are put in eight clusters by the distribution of their river equity
(``kmeans-emd`` preflop).

Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games",
opponent cluster hand strength.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from holdem.abstraction.bucket_file import STREETS, StreetBuckets, num_hands
from holdem.abstraction.clustering import cluster, estimate_clustering, street_buckets
from holdem.abstraction.feature_cache import Values
from holdem.abstraction.features import MAX_OPPONENT_CLUSTERS, Features
from holdem.abstraction.method import Estimate, StreetTask
from holdem.errors import ConfigError

_PREFLOP = 0
# 169 hands: as often as it takes.
_OPPONENTS = StreetTask(_PREFLOP, MAX_OPPONENT_CLUSTERS, seed=0, restarts=10, steps=10)
# A change that changes a bit needs another number.
_VERSION = 1


def most_buckets(street: int, ranks: int) -> int:
    if STREETS[street] == "preflop":
        raise ConfigError("for hands with a board; preflop take lossless or kmeans-emd")
    return num_hands(street, ranks)


def estimate(task: StreetTask, ranks: int) -> Estimate:
    return estimate_clustering(task, ranks, "opponent-equities")


def build(task: StreetTask, features: Features) -> StreetBuckets:
    opponents = opponent_clusters(features)
    clusters = cluster(features.opponent_equities(task.street, opponents), task, features)
    # By the mean over all opponents' hands, but for the cards that both cannot hold.
    masses = np.bincount(opponents, weights=features.hands(_PREFLOP).masses).astype(np.int64)
    strengths = clusters.centres[:, : len(masses)].astype(np.int64) @ masses
    return street_buckets(clusters.weakest_first(strengths), task, features)


def opponent_clusters(features: Features) -> npt.NDArray[np.uint8]:
    """Returns the cluster of each starting hand, the weakest first, uint8 [num preflop hands].

    They are the same for any seed, so that builds with other seeds share features.
    """

    def make() -> Values:
        rows = features.equity_histograms(_PREFLOP)
        clusters = cluster(rows, _OPPONENTS, features, "opponent clusters")
        ordered = clusters.weakest_first(-clusters.centres.sum(axis=1, dtype=np.int64))
        return {"clusters": features.hands(_PREFLOP).spread(ordered.ids).astype(np.uint8)}

    inputs = {"what": "opponent-clusters", "version": _VERSION, **features.deck}
    found: npt.NDArray[np.uint8] = features.kept(inputs, make)["clusters"]
    return found
