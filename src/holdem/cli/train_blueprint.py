"""``holdem-train-blueprint``: trains a blueprint strategy."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from holdem.cli.command import Command, make_app
from holdem.cli.errors import run_command
from holdem.config import load_run_config
from holdem.errors import ConfigError, HoldemError
from holdem.exit_codes import REFUSED
from holdem.logs import log_to_terminal
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.exit_status import say, train_to_exit_status
from holdem.types import BucketSource, RunConfig

# Run as a program, the module's own name is no part of the package's log.
logger = logging.getLogger("holdem.cli.train_blueprint")

_NAME = "holdem-train-blueprint"

app = make_app()


def _help(text: str) -> Any:
    return typer.Option(help=text, show_default=False)


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def train_blueprint(
    logdir: Annotated[Path, _help("Run directory; made if it is not there.")],
    config: Annotated[Path | None, _help("YAML file; flags win over it.")] = None,
    buckets: Annotated[
        str | None, _help("Bucket file of the cards, or lossless: a bucket for every hand.")
    ] = None,
    resume_from: Annotated[
        Path | None,
        _help("Run directory or checkpoint to go on from."),
    ] = None,
    iters: Annotated[
        int | None, _help("Iterations to train; one is a pass for every player.")
    ] = None,
    time_budget: Annotated[
        float | None,
        _help("Seconds to train; with --iters, whichever is reached first."),
    ] = None,
    checkpoint_interval: Annotated[int | None, _help("Iterations between checkpoints.")] = None,
    snapshot_interval: Annotated[
        float | None,
        _help("Seconds between checkpoints (default 900)."),
    ] = None,
    keep_checkpoints: Annotated[
        int | None, _help("Newest checkpoints to keep (default all).")
    ] = None,
    keep_every: Annotated[
        int | None,
        _help("Keep each checkpoint at a multiple of this iteration."),
    ] = None,
    sampling: Annotated[
        str | None,
        _help("public_chance (heads-up hold'em), external (else), outcome or full_width."),
    ] = None,
    storage: Annotated[
        str | None, _help("float32 (default), or compact, for sampling public_chance.")
    ] = None,
    epsilon: Annotated[
        float | None, _help("Exploration of outcome sampling (default 0.6).")
    ] = None,
    discount_mode: Annotated[
        str | None,
        _help("none, linear, dcfr (default with public_chance) or cfr_plus; else linear."),
    ] = None,
    discount_interval: Annotated[
        int | None,
        _help("Iterations per discounting block (default 10 with public_chance, else 1000)."),
    ] = None,
    seed: Annotated[int | None, _help("Seed, 0 to 4294967295 (default 0).")] = None,
    num_players: Annotated[int | None, _help("Players, 2 to 6 (default 2).")] = None,
    stacks: Annotated[
        str | None,
        _help("Chips, one number or one per seat as 10000,8000."),
    ] = None,
    small_blind: Annotated[int | None, _help("Chips (default 50).")] = None,
    big_blind: Annotated[int | None, _help("Chips (default 100).")] = None,
    ante: Annotated[int | None, _help("Chips per player (default 0).")] = None,
    bets: Annotated[
        list[str] | None,
        _help("Bet menu of a street, as 'flop=0.5 1 / 1 a'; repeatable."),
    ] = None,
    ranks: Annotated[
        int | None, _help("Ranks of the deck, the highest ones, 2 to 13 (default 13).")
    ] = None,
    flops: Annotated[
        str | None,
        _help("Flops to play on: all (default), a number, or a list as 'As7h2d,KsKh2d'."),
    ] = None,
    memory_limit: Annotated[str | None, _help("Memory for the run, as 8GB or in bytes.")] = None,
    chunked: Annotated[
        bool | None,
        _help("Train one chunk and end; the same command goes on with the next."),
    ] = None,
    chunk_iterations: Annotated[int | None, _help("Iterations of a chunk.")] = None,
    chunk_minutes: Annotated[
        float | None,
        _help("Minutes of a chunk; with --chunk-iterations, whichever is reached first."),
    ] = None,
    until_complete: Annotated[
        bool,
        _help("With --chunked: run chunk after chunk, each in a fresh process, to the end."),
    ] = False,
    num_workers: Annotated[
        int | None,
        _help("Threads of each process; by default its share of the cores."),
    ] = None,
    num_instances: Annotated[
        int | None,
        _help("Instances that train together, each in a process of its own (default none)."),
    ] = None,
    sync_interval: Annotated[
        int | None,
        _help("With --num-instances: iterations after which they average regrets (default never)."),
    ] = None,
    tensorboard: Annotated[
        bool | None,
        _help("Write TensorBoard scalars (default yes)."),
    ] = None,
) -> None:
    """Train a no-limit hold'em blueprint strategy with MCCFR.

    Exit status: 0 stopped where it was asked to, 1 failed, 2 refused (nothing was written), 3 the
    run was complete already, 128 + signal interrupted after saving a checkpoint.
    """
    game = {
        "num_players": num_players,
        "small_blind": small_blind,
        "big_blind": big_blind,
        "ante": ante,
        "stacks": stacks,
        "bets": bets,
        "ranks": ranks,
        "flops": flops,
    }
    training = {
        "num_iterations": iters,
        "time_budget_seconds": time_budget,
        "checkpoint_interval": checkpoint_interval,
        "snapshot_interval_seconds": snapshot_interval,
        "keep_checkpoints": keep_checkpoints,
        "keep_every": keep_every,
        "sampling": sampling,
        "storage": storage,
        "exploration_epsilon": epsilon,
        "discount_mode": discount_mode,
        "discount_interval": discount_interval,
        "seed": seed,
        "memory_limit": memory_limit,
        "enable_chunked_training": chunked,
        "chunk_size_iterations": chunk_iterations,
        "chunk_size_minutes": chunk_minutes,
        "num_workers": num_workers,
        "num_instances": num_instances,
        "sync_interval": sync_interval,
        "tensorboard": tensorboard,
    }
    flags = training | {"buckets": buckets, "game": game}
    raise typer.Exit(_train(logdir, config, resume_from, flags, until_complete=until_complete))


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def _train(
    logdir: Path,
    config: Path | None,
    resume_from: Path | None,
    flags: dict[str, Any],
    *,
    until_complete: bool,
) -> int:
    """Runs the training and returns the exit status of the process."""
    with log_to_terminal():
        try:
            run = load_run_config(
                config,
                flags | {"game": _game_settings(flags["game"])},
                lambda: _trained_buckets(logdir, resume_from),
            )
            _check_chunk_flags(run, flags, until_complete=until_complete)
            _check_instance_flags(run)
        except HoldemError as error:
            say(error)
            return REFUSED
        if run.training.num_instances is not None:
            from holdem.mccfr.multi_instance_coordinator import run_instances

            return run_instances(run, logdir, resume_from, until_complete=until_complete)
        if until_complete:
            from holdem.mccfr.chunked_coordinator import run_until_complete

            return run_until_complete(run, logdir, resume_from)
        code, result = train_to_exit_status(RunOrder(run, logdir, resume_from))
        if result is not None and run.training.enable_chunked_training and not result.complete:
            logger.info("Restart this command to continue training from checkpoint")
        return code


def _trained_buckets(logdir: Path, resume_from: Path | None) -> BucketSource | None:
    # Loads the core, which a configuration that is refused has no need of.
    from holdem.mccfr.resume import find_trained_buckets

    return find_trained_buckets([logdir] if resume_from is None else [logdir, resume_from])


def _check_chunk_flags(run: RunConfig, flags: dict[str, Any], *, until_complete: bool) -> None:
    if run.training.enable_chunked_training:
        return
    if until_complete:
        raise ConfigError(
            "--until-complete: needs --chunked with --chunk-iterations or --chunk-minutes"
        )
    for flag in ("iterations", "minutes"):
        size = flags[f"chunk_size_{flag}"]
        if size is not None:
            raise ConfigError(f"--chunk-{flag} {size:g}: needs --chunked")


def _check_instance_flags(run: RunConfig) -> None:
    interval = run.training.sync_interval
    if interval is not None and run.training.num_instances is None:
        raise ConfigError(f"--sync-interval {interval}: needs --num-instances")


def _game_settings(flags: dict[str, Any]) -> dict[str, Any]:
    """Returns the flags of the game in the form that a configuration file has them."""
    settings = dict(flags)
    if flags["stacks"] is not None:
        settings["stacks"] = _stacks(flags["stacks"])
    settings["bets"] = _menus(flags["bets"])
    return {name: value for name, value in settings.items() if value is not None}


def _stacks(text: str) -> int | list[int]:
    try:
        stacks = [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(
            f"--stacks {text}: must be chips, one number or one per seat as 10000,8000"
        ) from None
    return stacks if len(stacks) > 1 else stacks[0]


def _menus(flags: list[str] | None) -> dict[str, str] | None:
    menus: dict[str, str] = {}
    for flag in flags or ():
        street, equals, menu = flag.partition("=")
        if not equals:
            raise ConfigError(f"--bets {flag}: must be STREET=MENU, as 'flop=0.5 1 / 1 a'")
        menus[street.strip()] = menu.strip()
    return menus or None


if __name__ == "__main__":
    main()
