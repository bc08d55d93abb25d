from __future__ import annotations

import pytest

from holdem.units import format_bytes, format_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.9, "0:00:59"), (3600, "1:00:00"), (200_000, "2 d 7:33:20")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_sizes() -> None:
    assert [format_bytes(n) for n in (0, 1_550_000, 10**9)] == ["0.0 MB", "1.6 MB", "1.00 GB"]
