"""Hold'em with few cards, for walks over all hands."""

from __future__ import annotations

import numpy as np

from holdem import _core
from holdem.cards import parse_cards

POT, HALF, ALL_IN = ("pot_fraction", 1.0), ("pot_fraction", 0.5), ("all_in", 0.0)


def few_cards(
    ranks: int = 3,
    *,
    stacks: int | list[int] = 1500,
    sizes: tuple[tuple[str, float], ...] = (POT,),
    cap: int = 1,
    num_buckets: int = 0,
    flops: str = "",
) -> _core.HoldemGame:
    """Returns a game of two players, blinds 50 and 100.

    Args:
        num_buckets: On every street, random ones; 0: lossless.
        flops: That are played on, equally often; all, if there are none.
    """
    menu = _core.BetMenu([list(sizes)] * 4, [list(sizes)] * 4, [cap] * 4)
    if num_buckets == 0:
        buckets = _core.BucketMap.lossless(ranks)
    else:
        random = np.random.default_rng(7)
        lengths = [_core.street_indexer(street, ranks).size for street in range(4)]
        tables = [random.integers(num_buckets, size=n).astype(np.uint16) for n in lengths]
        buckets = _core.BucketMap(tuple(tables), [num_buckets] * 4, ranks)
    listed = [parse_cards(flop) for flop in flops.split()]
    weighted = [(flop, 1 / len(listed)) for flop in listed]
    return _core.HoldemGame(_core.Rules(2, 50, 100, 0, stacks), menu, buckets, ranks, weighted)
