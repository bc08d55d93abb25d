"""Evaluations of one policy: a list of matches, or exact exploitability, and what to beware of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from holdem.evaluation.exploitability import Exploitability, exact_exploitability
from holdem.evaluation.match import MatchResult, play_match, simple_player
from holdem.policy.policy import Policy

# Called with the name of the opponent and the number of deals played against it.
MatchProgress = Callable[[str, int], None]

_FEW_DEALS = 1000


@dataclass(frozen=True)
class Evaluation:
    """What was found out about one policy.

    Attributes:
        matches: By opponent.
        exploitability: By name of the policy (there may be an earlier one); toy games only.
    """

    policy: Policy
    matches: Mapping[str, MatchResult]
    exploitability: Mapping[str, Exploitability]

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
        if any(result.num_deals < _FEW_DEALS for result in self.matches.values()):
            lines.append(
                f"Fewer than {_FEW_DEALS:,} deals: the intervals themselves are not reliable."
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
                    **asdict(exact),
                }
                for name, exact in self.exploitability.items()
            ],
            "cautions": self.cautions(),
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
