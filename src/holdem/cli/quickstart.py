"""``make quickstart``: buckets, a minute of training, an evaluation and a chart, by the commands
that a user would run one after the other. Each is printed as it could be typed."""

from __future__ import annotations

import shlex
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from holdem.abstraction.bucket_config import load_bucket_config
from holdem.abstraction.builder import estimate
from holdem.cli import build_buckets, chart, evaluate, train_blueprint
from holdem.cli.command import Command, make_app, shown
from holdem.cli.errors import run_command
from holdem.memory import available_memory_bytes

# The first whose build fits the memory.
_PRESETS = ("quick", "small")
_COMMANDS = {
    build_buckets.app: "holdem-build-buckets",
    train_blueprint.app: "holdem-train-blueprint",
    evaluate.app: "holdem-evaluate",
    chart.app: "holdem-chart",
}

_NAME = "python -m holdem.cli.quickstart"

app = make_app()


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
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
    preset = _preset()
    buckets = Path("data") / f"{preset}-buckets.pkl"
    budget = [] if seconds is None else [f"--time-budget={seconds}"]
    steps: list[tuple[str, typer.Typer, list[object]]] = [
        (
            "Card buckets: hands to treat alike",
            build_buckets.app,
            ["--preset", preset, "--no-cache", "--out", buckets],
        ),
        (
            "Training",
            train_blueprint.app,
            ["--config", config, "--buckets", buckets, "--logdir", run, *budget],
        ),
        ("How good it is, and how it improved", evaluate.app, [run, "--deals", deals]),
        ("What it does first", chart.app, [run, "--png", png]),
    ]
    console = Console(highlight=False)
    for number, (title, command, arguments) in enumerate(steps, start=1):
        console.print(f"\n[bold]{number}/{len(steps)}  {title}[/bold]")
        _run(console, command, list(map(str, arguments)))
    _print_summary(console, buckets, run, png, time.monotonic() - started)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def _run(console: Console, command: typer.Typer, words: list[str]) -> None:
    """Shows and runs one command in this process; ends with its exit status unless that is 0."""
    name = _COMMANDS[command]
    console.print(f"$ {shown(shlex.join([name, *words]))}", style="dim", soft_wrap=True)
    code = command(words, prog_name=name, standalone_mode=False)
    if code:
        raise typer.Exit(code)


def _preset() -> str:
    """Returns the best of the presets that fit the memory, or the one that needs least."""
    free = available_memory_bytes()
    for preset in _PRESETS:
        if estimate(load_bucket_config(None, {"preset": preset})).memory_bytes <= free:
            return preset
    return _PRESETS[-1]


def _print_summary(console: Console, buckets: Path, run: Path, png: Path, seconds: float) -> None:
    console.print(f"\n[bold]Done in {seconds:.0f} s.[/bold] What was made:")
    for what, path in (
        ("card buckets", buckets),
        ("run", run),
        ("checkpoints", run / "checkpoints"),
        ("log", run / "train.log"),
        ("TensorBoard", run / "tensorboard"),
        ("chart", png),
    ):
        console.print(f"  {what:13} {shown(path)}", soft_wrap=True)
    console.print(f"\nThe commands above are in {shown(_commands_directory())}; each has --help.")


def _commands_directory() -> Path:
    """Returns where this Python's commands are installed, as seen from here."""
    directory, here = Path(sys.executable).parent, Path.cwd()
    return directory.relative_to(here) if directory.is_relative_to(here) else directory


if __name__ == "__main__":
    main()
