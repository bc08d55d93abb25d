"""Tables and pictures of all runs that are through: ``python -m convergence.report full``.

Of the size ``quick`` they go beside the points, of ``full`` into docs/convergence.md, between the
comments that name them. Run in ``benchmarks/``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from machine import describe_machine

from . import figures, speed
from .curves import Curve, read_curve
from .one_run import is_done
from .plan import BENCHES, OUT, RATIO_BENCH, RATIO_REFERENCES, RATIO_SECONDS, ROOT, Job
from .tables import (
    blocks,
    columns_of,
    exploitability_table,
    growth_table,
    ratios,
    speed_table,
    with_sections,
    workers_table,
)

PAGE = ROOT / "docs" / "convergence.md"
_MOST_SEEDS = 100


def write(size: str) -> None:
    """Writes tables and pictures of what is there, and prints the tables."""
    pictures = ROOT / "docs" / "images" if size == "full" else OUT / size / "images"
    sections = dict(make_sections(size, pictures))
    for text in sections.values():
        print(f"\n{text}")
    if size == "full":
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_sections(page, sections), encoding="utf-8")
    else:
        (OUT / size / "report.md").write_text("\n\n".join(sections.values()) + "\n")


def make_sections(size: str, pictures: Path) -> Iterator[tuple[str, str]]:
    """Yields name and text of each section, and draws its picture."""
    yield "machine", f"{date.today()}: {describe_machine()}."
    for name, bench in BENCHES.items():
        curves = {contender: read_curves(size, name, contender) for contender in bench.contenders}
        curves = {contender: runs for contender, runs in curves.items() if runs}
        if not curves:
            continue
        checkpoints = bench.checkpoints(size)
        figures.draw_curves(pictures / f"convergence-{name}.png", bench, curves, checkpoints)
        parts = [
            f"{command(size, name)}. {blocks(bench.contenders)}",
            f"![Exploitability against CPU seconds](images/convergence-{name}.png)",
            exploitability_table(curves, columns_of(checkpoints), bench.unit, bench.units_per_chip),
            speed_table(curves),
        ]
        if name == RATIO_BENCH:
            seconds = min(RATIO_SECONDS, bench.seconds[size])
            parts.append(ratios(curves, RATIO_REFERENCES, seconds))
        yield name, "\n\n".join(parts)
    rates = speed.read_all(size)
    if rates:
        figures.draw_rates(pictures / "convergence-speed.png", rates)
        picture = "![Nodes a second](images/convergence-speed.png)"
        made_with = command(size, "speed")
        yield "growth", f"{made_with}\n\n{picture}\n\n{growth_table(rates)}"
        yield "workers", f"{made_with}\n\n{workers_table(rates)}"


def command(size: str, part: str) -> str:
    """Returns what makes a part of the page alone."""
    return f"`cd benchmarks && ../.venv/bin/python -m convergence --{size} --only {part}`"


def read_curves(size: str, bench: str, contender: str) -> list[Curve]:
    """Returns the runs of a contender that are through, however many seeds there are."""
    runs = (Job(size, bench, contender, seed) for seed in range(_MOST_SEEDS))
    return [read_curve(job.path) for job in runs if is_done(job)]


if __name__ == "__main__":
    write(sys.argv[1])
