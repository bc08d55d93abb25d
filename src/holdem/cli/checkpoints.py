"""``holdem checkpoints``: lists, verifies and shows the checkpoints of a run; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from holdem.checkpoint.files import Checkpoint, iteration_of
from holdem.checkpoint.run_directory import instance_of
from holdem.checkpoint.run_lock import RunLock
from holdem.checkpoint.store import CheckpointStore, find_checkpoint, stores_of
from holdem.cli.command import Group, make_app, shown
from holdem.cli.errors import run_command
from holdem.errors import CheckpointError
from holdem.exit_codes import FAILED
from holdem.mccfr.status.progress_file import utc_text

_NAME = "holdem checkpoints"

app = make_app(name=_NAME, cls=Group, no_args_is_help=True, help=__doc__)

PathArgument = Annotated[
    Path,
    typer.Argument(help="A run directory, a checkpoints directory, or one file of a checkpoint."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


@dataclass(frozen=True)
class Row:
    """What a table line says of one checkpoint."""

    instance: int | None  # of a run of several
    iteration: int
    size_bytes: int | None
    saved_at: str
    elapsed_seconds: float | None
    state: str
    reason: str | None
    path: str


@app.command("list")
def list_checkpoints(path: PathArgument, as_json: JsonOption = False) -> None:
    """Lists checkpoints by iteration; sizes are compared, digests are not (see verify)."""
    rows = [_row(one, one.problem(read_all=False), "complete") for one in _checkpoints(path)]
    _print_rows(rows, as_json)


@app.command("verify")
def verify_checkpoints(path: PathArgument, as_json: JsonOption = False) -> None:
    """Reads every byte of each checkpoint; the exit code is 1 when one is damaged."""
    rows = [_row(one, one.problem(read_all=True), "sound") for one in _checkpoints(path)]
    _print_rows(rows, as_json)
    if any(row.reason is not None for row in rows):
        raise typer.Exit(FAILED)


@app.command("show")
def show_checkpoint(path: PathArgument, as_json: JsonOption = False) -> None:
    """Shows the metadata of a checkpoint, of a directory that of the newest sound one."""
    metadata = find_checkpoint(path).metadata
    if as_json:
        typer.echo(json.dumps(metadata, indent=2))
        return
    table = Table("field", "value", title=shown(path))
    for field, value in metadata.items():
        table.add_row(shown(field), shown(json.dumps(value)))
    Console().print(table)


def _checkpoints(path: Path) -> list[Checkpoint]:
    """Returns the checkpoints that a path means, sound or not; refuses a path without any."""
    iteration = iteration_of(path.name)
    if path.is_file() and iteration is not None:
        return [Checkpoint(path.parent, iteration)]
    found = [checkpoint for store in stores_of(path) for checkpoint in _present(store)]
    if not found:
        raise CheckpointError(f"{path}: there is no checkpoint in it")
    return found


def _present(store: CheckpointStore) -> Sequence[Checkpoint]:
    """Returns what lies in a store; one without metadata may be a save that is not over."""
    writing = RunLock.look(store.directory.parent).held
    return store.list() if writing else store.present()


def _row(checkpoint: Checkpoint, problem: str | None, good_state: str) -> Row:
    elapsed = None if problem else checkpoint.metadata.get("elapsed_seconds")
    written = next((path for path in reversed(checkpoint.paths) if path.exists()), None)
    seconds = written.stat().st_mtime if written else 0.0
    return Row(
        instance=instance_of(checkpoint.directory.parent),
        iteration=checkpoint.iteration,
        size_bytes=None if problem else checkpoint.size_bytes,
        saved_at=utc_text(seconds),
        elapsed_seconds=elapsed if isinstance(elapsed, int | float) else None,
        state="damaged" if problem else good_state,
        reason=problem,
        path=str(checkpoint.policy_path),
    )


def _print_rows(rows: list[Row], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([vars(row) for row in rows], indent=2))
        return
    several = len({row.instance for row in rows}) > 1
    table = Table(*["instance"][:several], "iteration", "MB", "saved at", "elapsed", "state")
    for row in rows:
        number = [f"{row.instance}"] if several else []
        size = "" if row.size_bytes is None else f"{row.size_bytes / 1e6:,.1f}"
        elapsed = "" if row.elapsed_seconds is None else f"{row.elapsed_seconds:,.0f} s"
        table.add_row(*number, f"{row.iteration:,}", size, row.saved_at, elapsed, row.state)
    console = Console()
    console.print(table)
    for row in rows:
        if row.reason is not None:
            console.print(shown(row.reason), style="red", soft_wrap=True)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


if __name__ == "__main__":
    main()
