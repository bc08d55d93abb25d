"""Curves of exploitability against CPU seconds, read from the files of runs, and interpolated."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

# A point counts for a time that it missed by no more: a slice of training ends a little late.
_SLACK = 1.05


@dataclass(frozen=True)
class Point:
    """An evaluation, as ``one_run`` writes it."""

    cpu_seconds: float
    exploitability_chips: float
    iterations: int
    nodes: int
    evaluation_seconds: float


Curve = Sequence[Point]


def read_curve(path: Path) -> list[Point]:
    """Returns the points of a run."""
    _, *lines = path.read_text().splitlines()
    return [Point(**json.loads(line)) for line in lines]


def value_at(curve: Curve, seconds: float) -> float | None:
    """Returns the exploitability after so many CPU seconds, in chips: straight lines between the
    points on logarithmic scales. ``None`` before the first and after the last of them."""
    times = [point.cpu_seconds for point in curve]
    if not times or not times[0] / _SLACK <= seconds <= times[-1] * _SLACK:
        return None
    seconds = min(max(seconds, times[0]), times[-1])
    for one, two in pairwise(curve):
        if one.cpu_seconds <= seconds <= two.cpu_seconds:
            return _on_line(
                seconds,
                (one.cpu_seconds, two.cpu_seconds),
                (one.exploitability_chips, two.exploitability_chips),
            )
    return curve[0].exploitability_chips


def seconds_to(curve: Curve, chips: float) -> float | None:
    """Returns the CPU seconds after which a curve first comes down to an exploitability.

    That is at most the first point's where it begins below; ``None`` where it never does.
    """
    if curve and curve[0].exploitability_chips <= chips:
        return curve[0].cpu_seconds
    for one, two in pairwise(curve):
        if two.exploitability_chips <= chips:
            return _on_line(
                chips,
                (one.exploitability_chips, two.exploitability_chips),
                (one.cpu_seconds, two.cpu_seconds),
            )
    return None


def _on_line(x: float, xs: tuple[float, float], ys: tuple[float, float]) -> float:
    """Returns y at x on a straight line through two points, on logarithmic scales."""
    if xs[0] == xs[1]:
        return ys[1]
    share = math.log(x / xs[0]) / math.log(xs[1] / xs[0])
    return math.exp(math.log(ys[0]) + share * math.log(ys[1] / ys[0]))


def median_at(curves: Sequence[Curve], seconds: float) -> float | None:
    """Returns the median of several runs after so many CPU seconds, ``None`` where one has none."""
    found = [value_at(curve, seconds) for curve in curves]
    values = [value for value in found if value is not None]
    return median(values) if values and len(values) == len(found) else None


def sooner(
    name: str, curves: Sequence[Curve], reference: str, chips: float | None, seconds: float
) -> str:
    """Says how much sooner a contender has what a reference has after so many CPU seconds.

    Args:
        curves: The contender's runs.
        chips: The reference's exploitability then; ``None``: it was not trained for so long.
    """
    if chips is None or not curves:
        return f"{name}: nothing to compare with {reference}"
    times = [seconds_to(curve, chips) for curve in curves]
    reached = [time for time in times if time is not None]
    whose = f"{reference}'s {seconds:g} s value"
    if len(reached) < len(times):
        limit = max(curve[-1].cpu_seconds for curve in curves)
        runs = "" if len(times) == 1 else f" in {len(times) - len(reached)} of {len(times)} runs"
        return f"{name} does not reach {whose} in {limit:.3g} s{runs}"
    found = median(reached)
    earliest = found <= median(curve[0].cpu_seconds for curve in curves)
    at_most, at_least = ("at most ", "at least ") if earliest else ("", "")
    ratio = seconds / found
    compared = f"{ratio:.3g} times sooner" if ratio >= 1 else f"{1 / ratio:.3g} times later"
    return f"{name} reaches {whose} in {at_most}{found:.3g} s: {at_least}{compared}"
