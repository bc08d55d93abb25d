"""Pictures: exploitability against CPU seconds, one a game; nodes a second against table size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from .curves import Curve, value_at
from .plan import Bench
from .speed import Rate

_COLOURS = {
    "external": "tab:blue",
    "outcome": "tab:orange",
    "full_width": "tab:green",
    "public_chance": "tab:red",
}
_STYLES = {"none": ":", "linear": "-", "dcfr": "--", "cfr_plus": "-."}
_GREYS = {"external": ":", "outcome": "-.", "CFR": "--", "CFR+": "-"}  # of OpenSpiel


def style(name: str) -> dict[str, Any]:
    """Returns how a contender is drawn: colours are samplers, dashes weightings."""
    sampling, _, mode = name.partition(" ")
    if sampling in _COLOURS:
        return {"color": _COLOURS[sampling], "linestyle": _STYLES[mode]}
    return {"color": "tab:gray", "linestyle": _GREYS[mode]}


def draw_curves(
    path: Path,
    bench: Bench,
    curves: Mapping[str, Sequence[Curve]],
    checkpoints: Sequence[float],
) -> None:
    """Draws the median of each contender's runs, and their range as a band."""
    figure, axes = _figure(bench.title)
    for name, runs in curves.items():
        drawn = []
        for seconds in checkpoints:
            found = [value_at(run, seconds) for run in runs]
            values = [value * bench.units_per_chip for value in found if value is not None]
            if values and len(values) == len(found):
                drawn.append((seconds, min(values), median(values), max(values)))
        if drawn:
            times, low, middle, high = zip(*drawn, strict=True)
            axes.fill_between(times, low, high, color=style(name)["color"], alpha=0.15, lw=0)
            axes.plot(times, middle, label=name, marker=".", **style(name))
    axes.set_xlabel("CPU seconds of training")
    axes.set_ylabel(f"exploitability, {bench.unit}")
    _save(figure, axes, path)


def draw_rates(path: Path, rates: Sequence[Rate]) -> None:
    """Draws nodes a CPU second against the bytes of both tables."""
    figure, axes = _figure("Speed on tables of growing size, one core")
    for name in dict.fromkeys(rate.contender for rate in rates):
        mine = sorted(
            (rate.table_bytes / 1e9, rate.nodes_per_cpu_second / 1e6)
            for rate in rates
            if rate.contender == name and rate.workers == 1
        )
        axes.plot(*zip(*mine, strict=True), label=name, marker="o", **style(name))
    axes.set_xlabel("GB of tables")
    axes.set_ylabel("million nodes a CPU second")
    _save(figure, axes, path)


def _figure(title: str) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(LogLocator(subs=(2, 5)))
        axis.set_major_formatter("{x:,g}")
        axis.set_minor_formatter("{x:,g}")
        axis.set_tick_params(which="both", labelsize="x-small")
    axes.set_title(title, fontsize="medium")
    axes.grid(which="both", alpha=0.2)
    return figure, axes


def _save(figure: Figure, axes: Axes, path: Path) -> None:
    axes.legend(fontsize="x-small", handlelength=4, loc="center left", bbox_to_anchor=(1, 0.5))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
