"""The methods of making buckets, by name; each is a module that is a ``Method``."""

from __future__ import annotations

from holdem.abstraction.method import Method
from holdem.abstraction.methods import (
    kmeans_ehs2,
    kmeans_emd,
    kmeans_ochs,
    lossless,
    percentile_ehs,
    potential_emd,
)
from holdem.errors import ConfigError
from holdem.types import nearest_name

LOSSLESS = "lossless"
PERCENTILE_EHS = "percentile-ehs"

METHODS: dict[str, Method] = {
    LOSSLESS: lossless,
    PERCENTILE_EHS: percentile_ehs,
    "kmeans-ehs2": kmeans_ehs2,
    "kmeans-emd": kmeans_emd,
    "kmeans-ochs": kmeans_ochs,
    "potential-emd": potential_emd,
}


def check_method(name: object) -> str:
    """Returns the name of a method.

    Raises:
        ConfigError: There is none; names the nearest.
    """
    if isinstance(name, str) and name in METHODS:
        return name
    near = nearest_name(name, METHODS) if isinstance(name, str) else ""
    raise ConfigError(f"must be one of {', '.join(METHODS)}{near}")
