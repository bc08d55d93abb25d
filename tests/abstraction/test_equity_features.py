"""Histograms and moments of equity against enumeration, exactly: all of them are integers."""

from __future__ import annotations

import signal

import numpy as np
import numpy.typing as npt
import pytest
from feature_references import (
    FLOPS,
    SHARE,
    THREE_ACES,
    Cards,
    Flops,
    Integers,
    board_weight,
    num_hands,
    river_of,
    runouts,
    same_for_any_workers,
    shares,
)

from holdem import _core

BINS, TOP = 64, 255


def all_deals(num_ranks: int, street: int) -> Cards:
    indexer = _core.street_indexer(street, num_ranks)
    return indexer.unindex(np.arange(indexer.size, dtype=np.uint64))


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


def test_a_hand_that_no_chosen_flop_leaves_has_nothing() -> None:
    aces = _core.street_indexer(0, 3).index(np.array([[51, 50]], np.uint8))
    histograms = np.zeros((num_hands(3, 0), BINS), np.uint8)
    pairs = np.zeros((num_hands(3, 0), 2), np.uint16)
    _core.equity_histograms(river_of(3), 0, 1, histograms, THREE_ACES)
    _core.equity_moments(river_of(3), 0, 1, pairs, THREE_ACES)
    for rows in (histograms, pairs):
        assert not rows[aces].any()
        assert rows.any()


@pytest.mark.parametrize("flops", [[], FLOPS], ids=["all flops", "three flops"])
@pytest.mark.parametrize("street", range(4))
def test_the_number_of_workers_changes_nothing(street: int, flops: Flops) -> None:
    strengths = river_of(5)
    size = num_hands(5, street)

    def histograms(num_workers: int) -> npt.NDArray[np.uint8]:
        out = np.zeros((size, BINS), np.uint8)
        _core.equity_histograms(strengths, street, num_workers, out, flops)
        return out

    def pairs(num_workers: int) -> npt.NDArray[np.uint16]:
        out = np.zeros((size, 2), np.uint16)
        _core.equity_moments(strengths, street, num_workers, out, flops)
        return out

    if street < 3:
        same_for_any_workers(histograms)
    same_for_any_workers(pairs)


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


class Alarm(Exception):  # noqa: N818 - no error
    """What the handler of a signal raises."""


def test_a_signal_ends_the_work(strengths: _core.HandStrengths) -> None:
    def stop(*_: object) -> None:
        raise Alarm

    out = np.zeros((num_hands(13, 1), BINS), np.uint8)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        for work in (
            lambda: _core.equity_histograms(strengths, 1, 1, out),
            lambda: _core.equity_moments(strengths, 1, 1, np.zeros((len(out), 2), np.uint16)),
        ):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(Alarm):
                work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
