"""Reads a run's configuration: flags over a YAML file over defaults.

In the file the training settings lie at the top level, beside ``buckets`` and a mapping ``game``::

    num_iterations: 1000000
    discount_mode: dcfr
    buckets: data/buckets.pkl
    game:
      stacks: 20000
      bets: {flop: "0.5 1 / 1 a"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from holdem.bet_sizes import format_street_menu, parse_street_menu
from holdem.cores import usable_cores, workers_of
from holdem.errors import ConfigError
from holdem.quoting import quoted
from holdem.types import (
    LOSSLESS,
    PUBLIC_CHANCE,
    BucketSource,
    GameConfig,
    MCCFRConfig,
    RunConfig,
    nearest_name,
)
from holdem.yaml_file import read_settings, text_keys

# Above this exponent the factor t^a/(t^a+1) is 1 after a handful of blocks.
_BARELY_DISCOUNTING_ALPHA = 5.0
# A batch costs nothing that could be measured while a bucket of the first street comes up four
# times in it, on average (docs/performance.md); hold'em has up to 169 there.
_HOLDEM_UPDATE_BATCH = 100
_HOLDEM = GameConfig()
_DECIDING_PREFIXES = (
    "seed",
    "sampling",
    "storage",
    "exploration_",
    "discount_",
    "dcfr_",
    "enable_pruning",
    "pruning_",
)


def load_run_config(
    path: Path | None,
    overrides: Mapping[str, Any],
    find_buckets: Callable[[], BucketSource | None] = lambda: None,
) -> RunConfig:
    """Returns the configuration of a run.

    Args:
        path: A YAML file, or ``None`` for defaults and overrides alone.
        overrides: The same keys as the file; they win over it. ``None`` means "not given". ``game``
            is merged setting by setting, and its per-street settings street by street.
        find_buckets: Asked for the bucket file of hold'em where the overrides name none, and the
            file none that exists.

    Raises:
        ConfigError: The file cannot be read or is not a mapping; a key is unknown; a value is
            impossible.
    """
    source = f"{path}: " if path else ""
    file = read_settings(path) if path else {}
    if not isinstance(file.get("game"), Mapping | None):
        found = quoted(file["game"])
        raise ConfigError(f"{source}game = {found}: must be a mapping ('stacks: 10000')")
    settings = _merged(file, overrides)
    game_settings = settings.pop("game", None)
    buckets = settings.pop("buckets", None)
    _refuse_unknown_names(settings, source)
    game = GameConfig(**text_keys(game_settings or {}, source))
    training = MCCFRConfig(**_defaults(game, settings), **settings)
    if game.name == "holdem" and overrides.get("buckets") is None and not _is_there(buckets):
        buckets = find_buckets() or buckets
    return RunConfig(game=game, training=training, buckets=buckets)


def _defaults(game: GameConfig, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings of training that are best for a game, as far as they are not given."""
    best: dict[str, Any] = {}
    if game.name == "holdem" and game.num_players == 2:
        best["sampling"] = PUBLIC_CHANCE
    if given.get("sampling", best.get("sampling")) == PUBLIC_CHANCE:
        # An iteration is a whole board; what it finds out about bad actions has to be forgotten.
        best |= {"discount_mode": "dcfr", "discount_interval": 10}
    return {name: value for name, value in best.items() if name not in given}


def resolved_settings(run: RunConfig) -> dict[str, Any]:
    """Returns every setting of a run as plain data that ``load_run_config`` reads back."""
    settings = run.training.model_dump(mode="json")
    settings["game"] = run.game.settings()
    settings["buckets"] = (
        str(run.buckets.absolute()) if isinstance(run.buckets, Path) else run.buckets
    )
    return settings


def identity(run: RunConfig) -> dict[str, Any]:
    """Returns the settings that decide a run's results, as a checkpoint's metadata has them.

    A run may go on with other targets, intervals and limits, but with nothing else changed.
    """
    settings = resolved_settings(run)
    game = settings["game"]
    if "bets" in game:
        # However a menu is written, it is the same game.
        game["bets"] = {
            street: format_street_menu(parse_street_menu(menu, street=street))
            for street, menu in game["bets"].items()
        }
    names = sorted(name for name in settings if name.startswith(_DECIDING_PREFIXES))
    if run.training.storage == "float32":
        names.remove("storage")  # what was saved before there was another names none
    training = {name: settings[name] for name in names}
    # What was saved before there were batches names none.
    if (batch := update_batch(run.training, run.game)) > 1:
        training["update_batch"] = batch
    return {"configuration": {"game": game, "training": training}}


def cuts_within_batches(run: RunConfig) -> list[str]:
    """Returns a line for each setting that ends batches early."""
    batch = update_batch(run.training, run.game)
    return [
        f"{name} = {size:,} is no multiple of update_batch = {batch}: batches end early there, so "
        "that a run with another setting ends in other bytes"
        for name in ("checkpoint_interval", "chunk_size_iterations")
        if (size := getattr(run.training, name)) is not None and size % batch != 0
    ]


def repaired_menus(game: GameConfig) -> list[str]:
    """Returns a line for each bet menu that was put in order: sorted, duplicates merged."""
    lines: list[str] = []
    if game.name == "holdem":
        for street, menu in game.bets.items():
            parse_street_menu(menu, street=street, note=lines.append)
    return lines


def update_batch(training: MCCFRConfig, game: GameConfig) -> int:
    """Returns how many iterations find the same regrets."""
    if training.sampling != "external":
        return 1
    return training.update_batch or (_HOLDEM_UPDATE_BATCH if game.name == "holdem" else 1)


def num_workers(training: MCCFRConfig, game: GameConfig) -> int:
    """Returns how many threads train the tables of one process.

    One for the toy games, of which an iteration is over before threads have met.
    """
    if training.sampling == "public_chance":
        shares = game.name == "holdem"
    else:
        shares = update_batch(training, game) > 1
    if not shares:
        return 1
    return workers_of(training.num_workers, training.num_instances or 1)


def known_to_hurt(training: MCCFRConfig, game: GameConfig = _HOLDEM) -> list[str]:
    """Returns a warning for each combination of settings that is known to learn slower."""
    mode = training.discount_mode
    warnings: list[str] = []
    threads = num_workers(training, game) * (training.num_instances or 1)
    if training.num_workers > 1 and threads > (cores := usable_cores()):
        warnings.append(f"{threads} workers share {cores} cores: each will be slower")
    if training.sampling == "full_width":
        return warnings  # what sampling noise does to a floor, and to halved regrets, is not there
    if training.sampling == PUBLIC_CHANCE:
        if mode in ("none", "linear"):
            warnings.append(
                f"discount_mode {mode} keeps all negative regrets, with which public_chance "
                "sampling of large games learns slower; dcfr or cfr_plus is the better choice"
            )
        return warnings
    if mode == "cfr_plus":
        warnings.append(
            f"discount_mode cfr_plus floors regrets at zero, which slows {training.sampling} "
            "sampling down two to four times; linear is the better choice"
        )
    if mode == "dcfr" and training.dcfr_beta == 0:
        warnings.append(
            "dcfr_beta = 0 halves negative regrets in every block, which slows sampled training "
            "down; linear, or dcfr_beta = 1, is the better choice"
        )
    if (
        mode == "dcfr"
        and training.dcfr_gamma > 0
        and (training.dcfr_alpha >= _BARELY_DISCOUNTING_ALPHA)
    ):
        warnings.append(
            f"dcfr_alpha = {training.dcfr_alpha:g} hardly discounts regrets while dcfr_gamma = "
            f"{training.dcfr_gamma:g} weights the average; discount both"
        )
    return warnings


def without_effect(training: MCCFRConfig, game: GameConfig = _HOLDEM) -> list[str]:
    """Returns a line for each setting that was given and that this run has no use for."""
    sampling, mode = training.sampling, training.discount_mode
    idle = [
        ("exploration_", sampling != "outcome", f"{sampling} sampling does not explore"),
        ("dcfr_", mode != "dcfr", f"discount_mode is {mode}"),
        ("pruning_", not training.enable_pruning, "enable_pruning is off"),
        ("update_", sampling != "external", f"{sampling} sampling has no batches"),
        ("chunk_size_", not training.enable_chunked_training, "enable_chunked_training is off"),
    ]
    lines = [
        f"{name} is recorded and has no effect: {reason}"
        for prefix, applies, reason in idle
        for name in sorted(training.model_fields_set)
        if applies and name.startswith(prefix) and getattr(training, name) is not None
    ]
    if training.enable_pruning and sampling != "external":
        lines.append(f"enable_pruning has no effect: {sampling} sampling does not prune")
    elif training.enable_pruning and mode == "cfr_plus":
        lines.append("enable_pruning has no effect: cfr_plus keeps no negative regrets")
    if training.num_workers > num_workers(training, game):
        why = "with update_batch = 1" if sampling == "external" else f"in {sampling} sampling"
        lines.append(f"num_workers has no effect: {why} one core trains the tables of a process")
    return lines


def _is_there(buckets: object) -> bool:
    try:
        return buckets == LOSSLESS or (isinstance(buckets, str) and Path(buckets).is_file())
    except (OSError, ValueError):  # no possible name
        return False


def _merged(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in overrides.items():
        if isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = _merged(below if isinstance(below, Mapping) else {}, value)
        elif value is not None:
            merged[key] = value
    return merged


def _refuse_unknown_names(settings: Mapping[str, Any], source: str) -> None:
    for name in settings:
        if name in GameConfig.model_fields:
            raise ConfigError(f"{source}unknown setting {quoted(name)}; it belongs under 'game:'")
        if name not in MCCFRConfig.model_fields:
            known = [*MCCFRConfig.model_fields, "game", "buckets"]
            raise ConfigError(f"{source}unknown setting {quoted(name)}{nearest_name(name, known)}")
