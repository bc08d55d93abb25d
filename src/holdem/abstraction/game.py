"""The game of a configuration as the core plays it: rules, bet menus and card buckets together."""

from __future__ import annotations

from holdem import _core
from holdem.abstraction.bucket_file import Buckets
from holdem.abstraction.weighted_flops import recorded_flops, weighted_flops, whole_flops
from holdem.bet_sizes import parse_street_menu
from holdem.errors import ConfigError
from holdem.types import STREETS, GameConfig


def make_game(config: GameConfig, buckets: Buckets | None) -> _core.Game:
    """Builds the game that a configuration describes.

    Raises:
        ConfigError: The rules or menus cannot be played, or the buckets are of another deck
            or of other flops.
    """
    if config.name == "kuhn":
        return _core.KuhnGame(config.num_players)
    if config.name == "leduc":
        return _core.LeducGame(config.num_ranks, config.num_suits, config.max_raises)
    if buckets is None:
        raise ConfigError("buckets: none given; hold'em needs a bucket file")
    if buckets.map.num_ranks != config.ranks:
        raise ConfigError(
            f"buckets: made for a deck of {buckets.map.num_ranks} ranks, the game has "
            f"{config.ranks}; holdem build-buckets --ranks {config.ranks} makes others"
        )
    _check_flops(config, buckets)
    menus = [parse_street_menu(config.bets[street], street=street) for street in STREETS]
    try:
        rules = _core.Rules(
            config.num_players,
            config.small_blind,
            config.big_blind,
            config.ante,
            list(config.stacks),
        )
        menu = _core.BetMenu(
            [list(menu.first) for menu in menus],
            [list(menu.later) for menu in menus],
            [config.raise_cap[street] for street in STREETS],
        )
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return _core.HoldemGame(rules, menu, buckets.map, config.ranks, weighted_flops(config))


def _check_flops(config: GameConfig, buckets: Buckets) -> None:
    """Raises ConfigError for buckets that were made for other flops than those of the game."""
    made_for = buckets.config.get("flops")
    if made_for is None or made_for == recorded_flops(whole_flops(config)).get("flops"):
        return
    played = "all flops" if config.flops is None else "others, or with other weights"
    raise ConfigError(
        f"buckets: made for {len(made_for)} chosen flops, the game has {played}; "
        "holdem build-buckets --flops makes others"
    )
