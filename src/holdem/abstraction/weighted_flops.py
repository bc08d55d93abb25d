"""The flops of a configuration as the core deals them, and the choice of a few that represent all.

A choice of n flops is the one whose weighted average is closest to that of all flops of the deck in
what a flop looks like: the ranks it has, which two come together, pairs, suits, and the straights
it is part of. Distance is squared, all features count alike. Only averages over many flops matter
to a strategy, so that comes closer to the whole deck than flops which are each typical of a group
(docs/experiments.md).

Everything is integer arithmetic: the same number gives the same flops and weights on any machine.

Source: Chen, Welling, Smola 2010, "Super-Samples from Kernel Herding".
Differs: without replacement, improved by exchanges, and weighted.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.cards import RANKS, SUITS, format_cards
from holdem.flops import highest_relabelling, num_flops, parse_flops
from holdem.types import GameConfig

WeightedFlop = tuple[tuple[int, int, int], float]
# With a whole weight against those of others.
WholeFlop = tuple[tuple[int, int, int], int]
_Integers = npt.NDArray[np.int64]

_FLOPS_PER_LINE = 8
# What whole weights add up to, but for rounding: masses of hands stay below 2^32.
_WHOLE = 2**16
_NEVER = np.iinfo(np.int64).max
# How far a weight may fall below the share of the flops that are most like its own.
_LEAST_PART = 4


def weighted_flops(config: GameConfig) -> list[WeightedFlop]:
    """Returns the flops of a game with weights that sum to 1, highest first; none for all flops."""
    if config.flops is None:
        return []
    if isinstance(config.flops, int):
        weights: dict[tuple[int, int, int], float] = dict(
            representative_flops(config.ranks, config.flops)
        )
    else:
        weights = {
            flop.cards: flop.num_relabellings if flop.weight is None else flop.weight
            for flop in parse_flops(config.flops, config.ranks)
        }
    total = math.fsum(weights.values())
    return [(cards, weight / total) for cards, weight in weights.items()]


def whole_flops(config: GameConfig) -> list[WholeFlop]:
    """Returns the flops of a game with whole weights, highest first; none for all flops."""
    return [(cards, max(1, round(weight * _WHOLE))) for cards, weight in weighted_flops(config)]


def recorded_flops(flops: Sequence[WholeFlop]) -> dict[str, Any]:
    """Returns what the configuration of buckets says about their flops; nothing for all."""
    return {"flops": {format_cards(cards): weight for cards, weight in flops}} if flops else {}


def flop_lines(config: GameConfig) -> list[str]:
    """Returns the flops of a game and their weights as lines of a log; none for all flops."""
    flops = [f"{format_cards(cards)} {weight:.5f}" for cards, weight in weighted_flops(config)]
    if not flops:
        return []
    head = f"Played on {len(flops):,} of {num_flops(config.ranks):,} flops, with weights:"
    starts = range(0, len(flops), _FLOPS_PER_LINE)
    return [head, *(", ".join(flops[start : start + _FLOPS_PER_LINE]) for start in starts)]


@functools.cache
def representative_flops(num_ranks: int, count: int) -> list[tuple[tuple[int, int, int], int]]:
    """Chooses flops that represent a deck.

    A change that changes a flop or a weight makes other games of configurations that stay the same:
    it needs another name in the configuration.

    Args:
        num_ranks: Of the deck, the highest ranks.
        count: How many flops, 1 to ``num_flops(num_ranks)``.

    Returns:
        Flops and weights that add up to the number of flops of the deck, highest flop first.
    """
    indexer = _core.HandIndexer([3], num_ranks)
    indices = np.arange(indexer.size, dtype=np.uint64)
    flops = indexer.unindex(indices)
    masses = indexer.num_deals(indices).astype(np.int64)
    likeness = _likeness(_features(flops, num_ranks))
    chosen = _choose(likeness, masses, count)
    weights = _weigh(likeness, masses, chosen)
    found = [
        (highest_relabelling(flops[flop].tolist()), int(weight))
        for flop, weight in zip(chosen, weights, strict=True)
    ]
    return sorted(found, reverse=True)


def _features(flops: npt.NDArray[np.uint8], num_ranks: int) -> _Integers:
    """Returns what flops look like, [num_flops, num_features]."""
    ranks, suits = flops // len(SUITS), flops % len(SUITS)
    counts = np.stack([np.sum(ranks == r, axis=1) for r in range(len(RANKS))], axis=1)
    present = counts > 0
    num_suits = np.sum([np.any(suits == s, axis=1) for s in range(len(SUITS))], axis=0)
    ace = len(RANKS) - 1
    straights = [[(low + i) % len(RANKS) for i in range(5)] for low in (ace, *range(ace - 3))]
    possible = [ranks for ranks in straights if min(ranks) >= len(RANKS) - num_ranks]
    columns = [
        *counts.T,
        *(present[:, a] & present[:, b] for a, b in itertools.combinations(range(ace + 1), 2)),
        *(num_suits == n for n in (1, 2)),
        *(counts.max(axis=1) >= n for n in (2, 3)),
        *(present[:, straight].sum(axis=1) == 3 for straight in possible),
    ]
    return np.stack(columns, axis=1).astype(np.int64)


def _likeness(features: _Integers) -> _Integers:
    """Returns the inner products of all pairs of flops."""
    # Small whole numbers, so that floats are exact in any order of summation; and much faster.
    exact = features.astype(np.float64)
    return (exact @ exact.T).astype(np.int64)


def _choose(likeness: _Integers, masses: _Integers, count: int) -> _Integers:
    """Returns the flops, ascending, whose plain average is closest to that of the deck.

    Flops are added one by one, each the one that brings the average closest, and then exchanged for
    others while that brings it closer.
    """
    total, to_deck, own = masses.sum(), likeness @ masses, np.diag(likeness)
    taken = np.zeros(len(masses), dtype=bool)
    to_taken = np.zeros_like(masses)

    def best(taken_then: int) -> int:
        # Squared distance of the averages, times total * taken_then^2, but for a constant.
        distance = total * (2 * to_taken + own) - 2 * taken_then * to_deck
        return int(np.argmin(np.where(taken, _NEVER, distance)))

    def change(flop: int, sign: int) -> None:
        nonlocal to_taken
        taken[flop] = sign > 0
        to_taken = to_taken + sign * likeness[flop]

    for taken_then in range(1, count + 1):
        change(best(taken_then), +1)
    settled = False
    while not settled:
        before = taken.copy()
        for flop in np.flatnonzero(before).tolist():
            change(flop, -1)
            change(best(count), +1)
        settled = bool(np.array_equal(taken, before))
    return np.flatnonzero(taken)


def _weigh(likeness: _Integers, masses: _Integers, chosen: _Integers) -> _Integers:
    """Returns whole weights of the chosen flops that add up to the flops of the deck.

    A flop begins with all flops of the deck that are most like it; then weight moves from one to
    another, in smaller and smaller portions, while that brings the average closer to the deck's.
    """
    own = np.diag(likeness)[chosen]
    nearest = np.argmax(2 * likeness[:, chosen] - own, axis=1)
    nearest[chosen] = np.arange(len(chosen))
    weights = np.zeros_like(chosen)
    np.add.at(weights, nearest, masses)
    least = np.maximum(1, weights // _LEAST_PART)
    among = likeness[np.ix_(chosen, chosen)]
    slope = among @ weights - (likeness @ masses)[chosen]
    portion = max(1, int(masses.sum()) // (2 * len(chosen)))
    while portion:
        giver = int(np.argmax(np.where(weights - portion >= least, slope, -_NEVER)))
        taker = int(np.argmin(slope))
        bend = own[giver] + own[taker] - 2 * among[giver, taker]
        closer = 2 * (slope[taker] - slope[giver]) + portion * bend < 0
        if weights[giver] - portion >= least[giver] and closer:
            weights[giver] -= portion
            weights[taker] += portion
            slope += portion * (among[:, taker] - among[:, giver])
        else:
            portion //= 2
    return weights
