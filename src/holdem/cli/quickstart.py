"""``make quickstart``: buckets, a minute of training, an evaluation and a chart, by the commands
that a user would run one after the other. Each is printed as it could be typed."""

from __future__ import annotations

import shlex
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from holdem.cli import build_buckets, chart, evaluate, train_blueprint
from holdem.evaluation.match import SIMPLE_PLAYERS
from holdem.mccfr.checkpoint import CheckpointStore

_BUCKETS = Path("data/quickstart-buckets.pkl")
_BUCKETS_PER_STREET = 200

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(context_settings={"max_content_width": 100})
def quickstart(
    config: Annotated[Path, typer.Option(help="Configuration of the run.")] = Path(
        "configs/quickstart.yaml"
    ),
    seconds: Annotated[
        float | None, typer.Option(help="Training time (default: as configured).")
    ] = None,
    deals: Annotated[int, typer.Option(help="Deals of each match of the evaluation.")] = 2_000_000,
) -> None:
    """Train a small heads-up strategy and show how good it is; about three minutes.

    Exit status: 0 done; otherwise that of the step that failed.
    """
    started = time.monotonic()
    run = Path("runs") / f"quickstart-{datetime.now():%Y%m%d-%H%M%S}"
    png = run / "first-decision.png"
    console = Console()
    _step(
        console,
        1,
        "Card buckets: which hands are treated alike",
        build_buckets.app,
        _NAMES[0],
        [*_bucket_counts(), "--out", _BUCKETS],
    )
    budget = [] if seconds is None else ["--time-budget", seconds]
    _step(
        console,
        2,
        "Training",
        train_blueprint.app,
        _NAMES[1],
        ["--config", config, "--buckets", _BUCKETS, "--logdir", run, *budget],
    )
    _step(
        console,
        3,
        "How good it is, and how it improved",
        evaluate.app,
        _NAMES[2],
        [run, "--deals", deals, *_opponents(run)],
    )
    _step(console, 4, "What it does first", chart.app, _NAMES[3], [run, "--png", png])
    _print_summary(console, run, png, time.monotonic() - started)


def main() -> None:
    """Runs the command line and ends the process with its exit status."""
    app(prog_name="python -m holdem.cli.quickstart")


_NAMES = ("holdem-build-buckets", "holdem-train-blueprint", "holdem-evaluate", "holdem-chart")


def _step(
    console: Console,
    number: int,
    title: str,
    command: typer.Typer,
    name: str,
    arguments: list[object],
) -> None:
    """Runs one command in this process; ends with its exit status unless that is 0."""
    words = [str(argument) for argument in arguments]
    console.print(f"\n[bold]{number}/4  {title}[/bold]")
    console.print(f"$ {shlex.join([name, *words])}", style="dim", soft_wrap=True, highlight=False)
    code = command(words, prog_name=name, standalone_mode=False)
    if code:
        raise typer.Exit(code)


def _bucket_counts() -> list[object]:
    return [
        word
        for street in ("flop", "turn", "river")
        for word in (f"--k-{street}", _BUCKETS_PER_STREET)
    ]


def _opponents(run: Path) -> list[object]:
    """Names the earlier checkpoints of a run and the simple players as opponents."""
    earlier = CheckpointStore(run / "checkpoints").list()[:-1]
    names = [*(checkpoint.policy_path for checkpoint in earlier), *SIMPLE_PLAYERS]
    return [word for name in names for word in ("--against", name)]


def _print_summary(console: Console, run: Path, png: Path, seconds: float) -> None:
    console.print(f"\n[bold]Done in {seconds:.0f} s.[/bold] What was made:")
    for what, path in (
        ("card buckets", _BUCKETS),
        ("run", run),
        ("checkpoints", run / "checkpoints"),
        ("log", run / "train.log"),
        ("TensorBoard", run / "tensorboard"),
        ("chart", png),
    ):
        console.print(f"  {what:13} {path}", soft_wrap=True, highlight=False)


if __name__ == "__main__":
    main()
