"""``holdem-evaluate``: how good a strategy is."""

from __future__ import annotations

import json
import os
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import find_checkpoint
from holdem.cli.command import Command, make_app
from holdem.cli.errors import run_command
from holdem.cli.evaluation_tables import print_evaluation
from holdem.cli.progress import progress_display
from holdem.errors import ConfigError
from holdem.evaluation.exploitability import ExactEvaluation
from holdem.evaluation.local_best_response import (
    DEFAULT_BETS,
    DEFAULT_HANDS,
    DEFAULT_STREETS,
    LBR_BETS,
    local_best_response,
)
from holdem.evaluation.match import DEFAULT_DEALS, SIMPLE_PLAYERS
from holdem.evaluation.report import (
    Evaluation,
    evaluate_exactly,
    evaluate_exploitability,
    evaluate_matches,
)
from holdem.policy.finding import buckets_of, earliest_before, find_policy, run_directory_of
from holdem.policy.policy import Policy
from holdem.types import BucketSource, GameConfig, bucket_source

_NAME = "holdem-evaluate"


class Method(Enum):
    """How good a strategy is, by which measure."""

    match = "match"
    exploitability = "exploitability"
    lbr = "lbr"


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
    method: Annotated[
        Method | None,
        _help(
            "match, exploitability, or lbr, a local best response (default: match for holdem, "
            "exploitability for kuhn and leduc)."
        ),
    ] = None,
    flops: Annotated[
        str | None,
        _help(
            "Exploitability in the same game on fewer flops: a number of them, chosen to represent "
            "all, or a list such as As7h2d,KcQc4d (default: the flops of the run)."
        ),
    ] = None,
    exploiter_seconds: Annotated[
        float,
        typer.Option(
            help="Exploitability: training of the exploiter bound to the buckets; 0: none."
        ),
    ] = 30.0,
    hands: Annotated[
        int, typer.Option(help="lbr: hands, half of them in each seat.")
    ] = DEFAULT_HANDS,
    lbr_bets: Annotated[
        str, typer.Option(help=f"lbr: what it may do, one of {', '.join(LBR_BETS)}.")
    ] = DEFAULT_BETS,
    lbr_streets: Annotated[
        str,
        typer.Option(
            help="lbr: where it chooses, such as turn-river; one street: from there on. "
            "Elsewhere it checks and calls."
        ),
    ] = DEFAULT_STREETS,
    num_workers: Annotated[
        int | None, _help("Exploitability, lbr: threads (default: one for each CPU).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Measure how good a strategy is.

    Matches are duplicate, in thousandths of a big blind a hand, with 95 % intervals. Exploitability
    is exact: what best responses win that see real cards. In hold'em for two players that takes
    minutes on a few flops and days on all; what it takes is said before it starts, and when it is
    cut, the same command goes on. A local best response is a lower bound of it, in the full game
    and with bets of any size, in a minute.

    Exit status: 0 done, 1 failed, 2 refused.
    """
    source = None if buckets is None else bucket_source(buckets)
    if num_workers is not None and not 1 <= num_workers <= 1024:
        raise ConfigError(f"--num-workers {num_workers}: must be 1 to 1024")
    if method == Method.lbr and not against and flops is None:
        evaluation = bound_of_path(path, source, hands, seed, lbr_bets, lbr_streets, num_workers)
    elif method == Method.exploitability and not against:
        evaluation = exploitability_of_path(path, source, flops, exploiter_seconds, num_workers)
    elif flops is not None or method in (Method.exploitability, Method.lbr):
        option = "--flops" if flops is not None else "--against"
        raise ConfigError(f"{option} goes with another method: see --method")
    else:
        evaluation = evaluate_path(path, against or [], deals, seed, source, method)
    if as_json:
        typer.echo(json.dumps(evaluation.as_dict(), indent=2))
    else:
        print_evaluation(evaluation, Console())


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def evaluate_path(
    path: Path,
    against: list[str],
    deals: int,
    seed: int,
    buckets: BucketSource | None,
    method: Method | None = None,
) -> Evaluation:
    """Evaluates what a path means against the opponents named, or the default ones."""
    checkpoint, policy = find_policy(path, buckets)
    opponents = {}
    if not against:
        against = list(SIMPLE_PLAYERS)
        earliest = earliest_before(checkpoint, policy)
        if earliest is not None:
            opponents[_checkpoint_name(earliest)] = earliest
        if policy.game.name != "holdem" and method is None:
            return evaluate_exactly({_checkpoint_name(policy): policy} | opponents)
    for name in against:
        if name not in SIMPLE_PLAYERS:
            other = _other_policy(name, buckets, policy)
            here = other.path.parent.resolve() == policy.path.parent.resolve()
            opponents[_checkpoint_name(other) if here else name] = other
    simple = [name for name in against if name in SIMPLE_PLAYERS]
    with progress_display("against {task.description}", deals) as progress:
        return evaluate_matches(policy, opponents, simple, deals, seed, progress)


def exploitability_of_path(
    path: Path,
    buckets: BucketSource | None,
    flops: str | None,
    exploiter_seconds: float,
    num_workers: int | None,
) -> Evaluation:
    """Computes the exploitability of what a path means, on its own flops or on those named."""
    if exploiter_seconds < 0:
        raise ConfigError(f"--exploiter-seconds {exploiter_seconds:g}: must be at least 0")
    checkpoint, policy = find_policy(path, buckets)
    game = None
    if flops is not None:
        if policy.game.name != "holdem":
            raise ConfigError(f"--flops {flops}: {policy.game.name} has none")
        game = GameConfig(**{**policy.game.settings(), "flops": flops})
    exact = ExactEvaluation(policy, game, num_workers)
    typer.echo(f"best responses: {exact.estimate()}", err=True)
    directory = run_directory_of(checkpoint)
    keep_in = directory / "evaluation" / f"exploitability_iter{policy.iteration}.pkl"
    try:
        with progress_display("{task.description}", 1.0) as progress:
            return evaluate_exploitability(
                exact,
                policy,
                exploiter_seconds,
                keep_in if os.access(directory, os.W_OK) else None,
                progress,
            )
    except KeyboardInterrupt:
        if keep_in.is_file():
            typer.echo(f"kept in {keep_in}: the same command goes on from there", err=True)
        raise


def bound_of_path(
    path: Path,
    buckets: BucketSource | None,
    hands: int,
    seed: int,
    bets: str,
    streets: str,
    num_workers: int | None,
) -> Evaluation:
    """Plays a local best response against what a path means."""
    _, policy = find_policy(path, buckets)
    with progress_display("{task.description}", (hands + 1) // 2) as progress:
        bound = local_best_response(
            policy,
            hands,
            seed,
            bets=bets,
            streets=streets,
            num_workers=num_workers,
            on_progress=lambda deals: progress("local best response", deals),
        )
    return Evaluation(policy, {}, {}, lower_bound=bound)


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
    own = buckets_of(checkpoint, buckets)
    same = (
        own is not None
        and policy.buckets is not None
        and (own.bucket_hash == policy.buckets.bucket_hash)
    )
    return Policy.open(checkpoint.policy_path, policy.buckets if same else own, policy)


if __name__ == "__main__":
    main()
