"""The tree over buckets: average linkage against a slow one, and what its paths measure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from holdem.abstraction.bucket_tree import EDGE_COLUMNS, MAX_LEAVES, edge_table

Integers = npt.NDArray[np.int64]


def random_buckets(num_buckets: int, seed: int) -> tuple[Integers, Integers]:
    random = np.random.default_rng(seed)
    shares = random.integers(0, 1000, (num_buckets, 16))
    return np.cumsum(shares, axis=1), random.integers(1, 100, num_buckets)


def slow_tree_distances(histograms: Integers, masses: Integers) -> npt.NDArray[np.float64]:
    """The distance at which two buckets first share a group; 0 within the last 64 groups."""
    n = len(masses)
    pairs = np.abs(histograms[:, None] - histograms[None]).sum(axis=2)
    groups = [[bucket] for bucket in range(n)]
    found = np.zeros((n, n))
    while len(groups) > 1:
        best = (np.inf, 0, 0)
        for a in range(len(groups)):
            for b in range(a + 1, len(groups)):
                weights = np.outer(masses[groups[a]], masses[groups[b]])
                mean = (pairs[np.ix_(groups[a], groups[b])] * weights).sum() / weights.sum()
                best = min(best, (mean, a, b))
        distance, a, b = best
        if len(groups) <= MAX_LEAVES:
            found[np.ix_(groups[a], groups[b])] = distance
            found[np.ix_(groups[b], groups[a])] = distance
        groups[a] += groups.pop(b)
    return found


@pytest.mark.parametrize(("num_buckets", "seed"), [(2, 0), (5, 1), (30, 2), (64, 3), (80, 4)])
def test_paths_are_as_long_as_the_distance_at_which_buckets_meet(
    num_buckets: int, seed: int
) -> None:
    histograms, masses = random_buckets(num_buckets, seed)
    table = edge_table(histograms, masses).astype(int)
    paths = np.abs(table[:, None] - table[None]).sum(axis=2)
    expected = slow_tree_distances(histograms, masses)
    scale = (paths * expected).sum() / (expected**2).sum()
    edges = 2 * num_buckets  # each is rounded to a 255th of the longest
    assert np.abs(paths - expected * scale).max() <= min(edges, 20)
    assert table.max() == 255


def test_a_tree_has_two_edges_fewer_than_twice_its_leaves() -> None:
    histograms, masses = random_buckets(200, 5)
    table = edge_table(histograms, masses)
    assert table.shape == (200, EDGE_COLUMNS)
    assert np.all(table[:, 2 * MAX_LEAVES - 2 :] == 0)
    assert len(np.unique(table, axis=0)) == MAX_LEAVES


def test_buckets_that_do_not_differ_have_no_distance() -> None:
    histograms = np.full((3, 16), 7, dtype=np.int64)
    assert not edge_table(histograms, np.ones(3, np.int64)).any()
    assert edge_table(histograms[:1], np.ones(1, np.int64)).shape == (1, EDGE_COLUMNS)
