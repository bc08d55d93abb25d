"""Features of hands against slow references: exactly, since all of them are integers."""

from __future__ import annotations

import itertools
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from math import comb

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core

Cards = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Flops = list[tuple[tuple[int, int, int], int]]
BOARD_CARDS = (0, 3, 4, 5)
BINS, TOP, SHARE = 64, 255, 8191
# In any suits; weights without a common divisor.
FLOPS: Flops = [((50, 45, 41), 3), ((51, 50, 49), 2), ((40, 44, 48), 7)]


def deck(num_ranks: int) -> range:
    return range(52 - 4 * num_ranks, 52)


def river_of(num_ranks: int) -> _core.HandStrengths:
    strengths = _core.HandStrengths(num_ranks)
    strengths.compute(3, num_workers=1)
    return strengths


def num_hands(num_ranks: int, street: int) -> int:
    return _core.street_indexer(street, num_ranks).size


def all_deals(num_ranks: int, street: int) -> Cards:
    indexer = _core.street_indexer(street, num_ranks)
    return indexer.unindex(np.arange(indexer.size, dtype=np.uint64))


def flop_share(cards: Sequence[int]) -> int:
    """Returns 24 / relabellings of a flop."""
    suits = itertools.permutations(range(4))
    return 24 // len({frozenset(card // 4 * 4 + s[card % 4] for card in cards) for s in suits})


def flop_weights(flops: Flops) -> Counter[frozenset[int]]:
    """Returns the weight of every real flop: what a chosen one weighs, shared by relabellings."""
    weights: Counter[frozenset[int]] = Counter()
    for cards, weight in flops:
        suits = itertools.permutations(range(4))
        for real in {frozenset(card // 4 * 4 + s[card % 4] for card in cards) for s in suits}:
            weights[real] += weight * flop_share(cards)
    return weights


def board_weight(board: Sequence[int], flops: Flops) -> int:
    if not flops:
        return 1
    weights = flop_weights(flops)
    return sum(weights[frozenset(flop)] for flop in itertools.combinations(board, 3))


def runouts(num_ranks: int, deal: Sequence[int], flops: Flops) -> tuple[Cards, Integers]:
    """Returns the hand on every river board that can come, and the boards' weights."""
    rest = [card for card in deck(num_ranks) if card not in deal]
    to_come = [*itertools.combinations(rest, 7 - len(deal))]
    deals = np.array([(*deal, *cards) for cards in to_come], dtype=np.uint8)
    weights = np.ones(len(deals), dtype=np.int64)
    if len(deal) == 2 and flops:
        weights[:] = [board_weight(board, flops) for board in to_come]
    return deals, weights


def shares(part: Integers, whole: int, scale: int) -> Integers:
    """Returns part / whole in `scale` steps, halves rounded up."""
    return (2 * scale * part + whole) // (2 * whole)


def histogram(values: Integers, weights: Integers, most: int) -> Integers:
    bins = np.minimum(values * BINS // most, BINS - 1)
    counts = np.bincount(bins, weights, BINS).astype(np.int64)
    return shares(np.cumsum(counts), int(weights.sum()), TOP)


def moments(values: Integers, weights: Integers, most: int) -> list[int]:
    total, numbers = int(weights.sum()), values.astype(object)
    return [
        (2 * SHARE * part + whole) // (2 * whole)
        for part, whole in (
            (int((numbers * weights).sum()), total * most),
            (int((numbers**2 * weights).sum()), total * most**2),
        )
    ]


def check_equity_features(
    strengths: _core.HandStrengths, num_ranks: int, street: int, deals: Cards, flops: Flops
) -> None:
    """The rows of some hands are those of the enumerated runouts."""
    histograms = np.zeros((num_hands(num_ranks, street), BINS), np.uint8)
    pairs = np.zeros((num_hands(num_ranks, street), 2), np.uint16)
    if street < 3:
        _core.equity_histograms(strengths, street, 2, histograms, flops)
    _core.equity_moments(strengths, street, 2, pairs, flops)
    cards_left = 4 * num_ranks - 7
    most = cards_left * (cards_left - 1)
    indices = _core.street_indexer(street, num_ranks).index(deals)
    for deal, index in zip(deals.tolist(), indices.tolist(), strict=True):
        to_come, weights = runouts(num_ranks, deal, flops)
        if street > 0 and board_weight(deal[2:], flops) == 0:
            assert not histograms[index].any()
            assert not pairs[index].any()
            continue
        values = strengths.strengths(3, to_come).astype(np.int64)
        assert pairs[index].tolist() == moments(values, weights, most)
        if street < 3:
            assert histograms[index].tolist() == histogram(values, weights, most).tolist()


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize("street", range(4))
def test_equity_of_all_hands_of_a_small_deck(street: int, flops: Flops) -> None:
    check_equity_features(river_of(3), 3, street, all_deals(3, street), flops)


@pytest.mark.parametrize(("num_ranks", "street", "count"), [(4, 0, 10), (5, 1, 60), (6, 2, 60)])
def test_equity_of_some_hands_of_a_larger_deck(num_ranks: int, street: int, count: int) -> None:
    deals = np.random.default_rng(1).choice(all_deals(num_ranks, street), count, replace=False)
    check_equity_features(river_of(num_ranks), num_ranks, street, deals, [])


@pytest.mark.parametrize("street", [1, 2])
def test_equity_on_chosen_flops_of_the_full_deck(
    strengths: _core.HandStrengths, street: int
) -> None:
    flops: Flops = [((0, 22, 51), 1), ((3, 2, 30), 2)]
    random = np.random.default_rng(street)
    deals = []
    for flop, _ in flops:
        rest = [card for card in range(52) if card not in flop]
        for _ in range(20):
            others = random.permutation(rest)[: street + 1]
            deals.append([others[0], others[1], *flop, *others[2:]])
    check_equity_features(strengths, 13, street, np.array(deals, np.uint8), flops)


def test_equity_preflop_in_the_full_deck(strengths: _core.HandStrengths) -> None:
    deals = np.array([[48, 51], [20, 1]], dtype=np.uint8)
    check_equity_features(strengths, 13, 0, deals, [])


@pytest.mark.parametrize("street", [0, 1])
def test_features_of_all_hands_agree_with_their_strength(
    strengths: _core.HandStrengths, street: int
) -> None:
    size = num_hands(13, street)
    whole = 1980 * 46 * 47 * (19600 if street == 0 else 1)
    strength = strengths.strengths(street, all_deals(13, street)).astype(np.int64)
    pairs = np.zeros((size, 2), np.uint16)
    _core.equity_moments(strengths, street, 2, pairs)
    assert np.array_equal(pairs[:, 0], shares(strength, whole, SHARE))
    histograms = np.zeros((size, BINS), np.uint8)
    _core.equity_histograms(strengths, street, 2, histograms)
    assert np.all(histograms[:, -1] == TOP)
    assert np.all(histograms[:, 1:] >= histograms[:, :-1])
    # The mean of a histogram is at most a bin, and a rounded count, from the mean.
    means = 1 - histograms.mean(axis=1) / TOP
    error = strength / whole - means
    assert error.min() >= -0.5 / TOP
    assert error.max() <= 1 / BINS + 0.5 / TOP


def masses_of(
    num_ranks: int, street: int, flops: Flops, num_workers: int = 2
) -> npt.NDArray[np.uint32]:
    masses = np.ones(num_hands(num_ranks, street), np.uint32)
    _core.hand_masses(num_ranks, street, flops, num_workers, masses)
    return masses


@pytest.mark.parametrize("num_ranks", [3, 5, 13])
@pytest.mark.parametrize("street", range(4))
def test_masses_are_the_numbers_of_deals(num_ranks: int, street: int) -> None:
    masses = masses_of(num_ranks, street, [])
    cards, board = 4 * num_ranks, BOARD_CARDS[street]
    assert masses.sum() == comb(cards, board) * comb(cards - board, 2)
    indices = np.arange(len(masses), dtype=np.uint64)[:: 1 + len(masses) // 100_000]
    deals = _core.street_indexer(street, num_ranks).num_deals(indices)
    assert np.array_equal(masses[indices], deals)


@pytest.mark.parametrize(("num_ranks", "street"), [(3, 0), (3, 1), (3, 2), (3, 3), (4, 2)])
def test_masses_of_chosen_flops_are_the_probabilities(num_ranks: int, street: int) -> None:
    """Over all real deals: the flop by its weight, hole cards and other cards at random."""
    expected = np.zeros(num_hands(num_ranks, street), np.int64)
    weights = flop_weights(FLOPS)
    holes = [*itertools.combinations(deck(num_ranks), 2)]
    deals, deal_weights = [], []
    for board in itertools.combinations(deck(num_ranks), max(3, BOARD_CARDS[street])):
        weight = sum(weights[frozenset(flop)] for flop in itertools.combinations(board, 3))
        if weight:
            live = [hole for hole in holes if not {*hole} & {*board}]
            deals += [hole if street == 0 else (*hole, *board) for hole in live]
            deal_weights += [weight] * len(live)
    indices = _core.street_indexer(street, num_ranks).index(np.array(deals, np.uint8))
    np.add.at(expected, indices, deal_weights)
    masses = masses_of(num_ranks, street, FLOPS).astype(np.int64)
    assert masses.sum() > 0
    assert np.array_equal(masses * expected.sum(), expected * masses.sum())


def test_all_flops_chosen_by_their_relabellings_is_no_choice() -> None:
    indexer = _core.HandIndexer([3], 4)
    indices = np.arange(indexer.size, dtype=np.uint64)
    flops: Flops = [
        (tuple(cards), weight)
        for cards, weight in zip(
            indexer.unindex(indices).tolist(), indexer.num_deals(indices).tolist(), strict=True
        )
    ]
    for street, factor in enumerate((comb(14, 3), 1, 4, 10)):
        every = masses_of(4, street, [])
        assert np.array_equal(masses_of(4, street, flops), every * factor)


def random_ids(size: int, limit: int, seed: int = 3) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, limit, size).astype(np.uint8)


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


def next_histograms(
    num_ranks: int, street: int, flops: Flops, dtype: type[np.unsignedinteger], num_workers: int = 2
) -> tuple[npt.NDArray[np.uint8], Integers, Integers]:
    """Returns the rows, the group of each hand of the next street, and the lengths by group."""
    num_groups = 60
    ids = random_ids(num_hands(num_ranks, street + 1), 200).astype(dtype)
    groups = random_ids(200, num_groups)
    lengths = random_ids(num_groups * 128, 256).reshape(num_groups, 128)
    lengths[random_ids(lengths.size, 3).reshape(lengths.shape) == 0] = 0
    out = np.zeros((num_hands(num_ranks, street), 128), np.uint8)
    _core.next_bucket_histograms(num_ranks, street, ids, groups, lengths, num_workers, out, flops)
    return out, groups[ids].astype(np.int64), lengths.astype(np.int64)


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize(
    ("num_ranks", "street", "count", "dtype"),
    [
        (3, 0, 9, np.uint8),
        (3, 1, 200, np.uint16),
        (3, 2, 200, np.uint32),
        (13, 0, 5, np.uint8),
        (13, 1, 300, np.uint8),
    ],
)
def test_next_buckets_are_the_mean_over_the_next_cards(
    num_ranks: int, street: int, count: int, dtype: type[np.unsignedinteger], flops: Flops
) -> None:
    rows, groups, lengths = next_histograms(num_ranks, street, flops, dtype)
    indexer, next_indexer = (_core.street_indexer(s, num_ranks) for s in (street, street + 1))
    weights = flop_weights(flops)
    if flops and street > 0:  # of all hands too few would be on these flops
        rest = [card for card in deck(num_ranks) if card not in flops[0][0]]
        random = np.random.default_rng(4)
        draws = [random.permutation(rest)[: street + 1].tolist() for _ in range(count)]
        deals = [[*others[:2], *flops[0][0], *others[2:]] for others in draws]
    else:
        size = len(rows)
        indices = np.random.default_rng(4).choice(size, min(count, size), replace=False)
        deals = indexer.unindex(indices.astype(np.uint64)).tolist()
    for deal in deals:
        rest = [card for card in deck(num_ranks) if card not in deal]
        nexts = [*itertools.combinations(rest, 3 if street == 0 else 1)]
        if street == 0 and flops:
            nexts = [cards for cards in nexts if weights[frozenset(cards)]]
        weight = np.array([weights[frozenset(c)] if flops and not street else 1 for c in nexts])
        indices = next_indexer.index(np.array([[*deal, *cards] for cards in nexts], np.uint8))
        sums = (lengths[groups[indices]] * weight[:, None]).sum(axis=0)
        row = rows[indexer.index(np.array([deal], np.uint8))[0]]
        assert row.tolist() == shares(sums, int(weight.sum()), 1).tolist()


def test_next_buckets_of_a_turn_of_the_full_deck() -> None:
    """On the flops chosen only, so that little memory is written."""
    flop = (51, 18, 1)
    ids = np.zeros(num_hands(13, 3), np.uint8)
    rest = [card for card in range(52) if card not in flop]
    random = np.random.default_rng(5)
    deals = np.array([[*random.permutation(rest)[:3], *flop] for _ in range(30)], np.uint8)
    deals = deals[:, [0, 1, 3, 4, 5, 2]].copy()
    nexts = [
        np.array([[*deal, card] for card in range(52) if card not in deal], np.uint8)
        for deal in deals.tolist()
    ]
    rivers = [_core.street_indexer(3).index(cards) for cards in nexts]
    for indices in rivers:
        ids[indices] = random.integers(0, 3, len(indices))
    lengths = random_ids(3 * 128, 256).reshape(3, 128)
    out = np.zeros((num_hands(13, 2), 128), np.uint8)
    groups = np.array([2, 0, 1], np.uint8)
    _core.next_bucket_histograms(13, 2, ids, groups, lengths, 2, out, [(flop, 1)])
    for deal, indices in zip(deals, rivers, strict=True):
        sums = lengths[groups[ids[indices]]].astype(np.int64).sum(axis=0)
        row = out[_core.street_indexer(2).index(deal[None])[0]]
        assert row.tolist() == shares(sums, 46, 1).tolist()


def test_a_hand_that_no_chosen_flop_leaves_has_nothing() -> None:
    flops: Flops = [((51, 50, 49), 1)]
    aces = int(_core.street_indexer(0, 3).index(np.array([[51, 50]], np.uint8))[0])
    histograms = np.zeros((num_hands(3, 0), BINS), np.uint8)
    pairs = np.zeros((num_hands(3, 0), 2), np.uint16)
    _core.equity_histograms(river_of(3), 0, 1, histograms, flops)
    _core.equity_moments(river_of(3), 0, 1, pairs, flops)
    clusters = random_ids(num_hands(3, 0), 8)
    for rows in (
        histograms,
        pairs,
        cluster_equities(3, 0, clusters, 8, flops),
        next_histograms(3, 0, flops, np.uint8)[0],
        masses_of(3, 0, flops),
    ):
        assert not rows[aces].any()
        assert rows.any()


Compute = Callable[[int], npt.NDArray[np.generic]]


def same_for_any_workers(compute: Compute) -> None:
    first = compute(1)
    assert first.any()
    for num_workers in (2, 3):
        assert np.array_equal(compute(num_workers), first)


@pytest.mark.parametrize("street", range(4))
@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
def test_the_number_of_workers_changes_nothing(street: int, flops: Flops) -> None:
    strengths = river_of(5)
    size = num_hands(5, street)

    def histograms(num_workers: int) -> npt.NDArray[np.generic]:
        out = np.zeros((size, BINS), np.uint8)
        _core.equity_histograms(strengths, street, num_workers, out, flops)
        return out

    def pairs(num_workers: int) -> npt.NDArray[np.generic]:
        out = np.zeros((size, 2), np.uint16)
        _core.equity_moments(strengths, street, num_workers, out, flops)
        return out

    if street < 3:
        same_for_any_workers(histograms)
    same_for_any_workers(pairs)
    same_for_any_workers(lambda num_workers: masses_of(5, street, flops, num_workers))
    clusters = random_ids(num_hands(5, 0), 6)
    same_for_any_workers(
        lambda num_workers: cluster_equities(5, street, clusters, 6, flops, num_workers)
    )
    if street < 3:
        same_for_any_workers(
            lambda num_workers: next_histograms(5, street, flops, np.uint16, num_workers)[0]
        )


def test_misuse_is_refused() -> None:
    strengths = river_of(3)
    out = np.zeros((num_hands(3, 1), BINS), np.uint8)
    with pytest.raises(ValueError, match="strengths of street 3 have not been computed"):
        _core.equity_histograms(_core.HandStrengths(3), 1, 1, out)
    with pytest.raises(ValueError, match="num_workers: 0, must be at least 1"):
        _core.equity_histograms(strengths, 1, 0, out)
    with pytest.raises(ValueError, match="street: 4, must be 0 to 3"):
        _core.equity_histograms(strengths, 4, 1, out)
    with pytest.raises(ValueError, match="street: 3, must be 0 to 2"):
        _core.equity_histograms(strengths, 3, 1, np.zeros((num_hands(3, 3), BINS), np.uint8))
    with pytest.raises(ValueError, match="dtype must be uint8"):
        _core.equity_histograms(strengths, 1, 1, out.astype(np.uint16))
    with pytest.raises(ValueError, match=rf"out: the shape is \[{len(out) - 1}, 64\], must be"):
        _core.equity_histograms(strengths, 1, 1, out[1:])
    with pytest.raises(TypeError):
        _core.equity_histograms(strengths, 1, 1, np.asfortranarray(out))
    with pytest.raises(ValueError, match="dtype must be uint16"):
        _core.equity_moments(strengths, 1, 1, out)
    with pytest.raises(ValueError, match=r"must be \[\d+, 2\]"):
        _core.equity_moments(strengths, 1, 1, out.astype(np.uint16))
    masses = np.zeros(num_hands(3, 1), np.uint32)
    with pytest.raises(ValueError, match="num_ranks: 14"):
        _core.hand_masses(14, 1, [], 1, masses)
    for flops, message in [
        ([((51, 51, 50), 1)], r"flops\[0\]: must be different cards, 40 to 51"),
        ([*FLOPS, ((51, 50, 2), 1)], r"flops\[3\]: must be different cards"),
        ([((51, 50, 49), 0)], "weight 0, must be at least 1"),
        ([((51, 50, 49), 2**31), ((51, 50, 47), 2**31 + 1)], "weights are too large"),
    ]:
        with pytest.raises(ValueError, match=message):
            _core.hand_masses(3, 1, flops, 1, masses)


def test_misuse_of_clusters_is_refused() -> None:
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


def test_misuse_of_next_buckets_is_refused() -> None:
    ids = random_ids(num_hands(3, 2), 10)
    groups = random_ids(10, 4)
    lengths = np.ones((4, 128), np.uint8)
    out = np.zeros((num_hands(3, 1), 128), np.uint8)

    def refused(message: str, **changes: object) -> None:
        arguments = {"num_ranks": 3, "street": 1, "next_ids": ids, "groups": groups}
        arguments |= {"lengths": lengths, "num_workers": 1, "out": out} | changes
        with pytest.raises(ValueError, match=message):
            _core.next_bucket_histograms(**arguments)

    refused("next_ids: all must be below 9", groups=groups[:9].copy())
    refused("groups: all must be below 3", lengths=lengths[:3].copy())
    refused("one for each hand of the next street", next_ids=ids[1:])
    refused("ids: the dtype must be uint8, uint16 or uint32", next_ids=ids.astype(np.int32))
    refused(r"lengths: the shape is \[4, 64\]", lengths=lengths[:, :64].copy())
    refused(r"lengths: the shape is \[256, 128\]", lengths=np.ones((256, 128), np.uint8))
    refused("num_workers: 0", num_workers=0)
    refused("dtype must be uint8", out=out.astype(np.uint16))
    refused("must be 0 to 2", street=3, out=np.zeros((num_hands(3, 3), 128), np.uint8))
    refused(r"flops\[0\]", flops=[((1, 2, 3), 1)])


class Stopped(Exception):  # noqa: N818 - no error
    """What the handler of a signal raises."""


def test_a_signal_ends_the_work(strengths: _core.HandStrengths) -> None:
    def stop(*_: object) -> None:
        raise Stopped

    out = np.zeros((num_hands(13, 1), BINS), np.uint8)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Stopped):
            _core.equity_histograms(strengths, 1, 1, out)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Stopped):
            cluster_equities(13, 1, random_ids(169, 8), 8, num_workers=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
