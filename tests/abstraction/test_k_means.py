"""k-means in integers, against the definition written out in NumPy."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem import _core

Array = npt.NDArray[Any]

SPACES = [(np.uint8, 64), (np.uint8, 128), (np.uint16, 2), (np.uint16, 8)]
every_space = pytest.mark.parametrize(("dtype", "dims"), SPACES)


def random_points(n: int, dtype: type, dims: int, seed: int, values: int | None = None) -> Array:
    """Returns points around some curve, so that near and far ones exist; few values make ties."""
    random = np.random.default_rng(seed)
    top = 255 if dtype is np.uint8 else 8191
    if values is not None:
        return random.integers(0, values, (n, dims)).astype(dtype)
    along = random.random((n, 1)) + 0.1 * random.normal(size=(n, dims)) * random.random((n, 1))
    return np.asarray((top * np.clip(along, 0, 1)).astype(dtype))


def ones(points: Array) -> Array:
    return np.ones(len(points), np.uint32)


def distances(points: Array, centres: Array) -> Array:
    """[n, k]: L1 for bytes, squared L2 for the others."""
    rows = []
    for centre in centres.astype(np.int64):
        differences = points.astype(np.int64) - centre
        by_value = np.abs(differences) if points.dtype == np.uint8 else differences**2
        rows.append(by_value.sum(axis=1))
    return np.stack(rows, axis=1)


def nearest(points: Array, centres: Array) -> Array:
    return distances(points, centres).argmin(axis=1)  # the first of equal ones


def means(points: Array, masses: Array, ids: Array, centres: Array) -> Array:
    """Mass-weighted means, halves rounded up; centres without mass stay."""
    moved = centres.copy()
    for i in range(len(centres)):
        mass = int(masses[ids == i].sum())
        if mass > 0:
            weighted = points[ids == i].astype(object) * masses[ids == i, None].astype(object)
            moved[i] = (2 * weighted.sum(axis=0) + mass) // (2 * mass)
    return moved


@every_space
@pytest.mark.parametrize("k", [1, 2, 7, 60, 400])
@pytest.mark.parametrize("values", [None, 2, 4])
def test_assignment_is_the_first_nearest_centre(
    dtype: type, dims: int, k: int, values: int | None
) -> None:
    """Above 256 centres the lists of neighbours are cut: with few values, where all distances are
    alike, most points then have to look at all centres.
    """
    points = random_points(3000, dtype, dims, seed=k, values=values)
    random = np.random.default_rng(1)
    centres = points[random.integers(0, 3000, k)]  # some of them equal
    start = random.integers(0, k, 3000).astype(np.uint16)
    ids = np.empty_like(start)
    cost = _core.KMeans(points, ones(points), 2).assign(centres, start, ids)
    assert np.array_equal(ids, nearest(points, centres))
    assert cost == distances(points, centres).min(axis=1).sum()


@every_space
def test_assignment_far_from_all_centres(dtype: type, dims: int) -> None:
    """Points on one side, centres on the other: the start says nothing, no list is cut short."""
    top = 255 if dtype is np.uint8 else 8191
    random = np.random.default_rng(2)
    points = (top - random.integers(0, 3, (500, dims))).astype(dtype)
    centres = random.integers(0, 3, (300, dims)).astype(dtype)
    ids = np.zeros(500, np.uint32)
    cost = _core.KMeans(points, ones(points), 1).assign(centres, ids, ids)
    assert np.array_equal(ids, nearest(points, centres))
    assert cost == distances(points, centres).min(axis=1).sum()


@every_space
@pytest.mark.parametrize("num_between", range(20))
def test_a_point_half_way_between_two_centres(dtype: type, dims: int, num_between: int) -> None:
    """Its own and one that is exactly twice as far from that, behind others that are no use."""
    point = np.full((1, dims), 100, dtype)
    offsets = [-40, 40, *range(41, 41 + num_between)]
    centres = np.repeat(point, len(offsets), axis=0)
    centres[:, 0] += np.array(offsets).astype(dtype)
    ids = np.ones(1, np.uint16)
    _core.KMeans(point, ones(point), 1).assign(centres, ids, ids)
    assert ids.tolist() == [0]


@every_space
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_step_is_assignment_and_rounded_means(
    dtype: type, dims: int, data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, 60))
    k = data.draw(st.integers(1, 12))
    values = data.draw(st.sampled_from([2, 3, 200]))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    points = random.integers(0, values, (n, dims)).astype(dtype)
    masses = random.integers(0, data.draw(st.sampled_from([2, 2**28])), n).astype(np.uint32)
    masses[0] = 1
    centres = random.integers(0, values, (k, dims)).astype(dtype)
    start = random.integers(0, k, n).astype(np.uint16)
    expected = np.where(masses > 0, nearest(points, centres), 0)
    live_masses = np.bincount(expected, weights=masses, minlength=k)
    k_means = _core.KMeans(points, masses, 2)
    num_distinct = len(np.unique(points[masses > 0], axis=0))
    ids = start.copy()
    if k > num_distinct:
        with pytest.raises(ValueError, match=f"k: {k}, but there are only {num_distinct} diff"):
            k_means.step(centres, ids)
        return
    moved, cost, num_changed = k_means.step(centres, ids)
    assert np.array_equal(ids, expected)
    assert cost == int((distances(points, centres).min(axis=1).astype(object) * masses).sum())
    assert num_changed == int(((start != expected) & (masses > 0)).sum())
    full = live_masses > 0
    assert np.array_equal(moved[full], means(points, masses, ids, centres)[full])
    assert k_means.cluster_masses(k, ids).tolist() == live_masses.astype(np.uint64).tolist()


@every_space
def test_empty_clusters_move_to_the_points_farthest_from_their_centres(
    dtype: type, dims: int
) -> None:
    points = random_points(500, dtype, dims, seed=3)
    masses = np.random.default_rng(3).integers(0, 3, 500).astype(np.uint32)
    used = points[:3]
    centres = np.concatenate([used, np.repeat(used[:1], 4, axis=0)])  # four of them get nothing
    ids = np.zeros(500, np.uint16)
    moved, _, _ = _core.KMeans(points, masses, 3).step(centres, ids)
    assert ids.max() <= 2
    full = means(points, masses, ids, centres)[:3].tolist()
    order = sorted(
        {
            (-int(distance), tuple(point))
            for distance, point, mass in zip(
                distances(points, used).min(axis=1), points.tolist(), masses, strict=True
            )
            if mass > 0 and point not in full
        }
    )
    assert moved[:3].tolist() == full
    assert [tuple(row) for row in moved[3:].tolist()] == [point for _, point in order[:4]]
    again = ids.copy()
    _core.KMeans(points, masses, 3).step(moved, again)
    assert (_core.KMeans(points, masses, 1).cluster_masses(7, again)[3:] > 0).all()


@every_space
@pytest.mark.parametrize("id_dtype", [np.uint16, np.uint32])
def test_the_number_of_workers_changes_nothing(dtype: type, dims: int, id_dtype: type) -> None:
    points = random_points(30_000, dtype, dims, seed=5)
    masses = np.random.default_rng(5).integers(0, 1000, 30_000).astype(np.uint32)
    results = []
    for num_workers in (1, 2, 3):
        k_means = _core.KMeans(points, masses, num_workers)
        centres = k_means.seed(30, seed=1, stream=2)
        centres[20:] = centres[:10]  # empty ones as well
        ids = np.zeros(30_000, id_dtype)
        parts = [centres.tobytes()]
        for _ in range(3):
            centres, cost, num_changed = k_means.step(centres, ids)
            parts += [centres.tobytes(), ids.tobytes(), cost, num_changed]
        results.append(parts)
    assert results[0] == results[1] == results[2]


@every_space
def test_draws_follow_mass_and_squared_distance(dtype: type, dims: int) -> None:
    """The second of two centres, given the first, by chi-square; and the first by mass alone."""
    random = np.random.default_rng(7)
    points = random.integers(0, 50, (6, dims)).astype(dtype)
    points[3] = points[1]
    masses = np.array([1, 4, 0, 2, 7, 3], np.uint32)
    k_means = _core.KMeans(points, masses, 1)
    rows = [tuple(point) for point in points.tolist()]
    places = {row: place for place, row in reversed(list(enumerate(rows)))}
    num_draws = 6000
    counts = np.zeros((6, 6))
    for stream in range(num_draws):
        first, second = k_means.seed(2, seed=11, stream=stream).tolist()
        counts[places[tuple(first)], places[tuple(second)]] += 1
    weights = masses.astype(float)
    between = distances(points, points).astype(float)
    between = between**2 if dtype is np.uint8 else between
    expected = np.zeros((6, 6))
    for i, j in np.ndindex(6, 6):
        share = weights[i] / weights.sum() * weights[j] * between[i, j]
        expected[places[rows[i]], places[rows[j]]] += share / (weights * between[i]).sum()
    expected *= num_draws
    possible = expected > 0
    assert counts[~possible].sum() == 0
    chi_square = (((counts - expected) ** 2)[possible] / expected[possible]).sum()
    freedom = possible.sum() - 1
    assert abs(chi_square - freedom) < 4 * np.sqrt(2 * freedom)


@every_space
def test_as_many_centres_as_different_points_and_no_more(dtype: type, dims: int) -> None:
    distinct = np.unique(random_points(40, dtype, dims, seed=8), axis=0)
    points = np.concatenate([distinct, distinct, distinct ^ dtype(1)])
    masses = np.repeat(np.array([1, 5, 0], np.uint32), len(distinct))  # the third part is not there
    k_means = _core.KMeans(points, masses, 2)
    assert k_means.num_distinct(1000) == len(distinct)
    assert k_means.num_distinct(5) == 5
    centres = k_means.seed(len(distinct), seed=0, stream=0)
    assert np.array_equal(np.unique(centres, axis=0), distinct)
    ids = np.zeros(len(points), np.uint16)
    moved, cost, _ = k_means.step(centres, ids)
    assert cost == 0
    assert np.array_equal(moved, centres)
    with pytest.raises(ValueError, match=f"there are only {len(distinct)} different points"):
        k_means.seed(len(distinct) + 1, seed=0, stream=0)


def test_streams_and_seeds_draw_different_centres() -> None:
    points = random_points(1000, np.uint8, 64, seed=9)
    k_means = _core.KMeans(points, ones(points), 1)
    draws = {k_means.seed(5, *address).tobytes() for address in [(0, 0), (1, 0), (0, 1), (0, 0)]}
    assert len(draws) == 3


@every_space
def test_blobs_are_found(dtype: type, dims: int) -> None:
    random = np.random.default_rng(10)
    top = 250 if dtype is np.uint8 else 8000
    corners = np.array(
        [
            [i * top // 3] * (dims // 2) + [j * top // 3] * (dims - dims // 2)
            for i in range(4)
            for j in range(4)
        ]
    )
    labels = random.integers(0, 16, 4000)
    points = (corners[labels] + random.integers(0, 5, (4000, dims))).astype(dtype)
    k_means = _core.KMeans(points, ones(points), 2)
    best = None
    for stream in range(3):
        centres, ids = k_means.seed(16, 0, stream), np.zeros(4000, np.uint16)
        num_changed = 1
        while num_changed:
            centres, cost, num_changed = k_means.step(centres, ids)
        best = min(best, (cost, tuple(ids))) if best else (cost, tuple(ids))
    pairs = set(zip(labels.tolist(), best[1], strict=True))
    assert len(pairs) == 16


@pytest.mark.parametrize("dims", [2, 8])
def test_a_step_never_costs_more_than_rounding_can(dims: int) -> None:
    """A mean minimises squared distances; rounding adds at most a quarter a coordinate and mass."""
    points = random_points(5000, np.uint16, dims, seed=12)
    masses = np.random.default_rng(12).integers(1, 100, 5000).astype(np.uint32)
    k_means = _core.KMeans(points, masses, 2)
    centres = k_means.seed(40, 0, 0)
    ids = np.zeros(5000, np.uint16)
    last = None
    for _ in range(30):
        centres, cost, _ = k_means.step(centres, ids)
        assert last is None or cost <= last + int(masses.sum()) * dims / 4
        last = cost


@given(n=st.integers(1, 2**64 - 1), data=st.data())
def test_a_sample_has_one_position_of_each_stratum(n: int, data: st.DataObject) -> None:
    m = data.draw(st.integers(1, min(n, 50)))
    positions = _core.stratified_sample(n, m, seed=1, stream=2).tolist()
    ends = np.cumsum([n // m + (i < n % m) for i in range(m)], dtype=object).tolist()
    assert all(
        begin <= position < end
        for begin, position, end in zip([0, *ends[:-1]], positions, ends, strict=True)
    )
    assert _core.stratified_sample(n, m, seed=1, stream=2).tolist() == positions


def test_a_sample_is_uniform_within_strata() -> None:
    draws = [_core.stratified_sample(10, 2, 3, stream) for stream in range(4000)]
    counts = np.bincount(np.concatenate(draws), minlength=10)
    assert np.abs(counts - 800).max() < 5 * np.sqrt(800)
    assert _core.stratified_sample(7, 7, 0, 0).tolist() == list(range(7))


def test_what_cannot_be_clustered_is_refused() -> None:
    points, ids = np.zeros((4, 64), np.uint8), np.zeros(4, np.uint16)
    masses = ones(points)
    with pytest.raises(ValueError, match=r"points: must be uint8 \[n, 64 or 128\] or uint16"):
        _core.KMeans(points[:, :32].copy(), masses, 1)
    with pytest.raises(ValueError, match="points: must be"):
        _core.KMeans(points.astype(np.uint16), masses, 1)
    with pytest.raises(TypeError):
        _core.KMeans(points[::2], masses[:2], 1)  # a copy would be made
    with pytest.raises(ValueError, match="masses: must be one for each point"):
        _core.KMeans(points, masses[1:], 1)
    with pytest.raises(ValueError, match="masses: sum to 0, must be 1 to 2"):
        _core.KMeans(points, 0 * masses, 1)
    with pytest.raises(ValueError, match="masses: sum to 0"):
        _core.KMeans(points[:0], masses[:0], 1)
    with pytest.raises(ValueError, match="masses: sum to 21474836475, must be 1 to 2"):
        _core.KMeans(np.zeros((5, 64), np.uint8), np.full(5, 2**32 - 1, np.uint32), 1)
    with pytest.raises(ValueError, match="num_workers: 0"):
        _core.KMeans(points, masses, 0)
    with pytest.raises(ValueError, match="points: a value above 8191"):
        _core.KMeans(np.full((4, 2), 8192, np.uint16), masses, 1)
    with pytest.raises(ValueError, match="m: 5, must be 1 to n = 4"):
        _core.stratified_sample(4, 5, 0, 0)

    k_means = _core.KMeans(points, masses, 1)
    with pytest.raises(ValueError, match="k: 0"):
        k_means.seed(0, 0, 0)
    with pytest.raises(ValueError, match="k: 2, but there are only 1 different points"):
        k_means.seed(2, 0, 0)
    with pytest.raises(ValueError, match="centres: must be"):
        k_means.step(points[:0], ids)
    with pytest.raises(ValueError, match="centres: must be"):
        k_means.step(np.zeros((2, 8), np.uint16), ids)
    with pytest.raises(ValueError, match="ids: must be one for each point"):
        k_means.step(points[:1], ids[1:])
    with pytest.raises(ValueError, match="ids: the dtype"):
        k_means.step(points[:1], ids.astype(np.uint8))
    with pytest.raises(ValueError, match="ids: 1, must be below k = 1"):
        k_means.step(points[:1], ids + np.uint16(1))
    with pytest.raises(ValueError, match="ids: 1, must be below k = 1"):
        k_means.cluster_masses(1, ids + np.uint16(1))
    with pytest.raises(ValueError, match="out: must be of the dtype and size of ids"):
        k_means.assign(points[:1], ids, ids.astype(np.uint32))
    with pytest.raises(ValueError, match="more than the dtype of ids can tell apart"):
        k_means.step(np.zeros((65537, 64), np.uint8), ids)
    pairs = _core.KMeans(np.zeros((4, 2), np.uint16), masses, 1)
    with pytest.raises(ValueError, match="centres: a value above 8191"):
        pairs.step(np.full((1, 2), 8192, np.uint16), ids)


def test_a_step_hears_signals() -> None:
    class Alarm(Exception):  # noqa: N818 - no error
        pass

    def ring(number: int, frame: object) -> None:
        raise Alarm

    points = random_points(300_000, np.uint8, 128, seed=13, values=2)
    k_means = _core.KMeans(points, ones(points), 2)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Alarm):
            k_means.step(points[:2000], np.zeros(300_000, np.uint16))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
