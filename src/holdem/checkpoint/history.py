"""Which iterations a checkpoint's strategy sums hold, so that none is ever counted twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, order=True)
class Segment:
    """Iterations ``start`` to ``end`` of one stream of random draws.

    Two segments that agree in all but ``end`` are the same training, one of them longer: what an
    iteration does follows from the tables it finds and from seed, instance and iteration.

    Attributes:
        origin: What the first iteration found, and how others took part: the digest of the metadata
            of the checkpoint that the segment branched off, nothing for a fresh start; then, for
            synchronised instances, interval and number, as ``"+sync 1000/4"``.
    """

    seed: int
    instance: int
    start: int
    end: int
    origin: str = ""

    @property
    def iterations(self) -> int:
        return self.end - self.start

    @property
    def training(self) -> tuple[int, int, int, str]:
        """What two segments share when one of them holds the other."""
        return (self.seed, self.instance, self.start, self.origin)


History = tuple[Segment, ...]


def history_of(metadata: Mapping[str, Any]) -> History:
    """Returns what the strategy sums of a checkpoint hold; the last segment is the open one."""
    return tuple(Segment(**segment) for segment in metadata["history"])


def extended(history: Sequence[Segment], iteration: int) -> list[dict[str, Any]]:
    """Returns a history as JSON, with its last segment reaching to ``iteration``."""
    *closed, last = history
    return [asdict(segment) for segment in (*closed, replace(last, end=iteration))]


def total_iterations(history: Sequence[Segment]) -> int:
    """Returns how many iterations a history has, those of all instances together."""
    return sum(segment.iterations for segment in history)
