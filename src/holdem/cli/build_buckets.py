"""``holdem-build-buckets``: builds a file of card buckets."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from holdem.abstraction.bucket_file import ALL_RANKS, STREETS, num_hands
from holdem.abstraction.build_file import BucketFile, build_bucket_file
from holdem.abstraction.builder import (
    MAX_BUCKETS,
    MAX_BUCKETS_BY_RANKS,
    MIN_RANKS,
    PercentileConfig,
)
from holdem.cli.command import Command, make_app, say
from holdem.cli.errors import run_command
from holdem.cli.progress import progress_display

_NAME = "holdem-build-buckets"
_DEFAULT_BUCKETS = 200
_DEFAULT = f"(default {_DEFAULT_BUCKETS})"

app = make_app()


def _help(text: str) -> Any:
    return typer.Option(help=text)


def _count(text: str) -> Any:
    return typer.Option(help=text, show_default=False)


@app.command(_NAME, cls=Command, context_settings={"max_content_width": 100})
def build_buckets(
    k_preflop: Annotated[
        int | None,
        _count(f"Preflop buckets, 1 to {MAX_BUCKETS[0]} (default: one for each starting hand)."),
    ] = None,
    k_flop: Annotated[
        int | None, _count(f"Flop buckets, 1 to {MAX_BUCKETS[1]} {_DEFAULT}.")
    ] = None,
    k_turn: Annotated[
        int | None, _count(f"Turn buckets, 1 to {MAX_BUCKETS[2]} {_DEFAULT}.")
    ] = None,
    k_river: Annotated[
        int | None, _count(f"River buckets, 1 to {MAX_BUCKETS[3]} {_DEFAULT}.")
    ] = None,
    seed: Annotated[
        int,
        _help(
            "Recorded as part of the buckets' identity. Percentile buckets draw no random numbers:"
            " another seed gives the same buckets under another hash."
        ),
    ] = 0,
    ranks: Annotated[
        int,
        _help(
            f"Ranks of the deck, the highest ones, {MIN_RANKS} to {ALL_RANKS}. Fewer have fewer"
            " different hands, and default to as many buckets as there can be."
        ),
    ] = ALL_RANKS,
    out: Annotated[Path, _help("Bucket file to write.")] = Path("data/buckets.pkl"),
    num_workers: Annotated[
        int | None,
        typer.Option(
            help="Threads (default: one for each CPU). The file is the same for any number.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that holds something else.")
    ] = False,
) -> None:
    """Build card buckets: percentiles of hand strength against a uniform hand, for every street.

    A file that already holds these buckets is left as it is.

    Exit status: 0 the file is in place, 1 failed, 2 refused (nothing was written).
    """
    started = time.monotonic()
    try:
        counts = _with_defaults((k_preflop, k_flop, k_turn, k_river), ranks)
        config = PercentileConfig(*counts, seed, ranks)
        with progress_display("{task.description:16}", 1.0) as progress:
            built = build_bucket_file(config, out, num_workers, force, progress)
    except OSError as error:
        error.filename = error.filename or out
        raise
    except MemoryError:
        raise MemoryError("building needs about 1 GB") from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt("nothing was written") from None
    _report(built, time.monotonic() - started)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def _with_defaults(counts: tuple[int | None, ...], ranks: int) -> tuple[int, int, int, int]:
    """Fills in the counts that were not given with as many as are useful and possible."""
    most = MAX_BUCKETS_BY_RANKS.get(ranks, MAX_BUCKETS)
    defaults = [min(_DEFAULT_BUCKETS, largest) for largest in most]
    if ranks in MAX_BUCKETS_BY_RANKS:
        defaults[0] = num_hands(0, ranks)
    given = (
        default if count is None else count for count, default in zip(counts, defaults, strict=True)
    )
    preflop, flop, turn, river = given
    return preflop, flop, turn, river


def _report(built: BucketFile, seconds: float) -> None:
    counts = zip(built.buckets.num_buckets, STREETS, strict=True)
    state = "was there already with the same content" if built.was_there else "written"
    say(f"file     {built.path} ({built.path.stat().st_size:,} bytes), {state}")
    say(f"buckets  {', '.join(f'{count:,} {street}' for count, street in counts)}")
    say(f"hash     {built.buckets.bucket_hash}")
    say(f"time     {seconds:.1f} s")


if __name__ == "__main__":
    main()
