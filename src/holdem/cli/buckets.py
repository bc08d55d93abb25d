"""``holdem buckets``: what a bucket file holds, and which hands share a bucket."""

from __future__ import annotations

import difflib
import json
import re
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table

from holdem.abstraction.board_buckets import BoardBuckets, board_buckets
from holdem.abstraction.bucket_file import ALL_RANKS, STREETS, load_buckets
from holdem.abstraction.bucket_grid import bucket_grid
from holdem.abstraction.bucket_info import (
    BucketFileInfo,
    bucket_file_info,
    measure_buckets,
    method_of,
)
from holdem.cards import RANKS, format_cards, parse_cards
from holdem.cli.bucket_cache import bucket_cache
from holdem.cli.command import Group, make_app, say, shown
from holdem.cli.errors import check_output_path, run_command
from holdem.cli.progress import progress_display
from holdem.errors import ConfigError
from holdem.grid.starting_hands import GRID_RANKS, starting_hand_cell, starting_hand_name
from holdem.grid.text import print_grid

_NAME = "holdem buckets"

app = make_app(name=_NAME, cls=Group, no_args_is_help=True, help=__doc__)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A bucket file.")]


@app.command("info")
def info(
    path: FileArgument,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Count the real hands in each bucket and say how far they differ: 4 CPU-seconds.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Says what is in a bucket file and how it was made; every byte is checked."""
    buckets = load_buckets(path)
    measures = None
    if measure:
        with progress_display("{task.description:16}", 1.0) as progress:
            measures = measure_buckets(buckets, progress)
    found = bucket_file_info(path, buckets, measures)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        _print_info(found)


@app.command("show")
def show(
    path: FileArgument,
    street: Annotated[
        str | None,
        typer.Option(
            help="preflop, flop, turn or river (default: by the board).", show_default=False
        ),
    ] = None,
    board: Annotated[str, typer.Option(help='Its cards, as "As 7h 2d"; preflop none.')] = "",
    hand: Annotated[
        str | None,
        typer.Option(
            help="Also list what shares a bucket with this hand (AhKh), or the buckets of all suits"
            " of a starting hand (AKs).",
            show_default=False,
        ),
    ] = None,
    png: Annotated[
        Path | None, typer.Option(help="Image file to write as well.", show_default=False)
    ] = None,
) -> None:
    """Shows which hands share a bucket on a board: a colour a bucket, from weak to strong.

    A number in brackets says in how many buckets the suits of a starting hand are.
    """
    if png is not None:
        check_output_path("--png", png)
    number = None if street is None else _street(street)
    buckets = load_buckets(path)
    view = board_buckets(buckets, parse_cards(board), number)
    listed = [] if hand is None else _hand_lines(view, hand)
    method = method_of(buckets, view.street) or "unknown method"
    grid = bucket_grid(view, buckets, f"{path.name}: {method}, hash {buckets.bucket_hash}")
    console = Console()
    print_grid(grid, console)
    for line in listed:
        say("\n".join(textwrap.wrap(line, console.width, subsequent_indent=" " * 8)))
    if png is not None:
        from holdem.grid.image import write_grid

        write_grid(grid, png)
        say()
        say(f"image    {png}")


app.command("cache")(bucket_cache)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    run_command(_NAME, lambda: app)


def _print_info(found: BucketFileInfo) -> None:
    flops = "all" if found.flops is None else f"{len(found.flops):,}"
    deck = "" if found.ranks == ALL_RANKS else f" (the deck from {GRID_RANKS[found.ranks - 1]} up)"
    say(f"file     {found.path} ({found.size_bytes:,} bytes)")
    say(f"hash     {found.bucket_hash}")
    say(f"made     by holdem {found.library_version}, seed {json.dumps(found.seed)}")
    say(f"for      {found.ranks} ranks{deck}, {flops} flops")
    console = Console()
    table = Table("street", "method", *_numbers("hands", "buckets"))
    for street in found.streets:
        counts = (f"{street.num_hands:,}", f"{street.num_buckets:,}")
        table.add_row(street.name, shown(street.method or "unknown"), *counts)
    console.print(table)
    if found.streets[0].measures is None:
        say("With --measure: how many real hands a bucket has, and how far they differ.")
        return
    console.print(_measure_table(found))
    weighted = "" if found.flops is None else ", by the weights of their flops"
    say(f"smallest to share: real hands in a bucket{weighted}")
    say("spread, widest: standard deviation of their equity, mean and largest")
    for street in found.streets:
        if street.measures is not None and street.measures.num_empty:
            say(f"{street.name}: {street.measures.num_empty:,} buckets have no hand")


def _measure_table(found: BucketFileInfo) -> Table:
    names = ("smallest", "median", "largest", "share", "spread", "widest")
    table = Table("street", *_numbers(*names))
    for street in found.streets:
        if (measures := street.measures) is not None:
            table.add_row(
                street.name,
                f"{measures.smallest:,}",
                f"{measures.median:,.0f}",
                f"{measures.largest:,}",
                f"{measures.largest_share:.2%}",
                f"{measures.spread:.2%}",
                f"{measures.largest_spread:.2%}",
            )
    return table


def _numbers(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]


def _street(name: str) -> int:
    if name not in STREETS:
        near = difflib.get_close_matches(name, STREETS, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"--street '{name}': must be one of {', '.join(STREETS)}{hint}")
    return STREETS.index(name)


def _hand_lines(view: BoardBuckets, text: str) -> list[str]:
    """Returns what --hand asks for: of two cards, or of a starting hand."""
    if re.fullmatch(f"[{RANKS}]{{2}}[so]?", text):
        return ["", *_starting_hand_lines(view, text)]
    hand = parse_cards(text)
    bucket = view.bucket(hand)
    others = [other for other in view.hands_in(bucket) if set(other) != set(hand)]
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for other in others:
        cells.setdefault(starting_hand_cell(*other), []).append(other)
    return [
        "",
        f"{format_cards(hand)} is in bucket {bucket:,}, with {_count(len(others), 'other hand')}",
        *(f"  {starting_hand_name(*cell):<6}{_names(cells[cell])}" for cell in sorted(cells)),
    ]


def _starting_hand_lines(view: BoardBuckets, text: str) -> list[str]:
    first, second = (GRID_RANKS.index(rank) for rank in text[:2])
    row, column = min(first, second), max(first, second)
    if (row == column) != (len(text) == 2):
        raise ConfigError(f"hand '{text}': write AKs (suited), AKo (offsuit), AA, or cards as AhKh")
    cell = (column, row) if text[2:] == "o" else (row, column)
    numbers = view.cells.get(cell, [])
    if not numbers:
        raise ConfigError(f"hand '{text}': none can be dealt beside this board from this deck")
    buckets: dict[int, list[tuple[int, int]]] = {}
    for number in numbers:
        buckets.setdefault(int(view.ids[number]), []).append(view.hands[number])
    return [
        f"{starting_hand_name(*cell)}: {_count(len(numbers), 'hand')} in "
        f"{_count(len(buckets), 'bucket')}",
        *(f"  {bucket:<6,}{_names(buckets[bucket])}" for bucket in sorted(buckets)),
    ]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _names(hands: Iterable[tuple[int, int]]) -> str:
    return " ".join(map(format_cards, hands))


if __name__ == "__main__":
    main()
