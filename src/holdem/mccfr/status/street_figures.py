"""What is said of the table of one street, in metadata and on charts alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class StreetFigures:
    """A sampled picture of one street.

    Attributes:
        mean_positive_regret: Chips an iteration: the largest positive regret of an infoset over the
            weight of all iterations, averaged over visited infosets.
        policy_entropy: Of the average strategy, from 0 to 1 (uniform), likewise averaged.
        visited_share: Of the street's infosets, those whose strategy was ever played.
        pruned_share: Of a traverser's actions since the last picture, those that were skipped.
    """

    street: str
    mean_positive_regret: float
    policy_entropy: float
    visited_share: float
    pruned_share: float


def by_street(pictures: Iterable[StreetFigures]) -> dict[str, dict[str, float]]:
    """Returns the figures of each street by their names."""
    found = {}
    for picture in pictures:
        figures = asdict(picture)
        found[figures.pop("street")] = figures
    return found
