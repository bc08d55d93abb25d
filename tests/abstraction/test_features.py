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
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
