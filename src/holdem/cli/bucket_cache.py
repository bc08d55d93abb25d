"""``holdem buckets cache``: shows what building buckets keeps for later builds, and clears it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from holdem.abstraction.feature_cache import FeatureCache, cache_directory, cache_limit
from holdem.cli.command import say
from holdem.units import format_bytes


def bucket_cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything in it.")] = False,
) -> None:
    """Show what building buckets keeps for later builds, that not used for longest first.

    Nothing in it is needed: what is removed is made anew.
    """
    directory = cache_directory()
    cache = FeatureCache(directory, cache_limit())
    if clear:
        say(f"{directory}: {format_bytes(cache.clear())} removed")
        return
    entries = cache.entries()
    for entry in entries:
        used = datetime.fromtimestamp(entry.used_at)
        say(f"{format_bytes(entry.size_bytes):>10}  {used:%Y-%m-%d %H:%M}  {entry.path.name}")
    total = sum(entry.size_bytes for entry in entries)
    say(f"{directory}: {format_bytes(total)} of at most {format_bytes(cache.limit_bytes)}")
