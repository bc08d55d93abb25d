"""A slow CFR to check the core against, written from the definitions over explicit histories.

A history is a deal and the string of actions taken so far; an infoset is what its player has seen
of it. Nothing here knows of betting trees, buckets or tables.

Source: Zinkevich, Johanson, Bowling, Piccione 2007, "Regret minimization in games with incomplete
information"; alternating updates and regret matching plus: Tammelin 2014; discounts: Brown and
Sandholm 2019.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

Deal = tuple[int, ...]
Infoset = tuple[int, int, int, str]  # player, own card, board card or -1, actions
Strategy = Callable[[Infoset, int], list[float]]  # (infoset, number of actions) -> probabilities


class ReferenceGame(Protocol):
    """A game over explicit histories. Actions are listed in the order of the core."""

    num_players: int

    def deals(self) -> list[tuple[Fraction, Deal]]: ...
    def actions(self, history: str) -> str: ...
    def player(self, history: str) -> int: ...
    def payoffs(self, deal: Deal, history: str) -> list[float]: ...
    def infoset(self, deal: Deal, history: str) -> Infoset: ...


@dataclass(frozen=True)
class Kuhn:
    """Kuhn poker; actions are p (pass: check or fold) and b (bet: bet or call)."""

    num_players: int = 2

    def deals(self) -> list[tuple[Fraction, Deal]]:
        hands = list(itertools.permutations(range(self.num_players + 1), self.num_players))
        return [(Fraction(1, len(hands)), hand) for hand in hands]

    def actions(self, history: str) -> str:
        if "b" not in history:
            return "" if len(history) == self.num_players else "pb"
        answers = len(history) - history.index("b") - 1
        return "" if answers == self.num_players - 1 else "pb"

    def player(self, history: str) -> int:
        return len(history) % self.num_players

    def payoffs(self, deal: Deal, history: str) -> list[float]:
        players = range(self.num_players)
        paid = [1] * self.num_players
        for position, action in enumerate(history):
            if action == "b":
                paid[position % self.num_players] = 2
        staying = [p for p in players if paid[p] == 2] or list(players)
        winner = max(staying, key=lambda p: deal[p])
        return [sum(paid) * (p == winner) - paid[p] for p in players]

    def infoset(self, deal: Deal, history: str) -> Infoset:
        player = self.player(history)
        return player, deal[player], -1, history


@dataclass(frozen=True)
class Leduc:
    """Leduc hold'em, six cards; actions are f, c (check or call) and r; "/" deals the board.

    A card is rank * 2 + suit. ``suits`` says whether an infoset tells suits apart.
    """

    suits: bool = False
    num_players: int = 2

    def deals(self) -> list[tuple[Fraction, Deal]]:
        deals = list(itertools.permutations(range(6), 3))
        return [(Fraction(1, len(deals)), deal) for deal in deals]

    def actions(self, history: str) -> str:
        street = history.split("/")[-1]
        if history.endswith("f") or ("/" in history and _street_is_over(street)):
            return ""
        return ("f" if street.endswith("r") else "") + "c" + ("r" if street.count("r") < 2 else "")

    def player(self, history: str) -> int:
        return len(history.split("/")[-1]) % 2

    def payoffs(self, deal: Deal, history: str) -> list[float]:
        paid = [1, 1]
        for street, raise_chips in zip(history.split("/"), (2, 4), strict=False):
            for position, action in enumerate(street):
                me = position % 2
                if action != "f":
                    paid[me] = max(paid) + (raise_chips if action == "r" else 0)
        if history.endswith("f"):
            loser = self.player(history[:-1])
            return [-paid[p] if p == loser else paid[1 - p] for p in range(2)]
        first, second = (self._strength(deal[p], deal[2]) for p in range(2))
        won = paid[0] * ((first > second) - (first < second))
        return [won, -won]

    def infoset(self, deal: Deal, history: str) -> Infoset:
        player = self.player(history)
        board = deal[2] if "/" in history else -2
        if self.suits:
            return player, deal[player], board, history
        return player, deal[player] // 2, board // 2, history

    @staticmethod
    def _strength(card: int, board: int) -> int:
        return card // 2 + 10 * (card // 2 == board // 2)


def _street_is_over(street: str) -> bool:
    return len(street) >= 2 and street.endswith("c")


def after(game: ReferenceGame, history: str, action: str) -> str:
    """Returns the history after an action, with the board dealt where a street ends."""
    history += action
    if isinstance(game, Leduc) and "/" not in history and _street_is_over(history):
        history += "/"
    return history


def infosets(game: ReferenceGame) -> set[Infoset]:
    """Lists every infoset of the game."""

    def visit(deal: Deal, history: str) -> Iterator[Infoset]:
        actions = game.actions(history)
        if actions:
            yield game.infoset(deal, history)
        for action in actions:
            yield from visit(deal, after(game, history, action))

    return {infoset for _, deal in game.deals() for infoset in visit(deal, "")}


@dataclass
class Counterfactuals:
    """What one profile means at each infoset.

    Attributes:
        regrets: [infoset][action], counterfactual value of the action less that of the infoset.
        own_reach: [infoset], probability that its player's own choices lead there.
        deal_probability: [infoset], probability that the cards are as its player sees them.
        value: [player], expected payoff.
    """

    regrets: dict[Infoset, list[float]]
    own_reach: dict[Infoset, float]
    deal_probability: dict[Infoset, float]
    value: list[float]


def counterfactuals(game: ReferenceGame, strategy: Strategy) -> Counterfactuals:
    """Evaluates a profile at every history."""
    result = Counterfactuals({}, {}, defaultdict(float), [0.0] * game.num_players)

    def visit(deal: Deal, history: str, reach: list[float]) -> list[float]:
        """Returns the payoffs expected from here; reach: [player..., chance]."""
        actions = game.actions(history)
        if not actions:
            return game.payoffs(deal, history)
        infoset, player = game.infoset(deal, history), game.player(history)
        sigma = strategy(infoset, len(actions))
        below = []
        for action, probability in zip(actions, sigma, strict=True):
            onward = reach.copy()
            onward[player] *= probability
            below.append(visit(deal, after(game, history, action), onward))
        value = [
            sum(s * payoffs[p] for s, payoffs in zip(sigma, below, strict=True))
            for p in range(game.num_players)
        ]
        cf_reach = _product(reach[:player] + reach[player + 1 :])
        regrets = result.regrets.setdefault(infoset, [0.0] * len(actions))
        for a, payoffs in enumerate(below):
            regrets[a] += cf_reach * (payoffs[player] - value[player])
        result.own_reach[infoset] = reach[player]
        result.deal_probability[infoset] += reach[-1]
        return value

    for probability, deal in game.deals():
        reach = [1.0] * game.num_players + [float(probability)]
        for player, value in enumerate(visit(deal, "", reach)):
            result.value[player] += float(probability) * value
    return result


def _product(factors: list[float]) -> float:
    product = 1.0
    for factor in factors:
        product *= factor
    return product


def match_positive(row: list[float]) -> list[float]:
    """Regret matching: proportional to the positive part, uniform where there is none."""
    positive = [max(value, 0.0) for value in row]
    total = sum(positive)
    return [value / total for value in positive] if total > 0 else [1 / len(row)] * len(row)


class ReferenceCfr:
    """CFR and its discounted variants, eagerly: every discount sweeps both tables.

    Args:
        discount: (alpha, beta, gamma); alpha or beta None: those regrets keep their weight.
        floor_at_zero: Regret matching plus.
    """

    def __init__(
        self,
        game: ReferenceGame,
        discount: tuple[float | None, float | None, float] = (None, None, 0.0),
        floor_at_zero: bool = False,
    ) -> None:
        self.game = game
        self.discount = discount
        self.floor_at_zero = floor_at_zero
        self.regrets: dict[Infoset, list[float]] = {}
        self.strategy_sums: dict[Infoset, list[float]] = {}
        self.iteration = 0

    def current(self, infoset: Infoset, num_actions: int) -> list[float]:
        return match_positive(self.regrets.get(infoset, [0.0] * num_actions))

    def average(self, infoset: Infoset, num_actions: int) -> list[float]:
        return match_positive(self.strategy_sums.get(infoset, [0.0] * num_actions))

    def run(self, iterations: int) -> None:
        for _ in range(iterations):
            if self.iteration > 0:
                self._apply_discount(self.iteration)
            for player in range(self.game.num_players):
                self._update(player)
            self.iteration += 1

    def _update(self, player: int) -> None:
        seen = counterfactuals(self.game, self.current)
        for infoset, increments in seen.regrets.items():
            if infoset[0] != player:
                continue
            sigma = self.current(infoset, len(increments))
            regrets = self.regrets.setdefault(infoset, [0.0] * len(increments))
            sums = self.strategy_sums.setdefault(infoset, [0.0] * len(increments))
            weight = seen.own_reach[infoset] * seen.deal_probability[infoset]
            for a, increment in enumerate(increments):
                regrets[a] += increment
                if self.floor_at_zero:
                    regrets[a] = max(regrets[a], 0.0)
                sums[a] += weight * sigma[a]

    def _apply_discount(self, t: int) -> None:
        alpha, beta, gamma = self.discount
        positive = 1.0 if alpha is None else t**alpha / (t**alpha + 1)
        negative = 1.0 if beta is None else t**beta / (t**beta + 1)
        for row in self.regrets.values():
            row[:] = [r * (positive if r > 0 else negative) for r in row]
        for row in self.strategy_sums.values():
            row[:] = [s * (t / (t + 1)) ** gamma for s in row]


def best_response_value(game: ReferenceGame, strategy: Strategy, player: int) -> float:
    """Returns what ``player`` wins at most while the others play ``strategy``."""
    members: dict[Infoset, list[tuple[float, Deal, str]]] = defaultdict(list)
    choices: dict[Infoset, str] = {}

    def collect(deal: Deal, history: str, cf_reach: float) -> None:
        actions = game.actions(history)
        if not actions:
            return
        infoset = game.infoset(deal, history)
        own = infoset[0] == player
        if own:
            members[infoset].append((cf_reach, deal, history))
        sigma = [1.0] * len(actions) if own else strategy(infoset, len(actions))
        for action, probability in zip(actions, sigma, strict=True):
            collect(deal, after(game, history, action), cf_reach * probability)

    def value(deal: Deal, history: str) -> float:
        actions = game.actions(history)
        if not actions:
            return game.payoffs(deal, history)[player]
        infoset = game.infoset(deal, history)
        if infoset[0] == player:
            return value(deal, after(game, history, choice(infoset, actions)))
        sigma = strategy(infoset, len(actions))
        return sum(
            s * value(deal, after(game, history, a)) for s, a in zip(sigma, actions, strict=True)
        )

    def choice(infoset: Infoset, actions: str) -> str:
        if infoset not in choices:
            choices[infoset] = max(
                actions,
                key=lambda a: sum(
                    reach * value(deal, after(game, history, a))
                    for reach, deal, history in members[infoset]
                ),
            )
        return choices[infoset]

    deals = game.deals()
    for probability, deal in deals:
        collect(deal, "", float(probability))
    return sum(float(probability) * value(deal, "") for probability, deal in deals)
