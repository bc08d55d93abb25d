"""What a build tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

# Called with the name of a stage, the share of it that is done, and the seconds that all of it is
# expected to take, 0 where the share will tell soon enough.
Progress: TypeAlias = Callable[[str, float, float], None]


def no_progress(stage: str, share_done: float, expected_seconds: float) -> None:
    """Reports to nobody."""
