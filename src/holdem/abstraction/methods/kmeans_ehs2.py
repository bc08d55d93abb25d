"""``kmeans-ehs2``: k-means of expected hand strength and its square, by squared L2.

The square tells hands that may become strong or weak from those that stay in the middle.

Source: Johanson et al. 2013, "Evaluating State-Space Abstractions in Extensive-Form Games", E[HS]
and E[HS^2].
"""

from __future__ import annotations

import numpy as np

from holdem.abstraction.bucket_file import StreetBuckets, num_hands
from holdem.abstraction.clustering import cluster, estimate_clustering, street_buckets
from holdem.abstraction.features import Features
from holdem.abstraction.method import Estimate, StreetTask


def most_buckets(street: int, ranks: int) -> int:
    return num_hands(street, ranks)


def estimate(task: StreetTask, ranks: int) -> Estimate:
    return estimate_clustering(task, ranks, "equity-moments")


def build(task: StreetTask, features: Features) -> StreetBuckets:
    clusters = cluster(features.equity_moments(task.street), task, features)
    strengths = clusters.centres[:, 0].astype(np.int64)
    return street_buckets(clusters.weakest_first(strengths), task, features)
