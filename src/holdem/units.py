"""Quantities as people read them."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    """Returns seconds as ``H:MM:SS``, days in front where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days} d ' if days else ''}{hours}:{minutes:02}:{rest:02}"


def format_bytes(count: int) -> str:
    """Returns a byte count in MB below one GB and in GB above."""
    return f"{count / 1e6:.1f} MB" if count < 10**9 else f"{count / 1e9:.2f} GB"
