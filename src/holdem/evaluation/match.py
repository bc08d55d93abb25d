"""Matches: two strategies, the same cards in both seatings, and how sure the result is.

The result of a match is what one strategy wins from this one opponent. It is not a distance from
equilibrium: a strategy that beats many others may still lose a lot to the one that exploits it.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdem import _core
from holdem.errors import ConfigError
from holdem.evaluation.pieces import MAX_DEALS, Progress, check_seed, play_deals
from holdem.flops import ALL
from holdem.policy.policy import Policy
from holdem.types import GameConfig

SIMPLE_PLAYERS = {
    "call": _core.SimplePlayer.call,
    "random": _core.SimplePlayer.random,
    "raise": _core.SimplePlayer.max_raise,
    "tight": _core.SimplePlayer.tight,
}
DEFAULT_DEALS = 1_000_000
HANDS_PER_SEAT = 2

_DEALS_PER_PIECE = 50_000


@dataclass(frozen=True)
class MatchResult:
    """What the first strategy won.

    Attributes:
        mbb_per_hand: Thousandths of a big blind (of the ante, in toy games) a hand, on average.
        ci95: Half width of the 95 % confidence interval, same unit. Treats the results of the deals
            as normally distributed in sum, which takes some hundreds of deals.
        num_deals: Deals, each played in both seatings.
        hands_per_seat: Times each deal was played in each seating.
    """

    mbb_per_hand: float
    ci95: float
    num_deals: int
    hands_per_seat: int

    @property
    def num_hands(self) -> int:
        """Hands that were played."""
        return 2 * self.hands_per_seat * self.num_deals

    @property
    def is_significant(self) -> bool:
        """Whether zero lies outside the interval."""
        return abs(self.mbb_per_hand) > self.ci95


def simple_player(name: str, like: Policy) -> _core.TabularPolicy:
    """Returns a simple player of the game of a policy.

    Args:
        name: One of ``SIMPLE_PLAYERS``. ``call`` checks and calls; ``random`` takes every action
            alike; ``raise`` bets and raises the most it may; ``tight`` folds to a bet hands that
            lose to half of all hands and raises those that win 70 %.
        like: The policy it is going to play.

    Raises:
        ConfigError: There is no such player.
    """
    if name not in SIMPLE_PLAYERS:
        raise ConfigError(f"player '{name}': must be one of {', '.join(SIMPLE_PLAYERS)}")
    return _core.simple_player(SIMPLE_PLAYERS[name], like.tree)


def play_match(
    first: Policy,
    second: Policy | _core.TabularPolicy,
    num_deals: int = DEFAULT_DEALS,
    seed: int = 0,
    *,
    num_workers: int | None = None,
    on_progress: Progress | None = None,
) -> MatchResult:
    """Plays a two-player match of duplicate deals.

    Args:
        first: The strategy whose winnings are reported.
        second: Another policy with the same betting tree (its buckets may differ), or a
            ``simple_player``.
        num_deals: Deals; the interval shrinks with their square root.
        seed: Of cards and actions.
        num_workers: Threads, by default one a CPU; changes nothing but the time.
        on_progress: Hears of every piece of work that is done.

    Raises:
        ConfigError: A number out of range, a game of three or more players, or different betting,
            deck or flops.
    """
    if not 2 <= num_deals <= MAX_DEALS:
        raise ConfigError(f"num_deals = {num_deals}: must be 2 to {MAX_DEALS}")
    check_seed(seed)
    if isinstance(second, Policy):
        _check_cards(first, second)
    opponent = second.core if isinstance(second, Policy) else second

    def play(first_deal: int, count: int) -> _core.MatchTally:
        return _core.play_match(first.core, opponent, seed, HANDS_PER_SEAT, first_deal, count)

    won = play_deals(play, num_deals, _DEALS_PER_PIECE, num_workers, on_progress)
    to_mbb = 1000 / chips_per_unit(first.game)
    return MatchResult(won.chips * to_mbb, won.ci95 * to_mbb, won.count, HANDS_PER_SEAT)


def chips_per_unit(game: GameConfig) -> int:
    """Returns the chips of a big blind; the toy games have antes of one chip instead."""
    return game.big_blind if game.name == "holdem" else 1


def _check_cards(first: Policy, second: Policy) -> None:
    for name in ("ranks", "flops"):
        ours, theirs = getattr(first.game, name), getattr(second.game, name)
        if ours != theirs:
            raise ConfigError(
                f"{second.path}: trained with {name} = {_text(theirs)}, {first.path} with "
                f"{name} = {_text(ours)}: the same deals must be possible in both"
            )


def _text(setting: int | tuple[str, ...] | None) -> str:
    if setting is None:
        return ALL
    return f"{setting}" if isinstance(setting, int) else f"a list of {len(setting)}"
