"""What hands are told apart by: computed by the core over the whole deck, or taken from the cache.

Rows are those of the hands that can be dealt, in the order of the street's hand index: all of them,
or with a choice of flops those whose board comes from one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.abstraction.bucket_file import ALL_RANKS, STREETS, BucketIds, num_hands
from holdem.abstraction.bucket_tree import EDGE_COLUMNS, BucketTree
from holdem.abstraction.feature_cache import FeatureCache, Values
from holdem.abstraction.stages import Progress
from holdem.abstraction.weighted_flops import WholeFlop

Points: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

HISTOGRAM_BINS = 64
MAX_OPPONENT_CLUSTERS = 8
STRENGTH_BYTES = 450_000_000  # of all exact strengths of the full deck

FEATURE_SHAPES: dict[str, tuple[int, type[np.unsignedinteger[Any]]]] = {
    "equity-histograms": (HISTOGRAM_BINS, np.uint8),
    "equity-moments": (2, np.uint16),
    "opponent-equities": (MAX_OPPONENT_CLUSTERS, np.uint16),
    "next-buckets": (EDGE_COLUMNS, np.uint8),
}

_RIVER = 3
# A change of an algorithm that changes a bit needs another number.
_VERSIONS = {"equity-histograms": 1, "equity-moments": 1, "opponent-equities": 1, "next-buckets": 1}
# CPU seconds by street in the full deck, measured: what a display needs to move evenly.
_STRENGTH_SECONDS = (0.01, 0.1, 0.7, 1.8)
_MASS_SECONDS = (0.01, 0.01, 0.1, 1.6)
FEATURE_SECONDS = {
    "equity-histograms": (0.3, 2.7, 4.0, 0.0),
    "equity-moments": (0.3, 1.7, 0.8, 1.4),
    "opponent-equities": (0.0, 16.0, 8.0, 9.0),
    "next-buckets": (0.0, 0.6, 9.0, 0.0),
}


@dataclass(frozen=True)
class Hands:
    """The hands of a street that can be dealt.

    Attributes:
        num_all: Hands of the street in the deck.
        positions: Their hand indices, ascending; ``None`` for all hands.
        masses: How many deals each stands for, weighted where flops are, uint32 [num rows].
    """

    num_all: int
    positions: npt.NDArray[np.int64] | None
    masses: npt.NDArray[np.uint32]

    def rows_of(self, values: Any) -> Any:
        """Returns the rows of these hands of an array over all hands of the street."""
        return values if self.positions is None else values[self.positions]

    def spread(self, ids: BucketIds) -> BucketIds:
        """Returns ids by hand index; hands that cannot be dealt get 0."""
        if self.positions is None:
            return ids
        everywhere = np.zeros(self.num_all, ids.dtype)
        everywhere[self.positions] = ids
        return everywhere


@dataclass(frozen=True)
class Rows:
    """A feature of the hands of a street.

    Attributes:
        points: [num rows, dimensions]; uint8 is compared by L1, uint16 by squared L2.
        masses: Of each hand, uint32 [num rows].
        inputs: All that went into it, as JSON has it.
    """

    points: Points
    masses: npt.NDArray[np.uint32]
    inputs: Mapping[str, Any]


class Features:
    """Features of one deck and choice of flops; the streets of a build share it.

    Attributes:
        ranks: Of the deck.
        flops: Those chosen, with weights; empty for all.
        num_workers: Threads; changes no bit.
        cache: Where rows and what is made of them are kept.
        progress: Hears of every stage.
    """

    def __init__(
        self,
        ranks: int,
        flops: Sequence[WholeFlop],
        num_workers: int,
        cache: FeatureCache,
        progress: Progress,
    ) -> None:
        self.ranks = ranks
        self.flops = list(flops)
        self.num_workers = num_workers
        self.cache = cache
        self.progress = progress
        self._strengths = _core.HandStrengths(ranks)
        self._next_strengths = _RIVER
        self._hands: dict[int, Hands] = {}

    @property
    def deck(self) -> dict[str, Any]:
        """What goes into everything that is made of this deck, as JSON has it."""
        return {"ranks": self.ranks, "flops": [[*cards, weight] for cards, weight in self.flops]}

    def strengths(self, street: int) -> _core.HandStrengths:
        """Returns exact strengths, computed from the river down to a street."""
        while self._next_strengths >= street:
            number = self._next_strengths
            self.begin(f"{STREETS[number]} strengths", number, _STRENGTH_SECONDS)
            self._strengths.compute(number, self.num_workers)
            self._next_strengths -= 1
        return self._strengths

    def hands(self, street: int) -> Hands:
        """Returns the hands of a street that can be dealt."""
        if street not in self._hands:
            self._hands[street] = self._find_hands(street)
        return self._hands[street]

    def release(self, street: int) -> None:
        """Gives the memory of a street's hands back."""
        self._hands.pop(street, None)

    def equity_histograms(self, street: int) -> Rows:
        """Returns cumulative histograms of the river equity, uint8 [num rows, 64]."""

        def compute(out: Points) -> None:
            _core.equity_histograms(self._strengths, street, self.num_workers, out, self.flops)

        return self._rows("equity-histograms", street, compute)

    def equity_moments(self, street: int) -> Rows:
        """Returns E[HS] and E[HS^2] of the river equity HS, uint16 [num rows, 2]."""

        def compute(out: Points) -> None:
            _core.equity_moments(self._strengths, street, self.num_workers, out, self.flops)

        return self._rows("equity-moments", street, compute)

    def opponent_equities(self, street: int, clusters: npt.NDArray[np.uint8]) -> Rows:
        """Returns the equity against clusters of starting hands, uint16 [num rows, 8].

        Args:
            clusters: The cluster of each starting hand, uint8 [num preflop hands], below 8.
        """
        count = int(clusters.max()) + 1

        def compute(out: Points) -> None:
            _core.opponent_cluster_equities(
                self.ranks, street, clusters, count, self.num_workers, out, self.flops
            )

        made_from = {"clusters": clusters.tolist()}
        return self._rows("opponent-equities", street, compute, made_from)

    def next_buckets(self, street: int, next_ids: BucketIds, tree: BucketTree) -> Rows:
        """Returns the distribution of the next street's buckets on a tree, uint8 [num rows, 128].

        Args:
            next_ids: The bucket of every hand of the next street.
            tree: Over these buckets.
        """

        def compute(out: Points) -> None:
            _core.next_bucket_histograms(
                self.ranks,
                street,
                next_ids,
                tree.groups,
                tree.lengths,
                self.num_workers,
                out,
                self.flops,
            )

        made_from = {
            name: digest_of(array)
            for name, array in (
                ("buckets", next_ids),
                ("groups", tree.groups),
                ("lengths", tree.lengths),
            )
        }
        return self._rows("next-buckets", street, compute, made_from)

    def kept(self, inputs: Mapping[str, Any], compute: Callable[[], Values]) -> Values:
        """Returns values from the cache, or computes and keeps them."""
        values = self.cache.load(inputs)
        if values is None:
            values = compute()
            self.cache.store(inputs, values)
        return values

    def begin(self, stage: str, street: int, cpu_seconds: Sequence[float]) -> None:
        """Tells of a stage that takes so many CPU seconds by street in the full deck."""
        share = num_hands(street, self.ranks) / num_hands(street, ALL_RANKS)
        self.progress(stage, 0.0, cpu_seconds[street] * share / self.num_workers)

    def _rows(
        self,
        what: str,
        street: int,
        compute: Callable[[Points], None],
        made_from: Mapping[str, Any] | None = None,
    ) -> Rows:
        inputs = {"what": what, "version": _VERSIONS[what], "street": street, **self.deck}
        inputs |= made_from or {}
        hands = self.hands(street)

        def make() -> Values:
            if what.startswith("equity"):
                self.strengths(_RIVER)
            self.begin(f"{STREETS[street]} features", street, FEATURE_SECONDS[what])
            columns, dtype = FEATURE_SHAPES[what]
            out: Points = np.zeros((hands.num_all, columns), dtype)
            compute(out)
            return {"points": hands.rows_of(out)}

        return Rows(self.kept(inputs, make)["points"], hands.masses, inputs)

    def _find_hands(self, street: int) -> Hands:
        self.begin(f"{STREETS[street]} hands", street, _MASS_SECONDS)
        masses = np.zeros(num_hands(street, self.ranks), np.uint32)
        _core.hand_masses(self.ranks, street, self.flops, self.num_workers, masses)
        if not self.flops:
            return Hands(masses.size, None, masses)
        positions = np.flatnonzero(masses)
        return Hands(masses.size, positions, masses[positions])


def digest_of(array: npt.NDArray[Any]) -> str:
    """Returns the XXH64 of an array's bytes, 16 hexadecimal digits."""
    digest = _core.Xxh64()
    digest.update(array)
    return f"{digest.digest():016x}"
