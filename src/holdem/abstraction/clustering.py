"""k-means of all hands of a street: from a sample to the whole deck, kept after every step.

1. On a stratified sample of at most 200,000 hands: k-means++ and Lloyd's algorithm, several times
   anew; the cheapest goes on.
2. Lloyd's algorithm on all hands from there, until a step makes next to no difference or the steps
   are used up.
3. Every hand goes to the nearest centre; equally near, to the first.

Hands count as often as they are dealt. All is integer arithmetic in the core, and every draw is a
function of the seed: the bytes do not depend on the workers or on whether a build was interrupted.
The centres are kept in the cache after each restart and each step.

Sources: Lloyd 1982, "Least Squares Quantization in PCM"; Arthur & Vassilvitskii 2007, "k-means++:
The Advantages of Careful Seeding".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

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
from holdem.abstraction.feature_cache import FeatureCache
from holdem.abstraction.features import (
    FEATURE_SECONDS,
    FEATURE_SHAPES,
    STRENGTH_BYTES,
    Features,
    Points,
    Rows,
)
from holdem.abstraction.method import Estimate, StreetTask

SAMPLE_HANDS = 200_000
# Steps on a sample cost next to nothing: they go on until one gains less than a share of 1e-5.
MAX_SAMPLE_STEPS = 200
_SAMPLE_GAIN = 100_000
# On all hands one that gains less than a thousandth is the last.
_GAIN = 1000

# A change that changes a bit needs another number.
_VERSION = 1
_USUAL_STEPS, _USUAL_SAMPLE_STEPS = 4, 40
_RIVER = 3
# What fewer hands take is less than what keeping it takes.
_KEPT_HANDS = 1000
# NumPy makes indices eight bytes wide: not those of all river hands at once.
_BLOCK_HANDS = 2**20
_MOST_MASS = 2**33

StepIds: TypeAlias = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clusters:
    """Clusters of the hands of a street.

    Attributes:
        centres: [num clusters, dimensions], of the dtype of the points.
        masses: Of the hands of each, [num clusters]; 0 where no hand is nearest to a centre.
        ids: The cluster of each row.
    """

    centres: Points
    masses: npt.NDArray[np.uint64]
    ids: BucketIds

    def weakest_first(self, strengths: npt.NDArray[Any]) -> Clusters:
        """Numbers the clusters anew, by ascending strength [num clusters], without empty ones."""
        used = np.flatnonzero(self.masses)
        order = used[np.argsort(strengths[used], kind="stable")]
        number: BucketIds = np.zeros(len(self.centres), id_dtype(len(order)))
        number[order] = np.arange(len(order))
        ids: BucketIds = np.empty(len(self.ids), number.dtype)
        for start in range(0, len(ids), _BLOCK_HANDS):
            block = slice(start, start + _BLOCK_HANDS)
            ids[block] = number[self.ids[block]]
        return Clusters(self.centres[order], self.masses[order], ids)


def cluster(rows: Rows, task: StreetTask, features: Features, what: str = "buckets") -> Clusters:
    """Finds clusters of hands by k-means.

    Args:
        rows: The hands.
        task: How many clusters, and how thoroughly. There are fewer where fewer hands differ.
        features: Workers, cache and progress.
        what: What the clusters are, for whoever watches.
    """
    return _Clustering(rows, task, features, f"{STREETS[task.street]} {what}").run()


def street_buckets(clusters: Clusters, task: StreetTask, features: Features) -> StreetBuckets:
    """Returns clusters as the buckets of all hands of a street; fewer than asked for are said."""
    made, street = len(clusters.centres), STREETS[task.street]
    if made < task.k:
        logger.warning(
            f"{street} buckets: only {made:,} of the {task.k:,} asked for, as no more hands differ"
        )
    ids = features.hands(task.street).spread(clusters.ids)
    return StreetBuckets(ids, made)


def estimate_clustering(task: StreetTask, ranks: int, feature: str) -> Estimate:
    """Returns what a feature of a street and its clusters take."""
    size = num_hands(task.street, ranks)
    columns, dtype = FEATURE_SHAPES[feature]
    rows_bytes = size * columns * np.dtype(dtype).itemsize
    # Beside the rows: masses, ids while centres move, and exact strengths.
    hand_bytes = 4 + _first_ids(0, task.k).itemsize
    strength_bytes = STRENGTH_BYTES * num_hands(_RIVER, ranks) // num_hands(_RIVER, ALL_RANKS)
    seconds = FEATURE_SECONDS[feature][task.street] * size / num_hands(task.street, ALL_RANKS)
    seconds += (min(task.steps, _USUAL_STEPS) + 1) * _step_seconds(size, task.k)
    memory = rows_bytes + size * hand_bytes + strength_bytes
    return Estimate(seconds, memory, rows_bytes + size * id_dtype(task.k).itemsize)


class _Clustering:
    def __init__(self, rows: Rows, task: StreetTask, features: Features, name: str) -> None:
        self._rows = replace(rows, masses=_bounded(rows.masses))
        self._task = task
        self._features = features
        self._name = name
        self._cache = features.cache if len(rows.points) >= _KEPT_HANDS else FeatureCache()
        self._sample = self._draw_sample()
        self._k = self._k_means(self._sample).num_distinct(task.k)
        if self._k < task.k:  # as many as there are, so that the sample has to be all
            self._sample = self._rows
            self._k = self._k_means(self._rows).num_distinct(task.k)

    def run(self) -> Clusters:
        centres = self._restarts()
        k_means = self._k_means(self._rows)
        ids = _first_ids(len(self._rows.points), self._k)
        centres = self._steps(k_means, centres, ids)
        seconds = _step_seconds(len(ids), self._k) / self._features.num_workers
        self._features.progress(f"{self._name} ids", 0.0, seconds)
        k_means.assign(centres, ids, ids)
        return Clusters(centres, k_means.cluster_masses(self._k, ids), ids)

    def _restarts(self) -> Points:
        """Returns the cheapest centres that were found on the sample."""
        k_means = self._k_means(self._sample)
        inputs = self._inputs("restarts", restarts=self._task.restarts)
        kept = self._cache.load(inputs) or {"done": 0, "cost": -1, "centres": None}
        for restart in range(kept["done"], self._task.restarts):
            centres, cost = self._descend(k_means, restart)
            if kept["cost"] < 0 or cost < kept["cost"]:
                kept |= {"cost": cost, "centres": centres}
            kept["done"] = restart + 1
            self._cache.store(inputs, kept)
        cheapest: Points = kept["centres"]
        return cheapest

    def _descend(self, k_means: _core.KMeans, restart: int) -> tuple[Points, int]:
        """Seeds and moves centres on the sample; returns them and what the last step found."""
        stream = self._task.street * 2**16 + restart
        ids = _first_ids(len(self._sample.points), self._k)
        centres: Points | None = None
        costs: list[int] = []
        seconds = _step_seconds(len(ids), self._k) * _USUAL_SAMPLE_STEPS * self._task.restarts
        seconds /= self._features.num_workers
        while len(costs) < MAX_SAMPLE_STEPS and not _is_settled(costs, _SAMPLE_GAIN):
            done = (restart + len(costs) / MAX_SAMPLE_STEPS) / self._task.restarts
            self._features.progress(f"{self._name} sample", done, seconds)
            if centres is None:
                centres = k_means.seed(self._k, self._task.seed, stream)
            centres, cost, _ = k_means.step(centres, ids)
            costs.append(cost)
        assert centres is not None
        return centres, costs[-1]

    def _steps(self, k_means: _core.KMeans, centres: Points, ids: StepIds) -> Points:
        """Moves the centres over all hands."""
        inputs = self._inputs("steps", restarts=self._task.restarts)
        kept = self._cache.load(inputs) or {"costs": "", "centres": centres}
        costs = [int(cost) for cost in kept["costs"].split()]
        centres = kept["centres"]
        while len(costs) < self._task.steps and not _is_settled(costs, _GAIN):
            seconds = _step_seconds(len(ids), self._k) * self._task.steps
            self._features.progress(
                f"{self._name} steps",
                len(costs) / self._task.steps,
                seconds / self._features.num_workers,
            )
            centres, cost, _ = k_means.step(centres, ids)
            costs.append(cost)
            self._cache.store(inputs, {"costs": " ".join(map(str, costs)), "centres": centres})
        return centres

    def _k_means(self, rows: Rows) -> _core.KMeans:
        return _core.KMeans(rows.points, rows.masses, self._features.num_workers)

    def _inputs(self, what: str, **more: int) -> dict[str, Any]:
        task = {"k": self._k, "seed": self._task.seed}
        return {"what": what, "version": _VERSION, "of": self._rows.inputs, **task, **more}

    def _draw_sample(self) -> Rows:
        """Returns one hand of each of equal parts of all rows."""
        size = len(self._rows.points)
        if size <= SAMPLE_HANDS:
            return self._rows
        positions = _core.stratified_sample(size, SAMPLE_HANDS, self._task.seed, self._task.street)
        points: Points = self._rows.points[positions]
        return Rows(points, self._rows.masses[positions], self._rows.inputs)


def _bounded(masses: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Returns masses that add up to no more than the core takes: weighted flops' are rounded."""
    divisor = -(-int(masses.sum(dtype=np.uint64)) // _MOST_MASS)
    return masses if divisor == 1 else np.maximum(1, (masses + divisor // 2) // divisor)


def _is_settled(costs: list[int], gain: int) -> bool:
    """Returns whether the last step lowered the cost by no more than one part in ``gain``."""
    return len(costs) > 1 and (costs[-2] - costs[-1]) * gain <= costs[-2]


def _step_seconds(size: int, k: int) -> float:
    """Returns the CPU seconds of finding the nearest of k centres for so many hands, measured."""
    return float(40e-9 * size * k ** (1 / 6))


def _first_ids(size: int, k: int) -> StepIds:
    """Returns ids to begin with, of a dtype that the core takes."""
    return np.zeros(size, np.uint16) if k <= 2**16 else np.zeros(size, np.uint32)
