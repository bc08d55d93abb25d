"""Cutting masses into equal parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core


def cut(masses: list[int], k: int) -> list[int]:
    buckets: list[int] = _core.percentile_buckets(np.array(masses, dtype=np.uint64), k).tolist()
    return buckets


@given(masses=st.lists(st.integers(1, 1000), min_size=1, max_size=60), k=st.integers(1, 80))
def test_buckets_ascend_and_none_is_empty(masses: list[int], k: int) -> None:
    buckets = cut(masses, k)
    assert buckets[0] == 0
    assert buckets[-1] == min(k, len(masses)) - 1
    assert all(step in (0, 1) for step in np.diff(buckets).tolist())


@given(num_values=st.integers(1, 200), k=st.integers(1, 50))
def test_equal_masses_are_shared_evenly(num_values: int, k: int) -> None:
    sizes = np.bincount(cut([7] * num_values, k))
    assert sizes.max() - sizes.min() <= 1


@given(masses=st.lists(st.integers(1, 9), min_size=50, max_size=200), k=st.integers(2, 10))
def test_buckets_are_as_heavy_as_whole_values_allow(masses: list[int], k: int) -> None:
    """Each cut misses its share by half a value at most, and the later ones make up for it:
    1 + 1/2 + ... + 1/9 halves are less than two values.
    """
    shares = np.bincount(cut(masses, k), weights=masses)
    assert np.abs(shares - sum(masses) / k).max() <= 2 * max(masses)


def test_a_heavy_value_stays_whole_and_the_rest_is_cut_evenly() -> None:
    assert cut([1, 1, 100, 1, 1, 1, 1], 4) == [0, 0, 1, 2, 2, 3, 3]


def test_one_bucket_and_as_many_as_values() -> None:
    assert cut([5, 1, 9], 1) == [0, 0, 0]
    assert cut([5, 1, 9], 3) == cut([5, 1, 9], 1000) == [0, 1, 2]
    assert cut([], 3) == []


def test_impossible_masses_are_refused() -> None:
    with pytest.raises(ValueError, match="k: 0"):
        cut([1], 0)
    with pytest.raises(ValueError, match="positive"):
        cut([1, 0], 2)
    with pytest.raises(ValueError, match="sum"):
        cut([2**62, 1], 2)
