"""Deals played in pieces, on any number of threads, and the mean of what they come to."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from holdem import _core
from holdem.cores import usable_cores
from holdem.errors import ConfigError

# Called with the number of deals played so far.
Progress = Callable[[int], None]

MAX_DEALS = 10**12
_NORMAL_95 = 1.959963984540054


@dataclass
class Mean:
    """The mean result of independent deals, in chips a hand.

    Attributes:
        squares: Sum over deals of the squared deviation from the mean.
    """

    count: int = 0
    chips: float = 0.0
    squares: float = 0.0

    @property
    def ci95(self) -> float:
        """Half width of the 95 % confidence interval.

        Treats the results of the deals as normally distributed in sum, which takes some hundreds.
        """
        return _NORMAL_95 * math.sqrt(self.squares / (self.count - 1) / self.count)

    def add(self, tally: _core.MatchTally) -> None:
        """Takes in the results of more deals.

        Source: Chan, Golub, LeVeque 1983, equation 2.1.
        """
        count = self.count + tally.num_deals
        step = tally.mean - self.chips
        self.chips += step * tally.num_deals / count
        self.squares += (
            tally.squared_deviations + step * step * self.count * tally.num_deals / count
        )
        self.count = count


def play_deals(
    play: Callable[[int, int], _core.MatchTally],
    num_deals: int,
    deals_per_piece: int,
    num_workers: int | None,
    on_progress: Progress | None,
) -> Mean:
    """Plays deals 0 to ``num_deals`` - 1 and returns the mean of their results.

    Args:
        play: Plays so many deals from a first one on, without the GIL.
        num_deals: At least 2.
        deals_per_piece: Part of the result's last bits, since pieces are summed in order.
        num_workers: Threads, by default one a CPU; changes nothing but the time.

    Raises:
        ConfigError: The core refuses to play.
    """
    mean = Mean()
    try:
        for tally in _in_order(play, num_deals, deals_per_piece, num_workers or usable_cores()):
            mean.add(tally)
            if on_progress is not None:
                on_progress(mean.count)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return mean


def check_seed(seed: int) -> None:
    """Refuses what is no seed of deals."""
    if not 0 <= seed < 2**32:
        raise ConfigError(f"seed = {seed}: must be 0 to {2**32 - 1}")


def _in_order(
    play: Callable[[int, int], _core.MatchTally],
    num_deals: int,
    deals_per_piece: int,
    num_workers: int,
) -> Iterator[_core.MatchTally]:
    """Yields the pieces by number, while a few more are being played."""
    waiting: deque[Future[_core.MatchTally]] = deque()
    with ThreadPoolExecutor(num_workers) as pool:
        try:
            for first_deal in range(0, num_deals, deals_per_piece):
                count = min(deals_per_piece, num_deals - first_deal)
                waiting.append(pool.submit(play, first_deal, count))
                if len(waiting) > 2 * num_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
