"""``holdem-chart``: the first decision of a strategy as a chart of starting hands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from holdem.cli.command import Command, make_app, say
from holdem.cli.errors import check_output_path, run_command
from holdem.grid.text import print_grid
from holdem.policy.chart import preflop_chart
from holdem.policy.finding import find_policy
from holdem.types import bucket_source

_NAME = "holdem-chart"

app = make_app()


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def chart(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="RUN_OR_CHECKPOINT",
            help="Run directory (its newest checkpoint) or one checkpoint.",
        ),
    ],
    png: Annotated[
        Path | None, typer.Option(help="Image file to write as well.", show_default=False)
    ] = None,
    buckets: Annotated[
        str | None,
        typer.Option(
            help="Bucket file, or lossless (default: what the run was trained with).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show the first decision: pairs on the diagonal, suited hands above it, offsuit below.

    Every cell shows the mix of actions of one starting hand. Colours follow what the terminal has;
    without any (or with NO_COLOR set) the actions are letters.

    Exit status: 0 done, 1 failed, 2 refused.
    """
    if png is not None:
        check_output_path("--png", png)
    source = None if buckets is None else bucket_source(buckets)
    drawn = preflop_chart(find_policy(path, source)[1]).grid()
    print_grid(drawn, Console())
    if png is not None:
        from holdem.grid.image import write_grid

        write_grid(drawn, png)
        say()
        say(f"image    {png}")


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


if __name__ == "__main__":
    main()
