"""``holdem-evaluate``: how good a strategy is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import find_checkpoint
from holdem.cli.command import Command, make_app, shown
from holdem.cli.errors import run_command
from holdem.cli.progress import progress_display
from holdem.errors import ConfigError
from holdem.evaluation.match import DEFAULT_DEALS, SIMPLE_PLAYERS, MatchResult
from holdem.evaluation.report import (
    Evaluation,
    evaluate_exactly,
    evaluate_matches,
)
from holdem.policy.finding import buckets_of, earliest_before, find_policy
from holdem.policy.policy import Policy
from holdem.types import BucketSource, bucket_source

_NAME = "holdem-evaluate"

app = make_app()


def _help(text: str) -> Any:
    return typer.Option(help=text, show_default=False)


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def evaluate(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="RUN_OR_CHECKPOINT",
            help="Run directory (its newest checkpoint) or one checkpoint.",
        ),
    ],
    against: Annotated[
        list[str] | None,
        _help(
            f"Opponent: another run or checkpoint, or {', '.join(SIMPLE_PLAYERS)}; repeatable "
            "(default: the run's earliest checkpoint and all of these)."
        ),
    ] = None,
    deals: Annotated[
        int, typer.Option(help="Deals a match; each is played in both seatings.")
    ] = DEFAULT_DEALS,
    seed: Annotated[int, typer.Option(help="Seed of the deals, 0 to 4294967295.")] = 0,
    buckets: Annotated[
        str | None, _help("Bucket file, or lossless (default: what the run was trained with).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Measure how good a strategy is.

    Hold'em: duplicate matches, in thousandths of a big blind a hand, with 95 % intervals. Kuhn and
    Leduc: exact exploitability (and matches, with --against).

    Exit status: 0 done, 1 failed, 2 refused.
    """
    source = None if buckets is None else bucket_source(buckets)
    evaluation = evaluate_path(path, against or [], deals, seed, source)
    if as_json:
        typer.echo(json.dumps(evaluation.as_dict(), indent=2))
    else:
        print_evaluation(evaluation, Console())


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def evaluate_path(
    path: Path, against: list[str], deals: int, seed: int, buckets: BucketSource | None
) -> Evaluation:
    """Evaluates what a path means against the opponents named, or the default ones."""
    checkpoint, policy = find_policy(path, buckets)
    opponents = {}
    if not against:
        against = list(SIMPLE_PLAYERS)
        earliest = earliest_before(checkpoint, policy)
        if earliest is not None:
            opponents[_checkpoint_name(earliest)] = earliest
        if policy.game.name != "holdem":
            return evaluate_exactly({_checkpoint_name(policy): policy} | opponents)
    for name in against:
        if name not in SIMPLE_PLAYERS:
            other = _other_policy(name, buckets, policy)
            here = other.path.parent.resolve() == policy.path.parent.resolve()
            opponents[_checkpoint_name(other) if here else name] = other
    simple = [name for name in against if name in SIMPLE_PLAYERS]
    with progress_display("against {task.description}", deals) as progress:
        return evaluate_matches(policy, opponents, simple, deals, seed, progress)


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Prints tables, and below them what must not be read into the numbers."""
    policy = evaluation.policy
    title = f"{policy.game.name}, iteration {policy.iteration:,}"
    console.print(f"[bold]{shown(title)}[/bold]  {shown(policy.path)}", soft_wrap=True)
    if evaluation.exploitability:
        console.print(_exploitability_table(evaluation))
    if evaluation.matches:
        console.print(_match_table(evaluation))
    for line in evaluation.cautions():
        console.print(line, style="dim")


def _checkpoint_name(policy: Policy) -> str:
    return f"iteration {policy.iteration:,}"


def _other_policy(name: str, buckets: BucketSource | None, policy: Policy) -> Policy:
    path = Path(name)
    if not path.exists():
        raise ConfigError(
            f"--against {name}: no such run or checkpoint, and no player among "
            f"{', '.join(SIMPLE_PLAYERS)}"
        )
    checkpoint: Checkpoint = find_checkpoint(path)
    own = buckets_of(path, buckets)
    same = (
        own is not None
        and policy.buckets is not None
        and (own.bucket_hash == policy.buckets.bucket_hash)
    )
    return Policy.open(checkpoint.policy_path, policy.buckets if same else own, policy)


def _match_table(evaluation: Evaluation) -> Table:
    table = Table("opponent", "result", "95 % interval", "deals", "hands")
    if evaluation.policy.game.name == "holdem":
        table.caption = "mbb: thousandths of a big blind"
    table.columns[1].header = evaluation.unit
    for column in table.columns[1:]:
        column.justify = "right"
    for name, result in evaluation.matches.items():
        table.add_row(
            shown(name),
            f"[{_style(result)}]{result.mbb_per_hand:+,.1f}[/]",
            f"± {result.ci95:,.1f}",
            f"{result.num_deals:,}",
            f"{result.num_hands:,}",
        )
    return table


def _style(result: MatchResult) -> str:
    if not result.is_significant:
        return "bold"
    return "bold green" if result.mbb_per_hand > 0 else "bold red"


def _exploitability_table(evaluation: Evaluation) -> Table:
    table = Table(
        "strategy", "exploitability", "value of player 0", caption="Exact, in chips a hand"
    )
    for name, exact in evaluation.exploitability.items():
        table.add_row(
            shown(name), f"{exact.exploitability_chips:.6f}", f"{exact.value_chips[0]:+.6f}"
        )
    return table


if __name__ == "__main__":
    main()
