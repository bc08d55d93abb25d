"""Equity against clusters of opponents, against playing every hand on every board."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from feature_references import (
    FLOPS,
    SHARE,
    THREE_ACES,
    Flops,
    board_weight,
    deck,
    num_hands,
    random_ids,
    runouts,
    same_for_any_workers,
)

from holdem import _core


def cluster_equities(
    num_ranks: int,
    street: int,
    clusters: npt.NDArray[np.uint8],
    num_clusters: int,
    flops: Flops = [],  # noqa: B006
    num_workers: int = 2,
) -> npt.NDArray[np.uint16]:
    out = np.zeros((num_hands(num_ranks, street), 8), np.uint16)
    _core.opponent_cluster_equities(
        num_ranks, street, clusters, num_clusters, num_workers, out, flops
    )
    return out


def enumerated_equities(
    num_ranks: int,
    deal: Sequence[int],
    clusters: npt.NDArray[np.uint8],
    num_clusters: int,
    flops: Flops,
) -> list[int]:
    """Returns a row by playing every hand of the opponent on every board to come."""
    won, played = [0] * 8, [0] * 8
    to_come, weights = runouts(num_ranks, deal, flops)
    preflop = _core.street_indexer(0, num_ranks)
    for cards, weight in zip(to_come.tolist(), weights.tolist(), strict=True):
        board = cards[2:]
        rest = [card for card in deck(num_ranks) if card not in cards]
        holes = np.array([*itertools.combinations(rest, 2)], np.uint8)
        boards = np.tile(np.array(board, np.uint8), (len(holes) + 1, 1))
        own_first = np.concatenate([np.array([cards[:2]], np.uint8), holes])
        rated = _core.evaluate_hands(np.concatenate([own_first, boards], axis=1))
        points = 2 * (rated[0] > rated[1:]).astype(np.int64) + (rated[0] == rated[1:])
        opponents = clusters[preflop.index(holes)]
        for cluster in range(num_clusters):
            inside = opponents == cluster
            won[cluster] += weight * int(points[inside].sum())
            played[cluster] += weight * int(inside.sum())
    sums = [
        (won[i], played[i]) if played[i] else (sum(won), sum(played)) for i in range(num_clusters)
    ]
    row = [int((2 * SHARE * part + 2 * n) // (4 * n)) for part, n in sums]
    return row + [0] * (8 - num_clusters)


@pytest.mark.parametrize("num_clusters", [3, 8])
@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize("street", range(4))
def test_opponent_clusters_on_a_small_deck(street: int, flops: Flops, num_clusters: int) -> None:
    """Many clusters have no hand left here."""
    clusters = random_ids(num_hands(3, 0), num_clusters)
    rows = cluster_equities(3, street, clusters, num_clusters, flops)
    num_written = 0
    # Every street has a few hundred hands that look different, from one another and in suits.
    for index in range(0, len(rows), 1 + len(rows) // 150):
        deal = _core.street_indexer(street, 3).unindex(np.array([index], np.uint64))[0].tolist()
        if street > 0 and board_weight(deal[2:], flops) == 0:
            assert not rows[index].any()
            continue
        num_written += 1
        expected = enumerated_equities(3, deal, clusters, num_clusters, flops)
        assert rows[index].tolist() == expected
    assert num_written > 5


@pytest.mark.parametrize(("street", "count"), [(1, 1), (2, 10), (3, 60)])
def test_opponent_clusters_on_a_flop_of_the_full_deck(street: int, count: int) -> None:
    flop = (51, 50, 13)
    clusters = random_ids(169, 7)
    clusters[_core.street_indexer(0).index(np.array([[48, 49]], np.uint8))] = 7  # aces: few left
    rows = cluster_equities(13, street, clusters, 8, [(flop, 1)])
    random = np.random.default_rng(street)
    rest = [card for card in range(52) if card not in flop]
    for _ in range(count):
        others = random.permutation(rest)[: street + 1].tolist()
        deal = [*others[:2], *flop, *others[2:]]
        index = _core.street_indexer(street).index(np.array([deal], np.uint8))[0]
        assert rows[index].tolist() == enumerated_equities(13, deal, clusters, 8, [])


def test_one_cluster_of_all_hands_is_the_equity(strengths: _core.HandStrengths) -> None:
    flops: Flops = [((2, 23, 51), 1)]
    for street in (1, 2):
        rows = cluster_equities(13, street, np.zeros(169, np.uint8), 1, flops)
        pairs = np.zeros((num_hands(13, street), 2), np.uint16)
        _core.equity_moments(strengths, street, 2, pairs, flops)
        assert pairs.any()
        assert np.array_equal(rows[:, 0], pairs[:, 0])
        assert not rows[:, 1:].any()


def test_a_hand_that_no_chosen_flop_leaves_has_nothing() -> None:
    aces = _core.street_indexer(0, 3).index(np.array([[51, 50]], np.uint8))
    rows = cluster_equities(3, 0, random_ids(num_hands(3, 0), 8), 8, THREE_ACES)
    assert not rows[aces].any()
    assert rows.any()


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize("street", range(4))
def test_the_number_of_workers_changes_nothing(street: int, flops: Flops) -> None:
    clusters = random_ids(num_hands(5, 0), 6)
    same_for_any_workers(
        lambda num_workers: cluster_equities(5, street, clusters, 6, flops, num_workers)
    )


def test_misuse_is_refused() -> None:
    clusters = random_ids(num_hands(3, 0), 3)
    out = np.zeros((num_hands(3, 1), 8), np.uint16)
    few = np.zeros((num_hands(2, 1), 8), np.uint16)
    with pytest.raises(ValueError, match="num_ranks: 2, must be at least 3"):
        _core.opponent_cluster_equities(2, 1, np.zeros(num_hands(2, 0), np.uint8), 3, 1, few)
    for num_clusters in (0, 9):
        with pytest.raises(ValueError, match=f"num_clusters: {num_clusters}, must be 1 to 8"):
            _core.opponent_cluster_equities(3, 1, clusters, num_clusters, 1, out)
    with pytest.raises(ValueError, match="clusters: all must be below 2"):
        _core.opponent_cluster_equities(3, 1, clusters, 2, 1, out)
    with pytest.raises(ValueError, match="one for each preflop hand"):
        _core.opponent_cluster_equities(3, 1, clusters[1:], 3, 1, out)
    with pytest.raises(ValueError, match="num_workers: 0"):
        _core.opponent_cluster_equities(3, 1, clusters, 3, 0, out)
    with pytest.raises(ValueError, match="dtype must be uint16"):
        _core.opponent_cluster_equities(3, 1, clusters, 3, 1, out.astype(np.uint8))
    with pytest.raises(ValueError, match=r"must be \[\d+, 8\]"):
        _core.opponent_cluster_equities(3, 1, clusters, 3, 1, out[:, :4].copy())
    with pytest.raises(TypeError):
        _core.opponent_cluster_equities(3, 1, clusters.astype(np.int64), 3, 1, out)
