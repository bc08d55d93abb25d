"""Configuration of a run: the game that is trained and how it is trained.

Every model is frozen and refuses unknown names. A value that cannot work raises ``ConfigError``
with one line that names the field, the value and what is allowed; ``holdem.config`` reads these
models from YAML and flags.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from holdem.bet_sizes import parse_street_menu
from holdem.errors import ConfigError
from holdem.flops import read_flops
from holdem.quoting import quoted

Street = Literal["preflop", "flop", "turn", "river"]
STREETS: tuple[Street, ...] = get_args(Street)

# Six equal stacks must still add up inside a 32-bit chip count.
MAX_CHIPS = 100_000_000
MAX_INSTANCES = 1024
MAX_UPDATE_BATCH = 100_000
# Of iterations, and of everything that is counted in them; fits a signed number of 64 bits.
MAX_COUNT = 10**18
DEFAULT_STACK_BB = 100
# In the place of a bucket file: every hand is a bucket of its own.
LOSSLESS: Literal["lossless"] = "lossless"
PUBLIC_CHANCE = "public_chance"  # the sampling of heads-up hold'em
BucketSource: TypeAlias = Path | Literal["lossless"]
DEFAULT_BETS: dict[str, str] = {
    "preflop": "2.5x / 3x a",
    "flop": "0.5 1 / 1 a",
    "turn": "0.75 a / a",
    "river": "0.75 a / a",
}
DEFAULT_RAISE_CAPS: dict[str, int] = {"preflop": 4, "flop": 3, "turn": 3, "river": 3}

_ALL_RANKS = 13
_LEDUC_SETTINGS = {"num_ranks", "num_suits", "max_raises"}
_HOLDEM_CARDS = {"ranks", "flops"}
_PLAYERS = {"holdem": (2, 6), "kuhn": (2, 3), "leduc": (2, 2)}
_BYTES_PER_UNIT = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12} | {
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
_MEMORY_PATTERN = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?", re.IGNORECASE)
_MIN_MEMORY_BYTES = 10**6
_MAX_MEMORY_BYTES = 10**18
# What is explored with probability p counts 1 / p times. Random numbers are multiples of 2^-24, so
# that below it nothing is explored as often as it should be, and what is counts beyond any float.
_MIN_EXPLORATION = 1e-6


class SettingsModel(BaseModel):
    """A frozen model whose refusals are one-line ``ConfigError``s."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(_describe(type(self), error)) from None

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_truth_values(cls, value: object, info: ValidationInfo) -> object:
        # Without this `seed: yes` in YAML would quietly become seed 1.
        if (
            isinstance(value, bool)
            and cls.model_fields[str(info.field_name)].annotation is not bool
        ):
            raise ValueError(f"must be {_allowed(cls.model_fields[str(info.field_name)])}")
        return value


class GameConfig(SettingsModel):
    """The game: rules, chips and the betting abstraction.

    Chips are integers. The rules of ``kuhn`` and ``leduc`` are fixed but for ``num_players`` (kuhn:
    2 or 3) and for ``num_ranks``, ``num_suits`` and ``max_raises`` (leduc; a street has at most so
    many bets and raises).

    Attributes:
        stacks: Chips per seat; a single number means the same for every seat. Default: 100 big
            blinds. What a hand ends with is exact; regrets and values are 32-bit floats, which
            round beyond 16.7 million chips.
        bets: Menu of bet sizes per street, "first bet / later raises" (see ``holdem.bet_sizes``).
            Streets that are not named keep their default menu.
        raise_cap: Bets and raises allowed per street; one number means every street.
        ranks: Of the deck, the highest ones (holdem; leduc has ``num_ranks``).
        flops: What the flop is drawn from (holdem): ``None`` is all flops of the deck, a number a
            fixed choice that represents them, else texts of flops (see ``holdem.flops``).
    """

    name: Literal["holdem", "kuhn", "leduc"] = "holdem"
    num_players: int = Field(default=2, ge=2, le=6)
    small_blind: int = Field(default=50, ge=1, le=MAX_CHIPS)
    big_blind: int = Field(default=100, ge=1, le=MAX_CHIPS)
    ante: int = Field(default=0, ge=0, le=MAX_CHIPS)
    stacks: tuple[int, ...] = Field(default=(), validate_default=True)
    bets: dict[Street, str] = Field(default_factory=dict, validate_default=True)
    raise_cap: dict[Street, int] = Field(default_factory=dict, validate_default=True)
    ranks: int = Field(default=_ALL_RANKS, ge=2, le=_ALL_RANKS)
    flops: int | tuple[str, ...] | None = None
    num_ranks: int = Field(default=3, ge=2, le=13)
    num_suits: int = Field(default=2, ge=2, le=4)
    max_raises: int = Field(default=2, ge=1, le=8)

    @field_validator("stacks", mode="before")
    @classmethod
    def _one_stack_per_seat(cls, value: object, info: ValidationInfo) -> object:
        num_players = info.data.get("num_players", 2)
        if not value and value != 0:
            return (DEFAULT_STACK_BB * info.data.get("big_blind", 0),) * num_players
        stacks: list[Any] = (
            list(value) if isinstance(value, list | tuple) else [value] * num_players
        )
        if any(isinstance(stack, bool) or not isinstance(stack, int) for stack in stacks):
            raise ValueError("must be a whole number of chips, or a list of one per seat")
        if len(stacks) != num_players:
            raise ValueError(f"must be one number or {num_players}, one per seat")
        least = info.data.get("big_blind", 1) + info.data.get("ante", 0)
        if not all(least <= stack <= MAX_CHIPS for stack in stacks):
            raise ValueError(f"must be {least} (big blind + ante) to {MAX_CHIPS} chips each")
        return tuple(stacks)

    @field_validator("bets", mode="before")
    @classmethod
    def _menu_per_street(cls, value: object) -> dict[str, str]:
        menus = {street: _menu_text(menu) for street, menu in _by_street(value).items()}
        for street, menu in menus.items():
            parse_street_menu(menu, street=street)
        return DEFAULT_BETS | menus

    @field_validator("raise_cap", mode="before")
    @classmethod
    def _cap_per_street(cls, value: object) -> dict[str, int]:
        caps = dict.fromkeys(STREETS, value) if isinstance(value, int) else _by_street(value)
        for street, cap in caps.items():
            if isinstance(cap, bool) or not isinstance(cap, int) or not 0 <= cap <= 100:
                raise ValueError(f"{street} must be an integer from 0 to 100")
        return DEFAULT_RAISE_CAPS | caps

    @field_validator("flops", mode="before")
    @classmethod
    def _flops_of_the_deck(cls, value: object, info: ValidationInfo) -> object:
        return read_flops(value, info.data.get("ranks", _ALL_RANKS))

    @model_validator(mode="after")
    def _rules_fit_together(self) -> GameConfig:
        least, most = _PLAYERS[self.name]
        if not least <= self.num_players <= most:
            allowed = f"{least}" if least == most else f"{least} to {most}"
            raise ValueError(f"num_players = {self.num_players}: {self.name} has {allowed} players")
        if self.small_blind > self.big_blind:
            raise ValueError(
                f"small_blind = {self.small_blind}: must be at most the big blind, {self.big_blind}"
            )
        cards, needed = 4 * self.ranks, 5 + 2 * self.num_players
        if cards < needed:
            raise ValueError(
                f"ranks = {self.ranks}: {cards} cards; the board and the hands of "
                f"{self.num_players} players take {needed}"
            )
        self._refuse_settings_of_other_games()
        return self

    def settings(self) -> dict[str, Any]:
        """Returns the settings that this game has, as plain data."""
        # What was saved before there were other decks than the full one names no deck.
        full = {
            name
            for name in _HOLDEM_CARDS
            if getattr(self, name) == type(self).model_fields[name].default
        }
        return self.model_dump(mode="json", include=self._own_fields() - full)

    def _own_fields(self) -> set[str]:
        common = {"name", "num_players"}
        if self.name == "holdem":
            return set(GameConfig.model_fields) - _LEDUC_SETTINGS
        return common | _LEDUC_SETTINGS if self.name == "leduc" else common

    def _refuse_settings_of_other_games(self) -> None:
        fields = set(GameConfig.model_fields) - self._own_fields()
        defaults = {name: field.default for name, field in GameConfig.model_fields.items()}
        if self.name != "holdem":
            defaults |= dict(GameConfig(num_players=self.num_players))
        for field in sorted(fields):
            if getattr(self, field) != defaults[field]:
                why = f"the rules of {self.name} are fixed"
                for game, own in (("leduc", _LEDUC_SETTINGS), ("holdem", _HOLDEM_CARDS)):
                    why = f"only {game} has it" if field in own else why
                raise ValueError(f"{field}: {why}; leave it out")


class MCCFRConfig(SettingsModel):
    """How a blueprint is trained.

    At least one of ``num_iterations`` and ``time_budget_seconds`` is needed; with both, training
    stops at whichever comes first. One iteration is one update pass for every player.

    Attributes:
        num_workers: Threads that train one set of tables, 0: one a core, divided by the number of
            instances. External sampling with batches and public-chance sampling only. Changes
            nothing but the time.
        update_batch: Iterations of external sampling that find the same regrets, so that threads
            can share them; what they add is added in their order. ``None``: 100 on hold'em, 1 on
            the toy games, where all iterations visit the same few infosets. As many iterations as
            100 batches have come first, one after the other.
        num_instances: Processes that train together, each with random draws of its own; ``None``: a
            run without instances.
        sync_interval: Iterations after which instances average their regrets; ``None``: never.
        storage: Numbers of the tables: ``compact`` ones take three quarters of the memory; for
            ``public_chance`` sampling without instances.
        exploration_epsilon: Share of uniform exploration in outcome sampling; with
            ``exploration_epsilon_decay_iterations`` it moves in a straight line to
            ``exploration_epsilon_final``. Other samplers record it and do not use it.
        sampling: Where a configuration says nothing, heads-up hold'em is trained with
            ``public_chance``, ``dcfr`` and blocks of 10 iterations.
        discount_interval: Iterations per discounting block; the t of the weighting counts blocks.
        dcfr_alpha: Exponent for positive regrets (``dcfr`` only); likewise ``dcfr_beta`` for
            negative regrets and ``dcfr_gamma`` for the strategy sum.
        pruning_threshold: Regret in chips below which an action may be skipped; ``None`` scales
            it with the stacks.
        pruning_probability: Share of traversals that prune.
        checkpoint_interval: Iterations between checkpoints; ``None``: by time only.
        snapshot_interval_seconds: Seconds between checkpoints; ``None``: by iterations only.
        keep_checkpoints: How many of the newest checkpoints to keep; ``None``: all.
        keep_every: Keep every checkpoint whose iteration is a multiple of this, whatever its age.
        memory_limit: Bytes the run may use, also written "8GB" or "8GiB"; ``None``: what the
            machine has.
        log_interval_seconds: Seconds between TensorBoard points and between plain progress lines.
    """

    num_iterations: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    time_budget_seconds: float | None = Field(default=None, gt=0)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    num_workers: int = Field(default=0, ge=0, le=1024)
    update_batch: int | None = Field(default=None, ge=1, le=MAX_UPDATE_BATCH)
    num_instances: int | None = Field(default=None, ge=1, le=MAX_INSTANCES)
    sync_interval: int | None = Field(default=None, ge=1, le=MAX_COUNT)

    sampling: Literal["external", "outcome", "full_width", "public_chance"] = "external"
    storage: Literal["float32", "compact"] = "float32"
    exploration_epsilon: float = Field(default=0.6, ge=0, le=1)
    exploration_epsilon_final: float | None = Field(default=None, ge=0, le=1)
    exploration_epsilon_decay_iterations: int | None = Field(default=None, ge=1, le=MAX_COUNT)

    discount_mode: Literal["none", "linear", "dcfr", "cfr_plus"] = "linear"
    discount_interval: int = Field(default=1000, ge=1, le=MAX_COUNT)
    dcfr_alpha: float = Field(default=1.5, ge=0, le=100)
    dcfr_beta: float = Field(default=0.0, ge=0, le=100)
    dcfr_gamma: float = Field(default=2.0, ge=0, le=4)

    enable_pruning: bool = False
    pruning_threshold: float | None = Field(default=None, lt=0)
    pruning_probability: float = Field(default=0.95, ge=0, le=0.999999)

    checkpoint_interval: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    snapshot_interval_seconds: float | None = Field(default=900.0, gt=0)
    keep_checkpoints: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    keep_every: int | None = Field(default=None, ge=1, le=MAX_COUNT)

    enable_chunked_training: bool = False
    chunk_size_iterations: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    chunk_size_minutes: float | None = Field(default=None, gt=0)

    memory_limit: int | None = None
    tensorboard: bool = True
    log_interval_seconds: float = Field(default=10.0, gt=0)

    @field_validator("memory_limit", mode="before")
    @classmethod
    def _bytes(cls, value: object) -> int | None:
        return None if value is None else parse_memory(value)

    @model_validator(mode="after")
    def _settings_fit_together(self) -> MCCFRConfig:
        if self.num_iterations is None and self.time_budget_seconds is None:
            raise ValueError(
                "nothing says when to stop: set num_iterations (--iters) "
                "or time_budget_seconds (--time-budget)"
            )
        sizes = (self.chunk_size_iterations, self.chunk_size_minutes)
        if self.enable_chunked_training and sizes == (None, None):
            raise ValueError(
                "enable_chunked_training needs chunk_size_iterations or chunk_size_minutes"
            )
        if self.keep_every is not None and self.keep_checkpoints is None:
            raise ValueError(
                f"keep_every = {self.keep_every}: needs keep_checkpoints; without it all are kept"
            )
        self._check_storage()
        self._check_exploration()
        return self

    def _check_storage(self) -> None:
        if self.storage == "float32":
            return
        if self.sampling != "public_chance":
            raise ValueError(
                f"storage = {self.storage}: {self.sampling} sampling needs float32; compact is for "
                "public_chance"
            )
        if self.num_instances is not None:
            raise ValueError(
                f"storage = {self.storage}: num_instances needs float32, as compact tables cannot "
                "be averaged or merged; use num_workers"
            )

    def _check_exploration(self) -> None:
        schedule = {
            "exploration_epsilon_final": self.exploration_epsilon_final,
            "exploration_epsilon_decay_iterations": self.exploration_epsilon_decay_iterations,
        }
        missing = [name for name, value in schedule.items() if value is None]
        if len(missing) == 1:
            raise ValueError(f"{missing[0]} is missing: a schedule of epsilon needs both settings")
        if self.sampling != "outcome":
            return
        for name in ("exploration_epsilon", "exploration_epsilon_final"):
            # An action that is never sampled would never be learnt about.
            epsilon = getattr(self, name)
            if epsilon is not None and epsilon < _MIN_EXPLORATION:
                raise ValueError(
                    f"{name} = {epsilon:g}: outcome sampling needs a number >= "
                    f"{_MIN_EXPLORATION:f} and <= 1"
                )


class RunConfig(SettingsModel):
    """Everything one run is made of.

    Attributes:
        buckets: The bucket file, or ``lossless`` (a file of that name is ``./lossless``); needed
            for ``holdem``, not allowed for the toy games.
    """

    game: GameConfig = Field(default_factory=GameConfig)
    training: MCCFRConfig
    buckets: BucketSource | None = None

    @field_validator("buckets", mode="before")
    @classmethod
    def _file_or_lossless(cls, value: object) -> object:
        if value is None or isinstance(value, Path):
            return value
        if not isinstance(value, str):
            raise ValueError(f"must be a path, or {LOSSLESS}")
        return bucket_source(value)

    @model_validator(mode="after")
    def _buckets_belong_to_holdem(self) -> RunConfig:
        if self.game.name == "holdem" and self.buckets is None:
            raise ValueError(
                "buckets: none given; name a bucket file with --buckets "
                "(holdem-build-buckets makes one), or lossless"
            )
        if self.game.name != "holdem" and self.buckets is not None:
            raise ValueError(f"buckets = {self.buckets}: {self.game.name} has none; leave it out")
        return self

    @model_validator(mode="after")
    def _sampling_fits_the_game(self) -> RunConfig:
        if self.training.sampling == "public_chance" and self.game.num_players != 2:
            raise ValueError(
                "sampling = public_chance: for two players, this game has "
                f"{self.game.num_players}; use external"
            )
        return self


def bucket_source(text: str) -> BucketSource:
    """Returns what a text names: ``lossless`` itself, or a bucket file."""
    return LOSSLESS if text == LOSSLESS else Path(text)


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Returns "; did you mean '...'?" for the known name closest to ``name``, or nothing."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{matches[0]}'?" if matches else ""


def _by_street(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a mapping with a line per street ({', '.join(STREETS)})")
    for street in value:
        if street not in STREETS:
            raise ValueError(
                f"unknown street {quoted(street)}, must be one of {', '.join(STREETS)}"
            )
    return dict(value)


def _menu_text(menu: object) -> str:
    # YAML reads a menu of one size, such as 0.5, as a number.
    sizes = menu if isinstance(menu, list | tuple) else [menu]
    if any(isinstance(size, bool) or not isinstance(size, str | int | float) for size in sizes):
        raise ValueError(f"{quoted(menu)} is not a menu of bet sizes, write '0.5 1 / 1 a'")
    return " ".join(str(size) for size in sizes)


def parse_memory(value: object) -> int:
    """Returns the bytes that a setting means, a number or a text as 8GB.

    Raises:
        ValueError: It is neither, or out of range.
    """
    match = _MEMORY_PATTERN.fullmatch(f"{value}".strip())
    if match is not None:
        amount = float(match[1]) * _BYTES_PER_UNIT[(match[2] or "").lower()]
        if _MIN_MEMORY_BYTES <= amount <= _MAX_MEMORY_BYTES:
            return round(amount)
    raise ValueError(
        "must be at least 1MB and at most 1000000TB, written in bytes or as 800MB, 8GB, 7.5GiB"
    )


def _describe(model: type[BaseModel], error: ValidationError) -> str:
    """Returns the first problem as one line: field, value, what is allowed."""
    first = error.errors()[0]
    location = ".".join(str(part) for part in first["loc"])
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        return f"unknown setting {quoted(location)}{nearest_name(name, model.model_fields)}"
    if first["type"] == "missing":
        return f"{location} is missing"
    cause = first.get("ctx", {}).get("error")
    if cause is not None and not location:
        return str(cause)
    if cause is not None:
        return f"{location} = {quoted(first['input'])}: {cause}"
    field = model.model_fields[name]
    hint = ""
    if first["type"] == "literal_error" and isinstance(first["input"], str):
        hint = nearest_name(first["input"], get_args(field.annotation))
    return f"{location} = {quoted(first['input'])}: must be {_allowed(field)}{hint}"


def _allowed(field: FieldInfo) -> str:
    """Returns the allowed values of a field in words, such as "an integer >= 1"."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    if kinds and isinstance(kinds[0], str):
        return f"one of {', '.join(kinds)}"
    kind: Any = kinds[0] if kinds else field.annotation
    words = {int: "an integer", float: "a number", bool: "true or false", Path: "a path"}
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    bounds = [
        f"{sign} {getattr(constraint, name)}"
        for constraint in field.metadata
        for name, sign in signs.items()
        if hasattr(constraint, name)
    ]
    return " ".join([words.get(kind, f"{kind}"), " and ".join(bounds)]).rstrip()
