"""Texts: Markdown tables of what was measured, and their places on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from .curves import Curve, median_at, sooner, value_at
from .plan import Settings
from .speed import Rate

Curves = Mapping[str, Sequence[Curve]]  # of each contender, a curve a seed
_MOST_COLUMNS = 5


def columns_of(checkpoints: Sequence[float]) -> list[float]:
    """Returns the checkpoints a table has room for, the last one among them."""
    step = -(-len(checkpoints) // _MOST_COLUMNS)
    return list(checkpoints[::-1][::step][::-1])


def exploitability_table(
    curves: Curves, columns: Sequence[float], unit: str, units_per_chip: float
) -> str:
    """Returns medians over seeds at some CPU seconds, with the range where there are several."""

    def cell(runs: Sequence[Curve], seconds: float) -> str:
        middle = median_at(runs, seconds)
        if middle is None:
            return ""
        found = [value_at(run, seconds) for run in runs]
        values = [units_per_chip * value for value in found if value is not None]
        text = digits(units_per_chip * middle)
        if len(values) == 1:
            return text
        return f"{text} ({digits(min(values))} to {digits(max(values))})"

    rows = [[name, *(cell(runs, at) for at in columns)] for name, runs in curves.items()]
    return table([f"{unit} after", *(f"{seconds:.3g} s" for seconds in columns)], rows)


def speed_table(curves: Curves) -> str:
    """Returns how fast each contender was over its whole runs, medians over seeds."""
    rows = []
    for name, runs in curves.items():
        nodes = median(run[-1].nodes / run[-1].cpu_seconds for run in runs)
        iterations = median(run[-1].iterations / run[-1].cpu_seconds for run in runs)
        speeds = [f"{nodes / 1e6:.3g}", f"{1e9 / nodes:.3g}"] if nodes else ["", ""]
        rows.append([name, *speeds, digits(iterations)])
    return table(["", "M nodes/s", "ns a node", "iterations/s"], rows)


def blocks(contenders: Mapping[str, Settings]) -> str:
    """Returns a sentence on the discounting blocks of the samplers."""
    intervals = {
        settings["sampling"]: f"{settings['discount_interval']:,}"
        for settings in contenders.values()
        if "discount_interval" in settings
    }
    texts = (f"{interval} of {sampling}" for sampling, interval in intervals.items())
    return f"Iterations in a block of the weighting: {', '.join(texts)}."


def ratios(curves: Curves, references: Sequence[str], seconds: float) -> str:
    """Returns a line for each contender and reference: who is where how much sooner."""
    lines = []
    for reference in references:
        chips = median_at(curves.get(reference, ()), seconds)
        for name, runs in curves.items():
            if name != reference:
                lines.append(f"- {sooner(name, runs, reference, chips, seconds)}")
    return "\n".join(lines)


def growth_table(rates: Sequence[Rate]) -> str:
    """Returns nodes a CPU second and nanoseconds a node, on one core, by size of the tables."""
    alone = [rate for rate in rates if rate.workers == 1]
    rows = [
        [
            rate.contender,
            f"{rate.table_bytes / 1e9:.2f}",
            f"{rate.nodes_per_cpu_second / 1e6:.3g}",
            f"{1e9 / rate.nodes_per_cpu_second:.3g}",
            digits(rate.iterations_per_second),
        ]
        for rate in sorted(alone, key=lambda rate: (rate.contender, rate.table_bytes))
    ]
    return table(["", "GB of tables", "M nodes/s", "ns a node", "iterations/s"], rows)


def workers_table(rates: Sequence[Rate]) -> str:
    """Returns nodes a second of the clock with all cores, against one."""
    alone = {(rate.contender, rate.buckets): rate for rate in rates if rate.workers == 1}
    rows = []
    for rate in rates:
        one = alone.get((rate.contender, rate.buckets))
        if rate.workers > 1 and one is not None:
            gain = rate.nodes_per_second / one.nodes_per_second
            speeds = [f"{r.nodes_per_second / 1e6:.3g}" for r in (one, rate)]
            rows.append([rate.contender, f"{rate.workers}", *speeds, f"{gain:.2f}"])
    if not rows:
        return "No sampler has use for a second worker in one process."
    return table(["", "workers", "one, M nodes/s", "all, M nodes/s", "times one"], rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def digits(value: float) -> str:
    """Returns a number with three digits that count, and no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1e-4 else f"{value:.6f}"


def with_sections(page: str, sections: Mapping[str, str]) -> str:
    """Returns a page with texts in their places, between ``<!-- NAME -->`` and ``<!-- end -->``.

    Raises:
        ValueError: It has no place for one of them.
    """
    for name, text in sections.items():
        before, opening, rest = page.partition(f"<!-- {name} -->\n")
        _, closing, after = rest.partition("<!-- end -->")
        if not closing:
            raise ValueError(f"the page has no place for '{name}'")
        page = f"{before}{opening}\n{text}\n\n{closing}{after}"
    return page
