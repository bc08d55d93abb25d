"""``kmeans-emd``: k-means of the distribution of river equity, by earth mover's distance.

Of cumulative histograms that distance is L1. All runouts count, none is sampled.

Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games",
hand-strength distributions and earth mover's distance.
Differs: all hands and all runouts; the mean as the centre of a cluster.
"""

from __future__ import annotations

import numpy as np

from holdem.abstraction.bucket_file import STREETS, StreetBuckets, num_hands
from holdem.abstraction.clustering import cluster, estimate_clustering, street_buckets
from holdem.abstraction.features import Features
from holdem.abstraction.method import Estimate, StreetTask
from holdem.errors import ConfigError


def most_buckets(street: int, ranks: int) -> int:
    if STREETS[street] == "river":
        raise ConfigError(
            "for hands with cards to come; on the river take kmeans-ochs or percentile-ehs"
        )
    return num_hands(street, ranks)


def estimate(task: StreetTask, ranks: int) -> Estimate:
    return estimate_clustering(task, ranks, "equity-histograms")


def build(task: StreetTask, features: Features) -> StreetBuckets:
    clusters = cluster(features.equity_histograms(task.street), task, features)
    # The more of the distribution lies below each bin, the weaker.
    strengths = -clusters.centres.sum(axis=1, dtype=np.int64)
    return street_buckets(clusters.weakest_first(strengths), task, features)
