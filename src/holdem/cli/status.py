"""``holdem status``: how each instance of a run stands; changes nothing."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.live import Live

from holdem.checkpoint.run_directory import RunDirectory
from holdem.cli.command import Command, make_app, shown
from holdem.cli.errors import run_command
from holdem.mccfr.status.run_state import run_state
from holdem.mccfr.status.state import RunState
from holdem.mccfr.status.table import status_lines, status_table
from holdem.mccfr.status.totals import totals

_NAME = "holdem status"
_EXIT_CODES = {"complete": 0, "failed": 1, "running": 10, "stopped": 11}
_WATCH_S = 2.0

app = make_app()


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def status(
    run: Annotated[
        Path,
        typer.Argument(help="Run directory, of one instance or of several.", show_default=False),
    ],
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON for other programs; with --watch, one a line."),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Look again every 2 s until the run ends, or Ctrl+C."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Read every byte of each newest checkpoint; with --watch, once the run has ended.",
        ),
    ] = False,
) -> None:
    """Show how each instance of a run stands. Works while it runs; changes nothing.

    Exit status: 0 complete, 10 running, 11 stopped or interrupted (it can be resumed), 1 failed,
    2 not a run directory, or bad usage.
    """
    if watch:
        state = _watch(run, as_json=as_json, verify=verify)
    else:
        state = run_state(run, verify=verify)
        _print(run, state, as_json=as_json)
    raise typer.Exit(_EXIT_CODES[state.overall])


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def as_dict(run: Path, state: RunState) -> dict[str, object]:
    """Returns the object that ``--json`` prints."""
    instances = []
    for one in state.instances:
        fields = asdict(one)
        instances.append({**fields.pop("progress"), **fields})
    return {
        "run": str(run),
        "overall": state.overall,
        "totals": asdict(totals(state.instances)),
        "instances": instances,
    }


def _print(run: Path, state: RunState, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(as_dict(run, state), indent=2))
        return
    console = Console()
    console.print(f"[bold]{shown(run)}[/bold]  {state.overall}", soft_wrap=True)
    console.print(status_table(state.instances))
    if left_out := RunDirectory(run).left_out():
        names = ", ".join(f"instance_{number}" for number in left_out)
        console.print(f"Left out, as the run has fewer instances since: {names}")
    if all(one.checkpoint_verified == "sound" for one in state.instances):
        console.print("Every byte of each newest checkpoint is the one that was saved.")


def _watch(run: Path, *, as_json: bool, verify: bool) -> RunState:
    """Looks again and again until the run has ended; returns its last state."""
    state = run_state(run, verify=False)
    with ExitStack() as stack:
        show = _display(stack, run, as_json=as_json)
        try:
            show(state)
            ended = state.overall == "complete"
            while not ended:
                was_running = state.overall == "running"
                time.sleep(_WATCH_S)
                state = run_state(run, verify=False)
                # Between two chunks nobody holds the run: it has ended if it stays so.
                ended = state.overall == "complete" or (
                    state.overall != "running" and not was_running
                )
                show(state)
            if verify:
                state = run_state(run, verify=True)
                show(state)
        except KeyboardInterrupt:
            pass
    return state


def _display(stack: ExitStack, run: Path, *, as_json: bool) -> Callable[[RunState], None]:
    """Returns what shows a state: JSON lines, a table drawn in place, or plain lines."""
    if as_json:
        return lambda state: print(json.dumps(as_dict(run, state)), flush=True)
    if not sys.stdout.isatty():
        return lambda state: print("\n".join(status_lines(state.instances)), flush=True)
    live = stack.enter_context(Live(auto_refresh=False))
    # A process that is killed could not give the cursor back, so it is never taken away.
    live.console.show_cursor(True)
    return lambda state: live.update(status_table(state.instances), refresh=True)


if __name__ == "__main__":
    main()
