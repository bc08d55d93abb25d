"""Evaluations of one policy: matches, exact exploitability or a bound of it, and their cautions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from holdem.evaluation.exploitability import (
    ExactEvaluation,
    Exploitability,
    exact_exploitability,
    mbb_per_hand,
)
from holdem.evaluation.exploiter import train_exploiter
from holdem.evaluation.local_best_response import LBR_BETS, LocalBestResponse
from holdem.evaluation.match import MatchResult, play_match, simple_player
from holdem.policy.policy import Policy
from holdem.types import GameConfig

# Called with what is being done and how much of it is: deals against an opponent, or a share.
MatchProgress = Callable[[str, float], None]

_FEW_DEALS = 1000


@dataclass(frozen=True)
class Evaluation:
    """What was found out about one policy.

    Attributes:
        matches: By opponent.
        exploitability: By name of the policy (there may be an earlier one).
        game: That the exploitability belongs to, where it is not the policy's: other flops.
        exploiter_chips: What each player's exploiter, bound to the policy's buckets, wins from it.
        lower_bound: What a local best response wins, a lower bound of the exploitability.
    """

    policy: Policy
    matches: Mapping[str, MatchResult]
    exploitability: Mapping[str, Exploitability]
    game: GameConfig | None = None
    exploiter_chips: tuple[float, ...] = ()
    lower_bound: LocalBestResponse | None = None

    @property
    def exploiter_mbb(self) -> float | None:
        """What exploiters win, shared among the players; a lower bound of any such exploiter's."""
        if not self.exploiter_chips:
            return None
        return mbb_per_hand(sum(self.exploiter_chips) / len(self.exploiter_chips), self.policy.game)

    @property
    def unit(self) -> str:
        """Thousandths of what a result a hand is in."""
        return "mbb/hand" if self.policy.game.name == "holdem" else "thousandths of the ante a hand"

    def cautions(self) -> list[str]:
        """Returns what a reader must not make of the numbers."""
        lines = []
        if self.matches:
            lines.append(
                "A match says what the strategy wins from this opponent. It is not exploitability: "
                "who beats simple players may still lose to an opponent that adapts."
            )
        if self.lower_bound is not None:
            lines.append(
                "A local best response wins a lower bound of what a best response wins: the "
                "strategy loses at least that much to somebody. Compare bounds of the same bets, "
                "streets and stacks only."
            )
        counts = [result.num_deals for result in self.matches.values()]
        counts += [] if self.lower_bound is None else [self.lower_bound.num_hands // 2]
        if any(count < _FEW_DEALS for count in counts):
            lines.append(
                f"Fewer than {_FEW_DEALS:,} deals: the intervals themselves are not reliable."
            )
        if self.exploitability and self.policy.game.name == "holdem":
            lines.append(
                "Exploitability is what best responses that see real cards win, exact for this "
                "game and these flops."
            )
        if self.exploiter_chips:
            lines.append(
                "The exploiter sees no more than the strategy's own buckets, and is trained: what "
                "it wins is a lower bound. The difference is what the buckets cost."
            )
        open_results = [
            name
            for name, result in self.matches.items()
            if result.ci95 > 0 and not result.is_significant
        ]
        if open_results:
            lines.append(
                f"No difference shown against {', '.join(open_results)}: zero lies inside the "
                "interval. More deals narrow it."
            )
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Returns everything as plain data."""
        return {
            "checkpoint": str(self.policy.path),
            "game": self.policy.game.name,
            "iteration": self.policy.iteration,
            "unit": self.unit,
            "matches": [
                {"opponent": name, "num_hands": result.num_hands, **asdict(result)}
                for name, result in self.matches.items()
            ],
            "exploitability": [
                {
                    "policy": name,
                    "exploitability_chips": exact.exploitability_chips,
                    "mbb_per_hand": mbb_per_hand(exact.exploitability_chips, self.policy.game),
                    **asdict(exact),
                }
                for name, exact in self.exploitability.items()
            ],
            "exploited_game": (self.game or self.policy.game).settings(),
            "exploiter_chips": list(self.exploiter_chips),
            "exploiter_mbb_per_hand": self.exploiter_mbb,
            "lower_bounds": [] if self.lower_bound is None else [_bound_as_dict(self.lower_bound)],
            "cautions": self.cautions(),
        }


def _bound_as_dict(bound: LocalBestResponse) -> dict[str, Any]:
    return {
        "method": "lbr",
        "menu": bound.bets,
        "actions": LBR_BETS[bound.bets].meaning,
        "streets": bound.streets,
        "hands": bound.num_hands,
        "mbb_per_hand": bound.mbb_per_hand,
        "ci95": bound.ci95,
        "interval": list(bound.interval),
    }


def evaluate_matches(
    policy: Policy,
    opponents: Mapping[str, Policy],
    simple_players: Sequence[str],
    num_deals: int,
    seed: int,
    on_progress: MatchProgress,
) -> Evaluation:
    """Plays a policy against others and against simple players, the same deals each time.

    Raises:
        ConfigError: As ``play_match``.
    """
    results = {}
    for name in (*opponents, *simple_players):
        on_progress(name, 0)
        opponent = opponents[name] if name in opponents else simple_player(name, policy)
        results[name] = play_match(
            policy,
            opponent,
            num_deals,
            seed,
            on_progress=lambda done, name=name: on_progress(name, done),  # type: ignore[misc]
        )
    return Evaluation(policy, results, {})


def evaluate_exactly(policies: Mapping[str, Policy]) -> Evaluation:
    """Computes the exploitability of policies of a toy game; the first is the one evaluated."""
    exact = {name: exact_exploitability(policy) for name, policy in policies.items()}
    return Evaluation(next(iter(policies.values())), {}, exact)


def evaluate_exploitability(
    evaluation: ExactEvaluation,
    policy: Policy,
    exploiter_seconds: float,
    keep_in: Path | None,
    on_progress: MatchProgress,
) -> Evaluation:
    """Computes the exploitability of a policy, and trains exploiters bound to its buckets.

    Args:
        exploiter_seconds: Training of each player's exploiter; 0: none.
        keep_in: File for what has been found so far, of the best responses.
        on_progress: Called with the name of a step and the share of it that is done.
    """

    def showing(step: str) -> Callable[[float], None]:
        return lambda share: on_progress(step, share)

    exact = evaluation.exploitability(
        with_values=policy.game.name != "holdem",
        keep_in=keep_in,
        on_progress=showing("best responses"),
    )
    won = []
    for player in range(policy.game.num_players) if exploiter_seconds > 0 else ():
        strategies = [policy.core] * policy.game.num_players
        strategies[player] = train_exploiter(
            policy.core,
            evaluation.core_game,
            player,
            seconds=exploiter_seconds,
            on_progress=lambda _, spent: on_progress(
                "training an exploiter", spent / exploiter_seconds
            ),
        )
        won.append(evaluation.value_of(strategies, player, showing("what the exploiter wins")))
    name = f"iteration {policy.iteration:,}"
    return Evaluation(policy, {}, {name: exact}, evaluation.game, tuple(won))
