"""``kmeans-ochs``: k-means of the equity against clusters of opponents' starting hands, by L2.

Two hands may win as often against all hands together and yet be good against different ones.
The starting hands are put in eight clusters by the distribution of their river equity
(``kmeans-emd`` preflop).

Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games",
opponent cluster hand strength.
"""

from __future__ import annotations

import numpy as np

from holdem.abstraction.bucket_file import STREETS, StreetBuckets, num_hands
from holdem.abstraction.clustering import Clusters, cluster, estimate_clustering, street_buckets
from holdem.abstraction.features import MAX_OPPONENT_CLUSTERS, Features
from holdem.abstraction.method import Estimate, StreetTask
from holdem.errors import ConfigError

_PREFLOP = 0
# 169 hands: as often as it takes.
_OPPONENT_RESTARTS = 20


def most_buckets(street: int, ranks: int) -> int:
    if STREETS[street] == "preflop":
        raise ConfigError("for hands with a board; preflop take lossless or kmeans-emd")
    return num_hands(street, ranks)


def estimate(task: StreetTask, ranks: int) -> Estimate:
    return estimate_clustering(task, ranks, "opponent-equities")


def build(task: StreetTask, features: Features) -> StreetBuckets:
    opponents = _opponent_clusters(task, features)
    cluster_of = opponents.ids.astype(np.uint8)
    clusters = cluster(features.opponent_equities(task.street, cluster_of), task, features)
    # By the mean over all opponents' hands, but for the cards that both cannot hold.
    masses = np.bincount(opponents.ids, weights=features.hands(_PREFLOP).masses).astype(np.int64)
    strengths = clusters.centres[:, : len(masses)].astype(np.int64) @ masses
    return street_buckets(clusters.weakest_first(strengths), task, features)


def _opponent_clusters(task: StreetTask, features: Features) -> Clusters:
    """Returns the same clusters for any seed, so that builds with other seeds share features."""
    of_opponents = StreetTask(_PREFLOP, MAX_OPPONENT_CLUSTERS, 0, _OPPONENT_RESTARTS, task.steps)
    rows = features.equity_histograms(_PREFLOP)
    clusters = cluster(rows, of_opponents, features, "opponent clusters")
    return clusters.weakest_first(-clusters.centres.sum(axis=1, dtype=np.int64))
