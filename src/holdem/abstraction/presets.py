"""Ready-made settings of buckets, by name."""

from __future__ import annotations

from typing import Any

from holdem.errors import ConfigError
from holdem.quoting import quoted
from holdem.types import nearest_name

DEFAULT_PRESET = "standard"

_BEST_METHODS = {
    "method_flop": "kmeans-emd",
    "method_turn": "kmeans-emd",
    "method_river": "kmeans-ochs",
}

# The starting hands are lossless in all of them.
PRESETS: dict[str, dict[str, Any]] = {
    # Seconds, and half of the memory of the others.
    "small": {
        "k_flop": 1000,
        "k_turn": 1000,
        "k_river": 1000,
        **_BEST_METHODS,
        "method_river": "percentile-ehs",
        "restarts": 1,
        "steps": 1,
    },
    # Less than a minute; what the quickstart uses: with fewer buckets more training makes its
    # strategy worse on real cards (docs/BUCKETS.md).
    "quick": {
        "k_flop": 2000,
        "k_turn": 2000,
        "k_river": 2000,
        **_BEST_METHODS,
        "restarts": 1,
        "steps": 1,
    },
    "standard": {"k_flop": 200, "k_turn": 200, "k_river": 200, **_BEST_METHODS},
    "large": {"k_flop": 2000, "k_turn": 2000, "k_river": 1500, **_BEST_METHODS},
}


def preset_named(name: object) -> dict[str, Any]:
    """Returns the settings of a preset.

    Raises:
        ConfigError: There is none of that name.
    """
    if isinstance(name, str) and name in PRESETS:
        return dict(PRESETS[name])
    near = nearest_name(name, PRESETS) if isinstance(name, str) else ""
    raise ConfigError(f"preset = {quoted(name)}: must be one of {', '.join(PRESETS)}{near}")
