"""What a set of buckets is made from: flags over a YAML file over a preset.

In the file the settings lie at the top level, by the names of the flags::

    preset: standard
    k_flop: 500
    method_turn: kmeans-ehs2
    seed: 3
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from holdem.abstraction.bucket_file import ALL_RANKS, STREETS, num_hands
from holdem.abstraction.method import StreetTask
from holdem.abstraction.methods import LOSSLESS, METHODS, PERCENTILE_EHS, check_method
from holdem.abstraction.methods.percentile_ehs import MAX_BUCKETS_BY_RANKS
from holdem.abstraction.presets import DEFAULT_PRESET, preset_named
from holdem.abstraction.weighted_flops import WholeFlop, recorded_flops, whole_flops
from holdem.errors import ConfigError
from holdem.flops import read_flops
from holdem.quoting import quoted
from holdem.types import GameConfig, SettingsModel, nearest_name
from holdem.yaml_file import read_settings

MAX_SEED = 2**32 - 1
MIN_RANKS = min(MAX_BUCKETS_BY_RANKS)
MAX_RESTARTS = 1000
MAX_STEPS = 1000

_PREFLOP = 0
_K = tuple(f"k_{street}" for street in STREETS)
_METHOD = tuple(f"method_{street}" for street in STREETS)
# What files of percentiles on all streets have recorded since there were no other methods.
_ALL_PERCENTILES = "percentile_hand_strength"

logger = logging.getLogger(__name__)


class BucketConfig(SettingsModel):
    """What buckets are made from; part of their identity.

    Attributes:
        k_preflop, k_flop, k_turn, k_river: Buckets of each street; of a lossless street there is no
            need to say.
        method_preflop, method_flop, method_turn, method_river: How they are made, a name of
            ``METHODS``. ``None``: percentiles; preflop lossless if k is the number of hands.
        seed: Of all that is drawn at random; recorded also where nothing is.
        ranks: Of the deck, the highest ones.
        flops: The flops that are played, as in a game: ``None`` is all.
        restarts: k-means: how often it begins anew on a sample of the hands.
        steps: k-means: how often the centres move with all hands, at most.
    """

    k_preflop: int | None = Field(default=None, ge=1)
    k_flop: int | None = Field(default=None, ge=1)
    k_turn: int | None = Field(default=None, ge=1)
    k_river: int | None = Field(default=None, ge=1)
    method_preflop: str | None = None
    method_flop: str | None = None
    method_turn: str | None = None
    method_river: str | None = None
    seed: int = Field(default=0, ge=0, le=MAX_SEED)
    ranks: int = Field(default=ALL_RANKS, ge=MIN_RANKS, le=ALL_RANKS)
    flops: int | tuple[str, ...] | None = None
    restarts: int = Field(default=3, ge=1, le=MAX_RESTARTS)
    steps: int = Field(default=10, ge=1, le=MAX_STEPS)

    @field_validator(*_METHOD, mode="before")
    @classmethod
    def _known_method(cls, value: object) -> object:
        return None if value is None else check_method(value)

    @field_validator("flops", mode="before")
    @classmethod
    def _flops_of_the_deck(cls, value: object, info: ValidationInfo) -> object:
        return read_flops(value, info.data.get("ranks", ALL_RANKS))

    @model_validator(mode="after")
    def _streets_are_possible(self) -> BucketConfig:
        for street, (name, most) in enumerate(zip(STREETS, self._most, strict=True)):
            asked, method = getattr(self, _K[street]), self.methods[street]
            if method == LOSSLESS and asked not in (None, most) and self.methods_named[street]:
                raise ConfigError(
                    f"k_{name} = {asked}: {LOSSLESS} makes {most} buckets there; leave it out"
                )
            if asked is None and method != LOSSLESS:
                raise ConfigError(f"k_{name} is missing")
        return self

    @property
    def methods_named(self) -> tuple[str | None, ...]:
        """The method of each street as far as it was named."""
        return tuple(getattr(self, name) for name in _METHOD)

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The method of each street."""
        defaults = (self._preflop_default, *[PERCENTILE_EHS] * 3)
        return tuple(
            name or default for name, default in zip(self.methods_named, defaults, strict=True)
        )

    @cached_property
    def k(self) -> tuple[int, ...]:
        """The buckets of each street: at most as many as hands differ in all of the deck."""
        asked = (getattr(self, name) for name in _K)
        return tuple(
            most if k is None else min(k, most) for k, most in zip(asked, self._most, strict=True)
        )

    @property
    def is_percentiles(self) -> bool:
        """Whether this could be built, and was hashed, before there were other methods."""
        usual = (self._preflop_default, *[PERCENTILE_EHS] * 3)
        return self.flops is None and self.methods == usual

    @cached_property
    def whole_flops(self) -> list[WholeFlop]:
        """The flops that are played with whole weights; none for all."""
        return whole_flops(GameConfig(ranks=self.ranks, flops=self.flops))

    def tasks(self) -> list[StreetTask]:
        """Returns what is to be made, by street."""
        return [
            StreetTask(street, k, self.seed, self.restarts, self.steps, next_k)
            for street, (k, next_k) in enumerate(zip(self.k, (*self.k[1:], 0), strict=True))
        ]

    def as_dict(self) -> dict[str, Any]:
        """Returns the configuration as a bucket file records it."""
        k = dict(zip(STREETS, self.k, strict=True))
        # Files of the full deck name no deck, those of all flops no flops.
        deck = {} if self.ranks == ALL_RANKS else {"ranks": self.ranks}
        if self.is_percentiles:
            return {"method": _ALL_PERCENTILES, "k": k, "seed": self.seed} | deck
        return {
            "methods": dict(zip(STREETS, self.methods, strict=True)),
            "k": k,
            "seed": self.seed,
            "restarts": self.restarts,
            "steps": self.steps,
            **deck,
            **recorded_flops(self.whole_flops),
        }

    @property
    def _preflop_default(self) -> str:
        every_hand = num_hands(_PREFLOP, self.ranks)
        return LOSSLESS if (self.k_preflop or every_hand) >= every_hand else PERCENTILE_EHS

    @cached_property
    def _most(self) -> tuple[int, ...]:
        """The most buckets that each street can have."""
        found = []
        for street, method in enumerate(self.methods):
            try:
                found.append(METHODS[method].most_buckets(street, self.ranks))
            except ConfigError as error:
                raise ConfigError(f"{_METHOD[street]} = {method}: {error}") from None
        return tuple(found)


def percentiles(
    k_preflop: int, k_flop: int, k_turn: int, k_river: int, seed: int = 0, ranks: int = ALL_RANKS
) -> BucketConfig:
    """Returns the configuration of percentiles of hand strength on every street."""
    return BucketConfig(
        k_preflop=k_preflop,
        k_flop=k_flop,
        k_turn=k_turn,
        k_river=k_river,
        seed=seed,
        ranks=ranks,
    )


def load_bucket_config(path: Path | None, overrides: Mapping[str, Any]) -> BucketConfig:
    """Returns the configuration of flags over a file over a preset.

    Counts that are more than hands differ are made smaller; where somebody asked for them, the log
    says so.

    Args:
        path: A YAML file, or ``None``.
        overrides: The same keys as the file, ``preset`` among them; ``None`` means "not given".

    Raises:
        ConfigError: The file cannot be read or is not a mapping; a key is unknown; a value is
            impossible.
    """
    file = read_settings(path) if path else {}
    flags = {name: value for name, value in overrides.items() if value is not None}
    known = [*BucketConfig.model_fields, "preset"]
    for name in file:
        if name not in known:
            hint = nearest_name(name, known)
            raise ConfigError(f"{path}: unknown setting {quoted(name)}{hint}")
    asked = file | flags
    preset = preset_named(asked.pop("preset", DEFAULT_PRESET))
    settings = preset | asked
    for k, method in zip(_K, _METHOD, strict=True):
        if asked.get(method) == LOSSLESS and k not in asked:
            settings.pop(k, None)
    config = BucketConfig(**settings)
    for name, most in zip(_K, config.k, strict=True):
        if name in asked and asked[name] > most:
            logger.warning(
                "%s = %d: no more than %d hands differ, so that it is %d",
                *(name, asked[name], most, most),
            )
    return config
