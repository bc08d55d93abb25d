"""Local best responses: a lower bound of what a strategy loses in the full game of hold'em.

A local best response knows the strategy it plays against, and so how likely its opponent holds each
hand. It may bet what the strategy's own tree does not have, and takes the action that would be best
if nobody bet after it. A best response wins at least as much: the number is a lower bound of the
exploitability, and never the exploitability.

A bound belongs to the bets and streets with which it was found. Compare it with others of the same
ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdem import _core
from holdem.errors import ConfigError
from holdem.evaluation.match import chips_per_unit
from holdem.evaluation.pieces import MAX_DEALS, Progress, check_seed, play_deals
from holdem.policy.policy import Policy
from holdem.types import STREETS

# As many sizes as Lisy and Bowling 2017 have in their largest set; that these are theirs is not
# known.
_FRACTIONS_OF_56 = tuple(tenth / 10 for tenth in range(1, 56))

DEFAULT_HANDS = 200_000
DEFAULT_STREETS = "turn-river"
_DEALS_PER_PIECE = 500


@dataclass(frozen=True)
class LbrBets:
    """What a local best response may do beside folding and calling.

    Attributes:
        pot_fractions: Bets and raises, as fractions of the pot after calling.
        all_in: Whether it may bet all its chips.
        tree: Whether it may make the bets of the strategy's own tree.
        meaning: In words.
    """

    pot_fractions: tuple[float, ...]
    all_in: bool
    tree: bool
    meaning: str


LBR_BETS = {
    "fc": LbrBets((), False, False, "fold, call"),
    "fcpa": LbrBets((1.0,), True, False, "fold, call, pot, all-in"),
    "tree": LbrBets((), False, True, "fold, call, the bets of the strategy's own tree"),
    "56bets": LbrBets(
        _FRACTIONS_OF_56, True, False, "fold, call, 0.1 to 5.5 pots in tenths, all-in"
    ),
}
DEFAULT_BETS = "fcpa"


@dataclass(frozen=True)
class LocalBestResponse:
    """What a local best response wins.

    Attributes:
        mbb_per_hand: Thousandths of a big blind a hand, on average over both seats.
        ci95: Half width of the 95 % confidence interval, same unit.
        num_hands: Hands that were played, each deal from both seats.
        bets: Name among ``LBR_BETS``.
        streets: Where it chose; elsewhere it checked and called.
    """

    mbb_per_hand: float
    ci95: float
    num_hands: int
    bets: str
    streets: str

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval."""
        return self.mbb_per_hand - self.ci95, self.mbb_per_hand + self.ci95


def local_best_response(
    policy: Policy,
    num_hands: int = DEFAULT_HANDS,
    seed: int = 0,
    *,
    bets: str = DEFAULT_BETS,
    streets: str = DEFAULT_STREETS,
    num_workers: int | None = None,
    on_progress: Progress | None = None,
) -> LocalBestResponse:
    """Plays a local best response against a strategy of heads-up hold'em.

    Its results are expected values over the hands that the opponent may hold
    (cpp/evaluation/local_best_response.hpp): they vary less than those of cards drawn, and have the
    same mean.

    Args:
        num_hands: At least 4, rounded up to whole deals of two hands.
        seed: Of cards and actions.
        bets: Name among ``LBR_BETS``.
        streets: Where it chooses: ``FIRST-LAST``, or ``FIRST`` for all from there on.
        num_workers: Threads, by default one a CPU; changes nothing but the time.
        on_progress: Hears of the deals played so far.

    Raises:
        ConfigError: Another game, or a setting that cannot be.
    """
    if policy.game.name != "holdem":
        raise ConfigError(
            f"{policy.path}: local best responses play hold'em only; {policy.game.name} has exact "
            "ones"
        )
    if policy.game.num_players != 2:
        raise ConfigError(
            f"{policy.path}: local best responses are for two players, this game has "
            f"{policy.game.num_players}; play matches instead"
        )
    if not 4 <= num_hands <= 2 * MAX_DEALS:
        raise ConfigError(f"hands = {num_hands}: must be 4 to {2 * MAX_DEALS}")
    check_seed(seed)
    if bets not in LBR_BETS:
        raise ConfigError(f"bets '{bets}': must be one of {', '.join(LBR_BETS)}")
    chooses = _chooses(streets)
    menu = LBR_BETS[bets]
    plays = _core.LocalBestResponse(
        policy.core, seed, menu.pot_fractions, menu.all_in, menu.tree, chooses
    )
    won = play_deals(plays.play, (num_hands + 1) // 2, _DEALS_PER_PIECE, num_workers, on_progress)
    to_mbb = 1000 / chips_per_unit(policy.game)
    where = [street for street, chosen in zip(STREETS, chooses, strict=True) if chosen]
    return LocalBestResponse(
        won.chips * to_mbb, won.ci95 * to_mbb, 2 * won.count, bets, f"{where[0]}-{where[-1]}"
    )


def _chooses(streets: str) -> list[bool]:
    """Returns for each street whether it is in the range."""
    first, dash, last = streets.partition("-")
    names: tuple[str, ...] = STREETS
    if first not in names or (dash and last not in names):
        raise ConfigError(
            f"streets '{streets}': must be FIRST or FIRST-LAST of {', '.join(STREETS)}"
        )
    begin, end = names.index(first), names.index(last) if dash else len(names) - 1
    if end < begin:
        raise ConfigError(f"streets '{streets}': {last} comes before {first}")
    return [begin <= street <= end for street in range(len(names))]
