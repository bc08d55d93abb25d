"""``holdem-merge``: joins the checkpoints of several instances into one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressDisplay

from holdem.checkpoint.history import total_iterations
from holdem.cli.command import Command, make_app, say
from holdem.cli.errors import run_command
from holdem.logs import console, log_to_terminal
from holdem.mccfr.merge import Merge, Progress, merge_checkpoints
from holdem.types import bucket_source

_NAME = "holdem-merge"

app = make_app()


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def merge(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Run of several instances (the newest sound checkpoint of each), run, checkpoints "
            "directory, or one checkpoint.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="New run directory to write.", show_default=False),
    ],
    buckets: Annotated[
        str | None,
        typer.Option(
            help="Bucket file, or lossless (default: what the runs name).", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Join the checkpoints of several instances into one: strategy sums added, regrets averaged.

    Training that several of them hold is counted once; where that is impossible they are refused.

    Exit status: 0 done, 1 failed, 2 refused (nothing was written).
    """
    source = None if buckets is None else bucket_source(buckets)
    with log_to_terminal(), _progress() as progress:
        merged = merge_checkpoints(runs, out, source, progress)
    if as_json:
        typer.echo(json.dumps(_as_dict(merged), indent=2))
    else:
        _print_merge(merged)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def _as_dict(merged: Merge) -> dict[str, Any]:
    return {
        "checkpoint": str(merged.checkpoint.policy_path),
        "iteration": merged.checkpoint.iteration,
        "total_iterations": merged.total_iterations,
        "merged": [
            {
                "path": str(source.path),
                "seed": source.seed,
                "instance": source.metadata["instance"],
                "iteration": source.checkpoint.iteration,
                "iterations": total_iterations(source.history),
            }
            for source in merged.sources
        ],
        "left_out": [
            {"path": str(one.source.path), "reason": one.reason} for one in merged.left_out
        ],
    }


def _print_merge(merged: Merge) -> None:
    for source in merged.sources:
        iterations = total_iterations(source.history)
        say(
            f"merged      {source.path}: seed {source.seed}, instance "
            f"{source.metadata['instance']}, {iterations:,} iterations"
        )
    for one in merged.left_out:
        say(f"left out    {one.source.path}: {one.reason}")
    if len(merged.sources) == 1:
        say("note        one checkpoint alone: the strategy is the same as before")
    say(f"iterations  {merged.total_iterations:,} in all")
    say(f"checkpoint  {merged.checkpoint.policy_path}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """Shows the steps of the work on a terminal, and nothing elsewhere."""
    display = ProgressDisplay(
        TextColumn("{task.description:10}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console(),
        transient=True,
        disable=not console().is_terminal,
    )
    with display:
        task = display.add_task("", total=1.0)
        yield lambda step, share: display.update(task, description=step, completed=share)


if __name__ == "__main__":
    main()
