"""What features of hands are compared with: flops, and boards to come one after the other."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from holdem import _core

Cards = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Flops = list[tuple[tuple[int, int, int], int]]
Compute = Callable[[int], npt.NDArray[np.generic]]
SHARE = 8191
# In any suits; weights without a common divisor.
FLOPS: Flops = [((50, 45, 41), 3), ((51, 50, 49), 2), ((40, 44, 48), 7)]
# All hands that hold two of these aces are left out.
THREE_ACES: Flops = [((51, 50, 49), 1)]


def deck(num_ranks: int) -> range:
    return range(52 - 4 * num_ranks, 52)


def river_of(num_ranks: int) -> _core.HandStrengths:
    strengths = _core.HandStrengths(num_ranks)
    strengths.compute(3, num_workers=1)
    return strengths


def num_hands(num_ranks: int, street: int) -> int:
    return _core.street_indexer(street, num_ranks).size


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


def random_ids(size: int, limit: int, seed: int = 3) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, limit, size).astype(np.uint8)


def same_for_any_workers(compute: Compute) -> None:
    first = compute(1)
    assert first.any()
    for num_workers in (2, 3):
        assert np.array_equal(compute(num_workers), first)
