"""The flops that buckets were made for, as a bucket file names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdem.abstraction.weighted_flops import WholeFlop
from holdem.errors import BucketFileError, ConfigError
from holdem.flops import Flop


def chosen_flops(config: Mapping[str, Any]) -> list[WholeFlop]:
    """Returns the flops in the configuration of buckets; none where they are for all.

    Raises:
        BucketFileError: They are no mapping of flops, as As7h2d, to whole weights.
    """
    found = config.get("flops")
    if found is None:
        return []
    if not isinstance(found, Mapping) or not found:
        raise BucketFileError("config: flops is not a mapping of flops to weights")
    try:
        return [(Flop.parse(name).cards, _weight(weight)) for name, weight in found.items()]
    except ConfigError as error:
        raise BucketFileError(f"config: {error}") from None


def _weight(value: object) -> int:
    if type(value) is not int or not 0 < value < 2**32:
        raise ConfigError(f"{value!r:.60} is no weight of a flop")
    return value
