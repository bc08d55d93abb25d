"""A tree over buckets whose paths are about as long as the earth mover's distances between them.

Average linkage joins the two nearest groups of buckets again and again. The last 64 groups are the
leaves of a tree, and every later join a node above them at half the distance that it joined: the
path between two leaves is then the average distance of the groups at which they met. On a tree the
earth mover's distance of two distributions is, over all edges, the edge's length times the
difference of what lies below it. That is L1, for which k-means needs no transport problem.

Sources: Indyk & Thaper 2003, "Fast Image Retrieval via Embeddings"; Sokal & Michener 1958, average
linkage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_LEAVES = 64
# A tree with that many leaves has 126 edges; rows are padded.
EDGE_COLUMNS = 128
_LONGEST = 255

_Floats = npt.NDArray[np.float64]
_Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Join:
    """Two groups that became one: the second goes into the first's place."""

    first: int
    second: int
    distance: float


def edge_table(histograms: _Integers, masses: _Integers) -> npt.NDArray[np.uint8]:
    """Returns for each bucket the lengths of the edges above it, uint8 [num buckets, 128].

    The L1 distance of the averages of rows, over two distributions of buckets, is about their earth
    mover's distance. The longest edge is 255.

    Args:
        histograms: Cumulative, of what lies in each bucket, [num buckets, num bins].
        masses: Of each bucket, [num buckets].
    """
    joins = _average_linkage(_distances(histograms), masses)
    lengths, below = _edges(joins, len(masses))
    table = np.zeros((len(masses), EDGE_COLUMNS), np.uint8)
    longest = max(lengths, default=0.0)
    for edge, (length, buckets) in enumerate(zip(lengths, below, strict=True)):
        table[buckets, edge] = round(length * _LONGEST / longest) if longest else 0
    return table


def _distances(histograms: _Integers) -> _Floats:
    """Returns the L1 distance of every two rows."""
    total = np.zeros((len(histograms), len(histograms)), np.int64)
    for column in histograms.T:
        total += np.abs(column[:, None] - column[None, :])
    return total.astype(np.float64)


def _average_linkage(distances: _Floats, masses: _Integers) -> list[_Join]:
    """Joins all into one; distances of groups are weighted by mass. Equally near: the first.

    Every number comes from a single addition, multiplication or division in a fixed order, so that
    the joins are the same on any machine.
    """
    distances, mass = distances.copy(), masses.astype(np.float64)
    np.fill_diagonal(distances, np.inf)
    left = np.ones(len(mass), dtype=bool)
    nearest = distances.argmin(axis=1)
    least = distances.min(axis=1)
    joins = []
    for _ in range(len(mass) - 1):
        one = int(least.argmin())
        first, second = sorted((one, int(nearest[one])))
        joins.append(_Join(first, second, float(least[one])))
        both = mass[first] * distances[first] + mass[second] * distances[second]
        both /= mass[first] + mass[second]
        mass[first] += mass[second]
        left[second] = False
        both[~left] = np.inf
        both[first] = np.inf
        distances[first], distances[:, first] = both, both
        distances[second], distances[:, second] = np.inf, np.inf
        # A join is no nearer to a third than the nearer of its parts was: the others still hold.
        stale = left & ((nearest == first) | (nearest == second))
        stale[first] = True
        nearest[stale] = distances[stale].argmin(axis=1)
        least[stale] = distances[stale].min(axis=1)
        least[second] = np.inf
    return joins


def _edges(joins: list[_Join], num_buckets: int) -> tuple[list[float], list[list[int]]]:
    """Returns the length of each edge of the tree over the last groups, and the buckets below."""
    members = {bucket: [bucket] for bucket in range(num_buckets)}
    num_inside = max(0, num_buckets - MAX_LEAVES)
    for join in joins[:num_inside]:
        members[join.first] += members.pop(join.second)
    heights = dict.fromkeys(members, 0.0)
    lengths: list[float] = []
    below: list[list[int]] = []
    for join in joins[num_inside:]:
        for part in (join.first, join.second):
            lengths.append((join.distance - heights[part]) / 2)
            below.append(list(members[part]))
        members[join.first] += members.pop(join.second)
        heights[join.first] = join.distance
    return lengths, below
