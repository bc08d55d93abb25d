"""``holdem-build-buckets``: builds a file of card buckets."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from holdem.abstraction.bucket_config import MIN_RANKS, BucketConfig, load_bucket_config
from holdem.abstraction.bucket_file import ALL_RANKS, STREETS
from holdem.abstraction.build_file import BucketFile, build_bucket_file
from holdem.abstraction.builder import estimate
from holdem.abstraction.feature_cache import FeatureCache, cache_directory, cache_limit
from holdem.abstraction.presets import DEFAULT_PRESET, PRESETS
from holdem.cli.command import Command, make_app, say
from holdem.cli.errors import run_command
from holdem.cli.progress import stage_display
from holdem.errors import ConfigError
from holdem.logs import log_to_terminal
from holdem.quoting import quoted
from holdem.types import parse_memory
from holdem.units import format_bytes

_NAME = "holdem-build-buckets"

app = make_app()


def _option(text: str) -> Any:
    return typer.Option(help=text, show_default=False)


def _count(street: str) -> Any:
    return _option(f"Buckets of the {street}; more than hands differ are not made.")


def _method(street: str) -> Any:
    return _option(f"How those of the {street} are made (see below).")


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def build_buckets(
    ctx: typer.Context,
    preset: Annotated[
        str | None,
        _option(f"What is not said otherwise: {', '.join(PRESETS)} (default: {DEFAULT_PRESET})."),
    ] = None,
    config: Annotated[
        Path | None,
        _option("YAML file with these settings, as k_flop or method_flop; flags win over it."),
    ] = None,
    k_preflop: Annotated[
        int | None, _option("Preflop buckets (default: one for each starting hand).")
    ] = None,
    k_flop: Annotated[int | None, _count("flop")] = None,
    k_turn: Annotated[int | None, _count("turn")] = None,
    k_river: Annotated[int | None, _count("river")] = None,
    method_preflop: Annotated[str | None, _method("starting hands")] = None,
    method_flop: Annotated[str | None, _method("flop")] = None,
    method_turn: Annotated[str | None, _method("turn")] = None,
    method_river: Annotated[str | None, _method("river")] = None,
    seed: Annotated[
        int | None,
        _option(
            "Of all that is drawn at random, part of the buckets' identity (default: 0)."
            " Percentiles draw nothing: another seed gives the same buckets under another hash."
        ),
    ] = None,
    restarts: Annotated[
        int | None, _option("k-means: how often it begins anew on a sample of the hands.")
    ] = None,
    steps: Annotated[
        int | None, _option("k-means: how often the centres move with all hands, at most.")
    ] = None,
    ranks: Annotated[
        int | None,
        _option(f"Ranks of the deck, the highest ones, {MIN_RANKS} to {ALL_RANKS} (default: all)."),
    ] = None,
    flops: Annotated[
        str | None,
        _option("Flops that are played, as game.flops of a run: a number, a list, or all."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Bucket file to write.")] = Path("data/buckets.pkl"),
    num_workers: Annotated[
        int | None,
        _option("Threads (default: one for each CPU). The file is the same for any number."),
    ] = None,
    memory_limit: Annotated[
        str | None, _option("What may be used, as 4GB (default: what is free).")
    ] = None,
    cache_limit: Annotated[
        str | None,
        _option(
            "Room for features of hands and half-done work (default: 4GB; holdem buckets cache"
            " shows it)."
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Keep nothing: an interrupted build begins anew.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that holds something else.")
    ] = False,
) -> None:
    """Build card buckets: which hands a strategy treats alike, for every street.

    A file that already holds these buckets is left as it is. A build that was interrupted goes on
    where it was, and ends in the same bytes.

    Methods: lossless; percentile-ehs (hand strength against a uniform hand, cut into equal shares);
    kmeans-ehs2, kmeans-emd, kmeans-ochs, potential-emd (k-means of what a hand may become, or of
    whom it beats).

    Exit status: 0 the file is in place, 1 failed, 2 refused (nothing was written).
    """
    started = time.monotonic()
    names = ("preset", *BucketConfig.model_fields)
    with log_to_terminal(formatter=logging.Formatter(f"{_NAME}: %(message)s")):
        wanted = load_bucket_config(config, {name: ctx.params[name] for name in names})
        limit = None if memory_limit is None else _bytes("memory_limit", memory_limit)
        cache = None if no_cache else _cache(cache_limit)
        try:
            with stage_display() as progress:
                built = build_bucket_file(wanted, out, num_workers, force, progress, cache, limit)
        except OSError as error:
            error.filename = error.filename or out
            raise
        except MemoryError:
            needed = format_bytes(estimate(wanted).memory_bytes)
            raise MemoryError(f"building needs about {needed}") from None
        except KeyboardInterrupt:
            goes_on = cache is not None and not wanted.is_percentiles
            again = "; the same command goes on from here" if goes_on else ""
            raise KeyboardInterrupt(f"nothing was written{again}") from None
    _report(built, wanted, time.monotonic() - started)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def _bytes(name: str, text: str) -> int:
    try:
        return parse_memory(text)
    except ValueError as error:
        raise ConfigError(f"{name} = {quoted(text)}: {error}") from None


def _cache(limit: str | None) -> FeatureCache:
    limit_bytes = cache_limit() if limit is None else _bytes("cache_limit", limit)
    return FeatureCache(cache_directory(), limit_bytes)


def _report(built: BucketFile, config: BucketConfig, seconds: float) -> None:
    counts = zip(built.buckets.num_buckets, STREETS, strict=True)
    state = "was there already with the same content" if built.was_there else "written"
    say(f"file     {built.path} ({built.path.stat().st_size:,} bytes), {state}")
    say(f"buckets  {', '.join(f'{count:,} {street}' for count, street in counts)}")
    say(f"methods  {', '.join(config.methods)}")
    say(f"hash     {built.buckets.bucket_hash}")
    say(f"time     {seconds:.1f} s")


if __name__ == "__main__":
    main()
