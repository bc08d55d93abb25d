"""How well a few weighted flops give the starting hands the equity they have over all flops.

Run: ``python benchmarks/flop_subsets.py``. Beside the flops that ``flops: N`` chooses stand N flops
drawn at random as the deck deals them, of equal weight, 200 times.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from machine import describe_machine

from holdem import _core
from holdem.abstraction.weighted_flops import representative_flops

NUM_DRAWS = 200


class PreflopEquity:
    """The exact equity of every starting hand against a uniform hand, over any weighted flops."""

    def __init__(self, num_ranks: int) -> None:
        strengths = _core.HandStrengths(num_ranks)
        for street in (3, 2, 1):
            strengths.compute(street, os.cpu_count() or 1)
        self._indexer = _core.HandIndexer([3], num_ranks)
        indices = np.arange(self._indexer.size, dtype=np.uint64)
        self.masses = self._indexer.num_deals(indices).astype(np.int64)
        hole_cards = np.array([*itertools.combinations(range(52 - 4 * num_ranks, 52), 2)], np.uint8)
        hands = _core.HandIndexer([2], num_ranks).index(hole_cards)
        left = 4 * num_ranks - 5
        highest = left * (left - 1) * (left - 2) * (left - 3)
        self._won = np.zeros((num_ranks**2, len(indices)))  # [hand, flop], summed over suits
        self._dealt = np.zeros_like(self._won)
        for flop, cards in enumerate(self._indexer.unindex(indices)):
            live = ~np.isin(hole_cards, cards).any(axis=1)
            deals = np.column_stack([hole_cards[live], np.tile(cards, (live.sum(), 1))])
            equity = strengths.strengths(1, np.ascontiguousarray(deals)) / highest
            np.add.at(self._won[:, flop], hands[live], equity)
            np.add.at(self._dealt[:, flop], hands[live], 1)

    def error(
        self, flops: npt.NDArray[np.int64], weights: npt.NDArray[np.int64]
    ) -> tuple[float, float]:
        """Returns how far equities over some flops are off: root mean square over all deals of two
        cards, and the most of any starting hand."""
        found = self._won[:, flops] @ weights / (self._dealt[:, flops] @ weights)
        off = found - self._won @ self.masses / (self._dealt @ self.masses)
        of_all_deals = self._dealt @ self.masses
        return float(np.sqrt(np.average(off**2, weights=of_all_deals))), float(np.abs(off).max())

    def error_of_chosen(self, chosen: Sequence[tuple[tuple[int, int, int], int]]) -> float:
        """Returns the root mean square error of flops with their weights."""
        return self.error(*self.indexed(chosen))[0]

    def indexed(
        self, chosen: Sequence[tuple[tuple[int, int, int], int]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Returns flops by index, and their weights."""
        cards = np.array([cards for cards, _ in chosen], dtype=np.uint8)
        weights = np.array([weight for _, weight in chosen])
        return self._indexer.index(cards).astype(np.int64), weights

    def errors_at_random(self, count: int, num_draws: int) -> list[tuple[float, float]]:
        """Returns the errors of flops drawn without replacement, of equal weight."""
        random = np.random.default_rng(count)
        shares = self.masses / self.masses.sum()
        one = np.ones(count, dtype=np.int64)
        return [
            self.error(random.choice(len(shares), count, replace=False, p=shares), one)
            for _ in range(num_draws)
        ]


def main() -> None:
    """Prints the table of docs/experiments.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranks", type=int, default=13)
    parser.add_argument("--counts", type=int, nargs="+", default=[5, 10, 25, 49, 100, 200, 500])
    arguments = parser.parse_args()
    print(describe_machine())
    equity = PreflopEquity(arguments.ranks)
    representative_flops(arguments.ranks, 1)  # builds the tables of the hand index
    print("| flops | chosen | worst hand | random, median | random, best of 200 | seconds |")
    print("|---|---|---|---|---|---|")
    for count in arguments.counts:
        start = time.process_time()
        chosen = representative_flops(arguments.ranks, count)
        seconds = time.process_time() - start
        mean, worst = equity.error(*equity.indexed(chosen))
        others = [error for error, _ in equity.errors_at_random(count, NUM_DRAWS)]
        print(
            f"| {count} | {mean:.2%} | {worst:.2%} | {np.median(others):.2%} "
            f"| {min(others):.2%} | {seconds:.2f} |"
        )


if __name__ == "__main__":
    main()
