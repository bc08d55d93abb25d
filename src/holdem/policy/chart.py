"""The first decision of a game as a chart of starting hands: the mix of actions of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdem.grid.grid import Cell, Grid, Rgb, Shade
from holdem.grid.starting_hands import GRID_RANKS, num_combinations
from holdem.policy.policy import CALL, FOLD, Policy
from holdem.types import GameConfig

_FOLD_COLOUR: Rgb = (71, 98, 138)
_CALL_COLOUR: Rgb = (46, 150, 110)
_SMALLEST_RAISE: Rgb = (214, 106, 62)
_LARGEST_RAISE: Rgb = (168, 42, 58)
_ALL_IN_COLOUR: Rgb = (112, 32, 84)
_NEARLY_ALWAYS = 0.95


@dataclass(frozen=True)
class ChartAction:
    """One action of the legend.

    Attributes:
        label: In words, chips as big blinds.
        letter: A single sign for terminals without colours, different for each action.
        shade: Its colour.
        share: How often it is taken over all combinations of two cards, 0 to 1.
    """

    label: str
    letter: str
    shade: Shade
    share: float

    @property
    def taken(self) -> str:
        """What it is and how often it is taken."""
        return f"{self.label} {self.share:.1%}"


@dataclass(frozen=True)
class Chart:
    """The mix of actions of every starting hand at the first decision.

    Attributes:
        title, subtitle: One line each.
        actions: In the order they are drawn, the most aggressive first.
        mixes: Probabilities, [size, size, num_actions] in the order of ``actions``; aces first,
            suited hands above the diagonal.
    """

    title: str
    subtitle: str
    actions: tuple[ChartAction, ...]
    mixes: npt.NDArray[np.float32]

    def grid(self) -> Grid:
        """Returns it as a grid to draw."""
        legend = "   ".join(f"{action.letter} = {action.taken}" for action in self.actions)
        return Grid(
            self.title,
            self.subtitle,
            cells=tuple(tuple(map(self._cell, row)) for row in self.mixes),
            legend=tuple((action.taken, action.shade) for action in self.actions),
            plain_legend=(
                legend,
                "Suited above the diagonal. The likeliest action; 7 means in seven tenths of "
                "hands,",
                "no number: (nearly) always.",
            ),
        )

    def _cell(self, mix: npt.NDArray[np.float32]) -> Cell:
        shades = (action.shade for action in self.actions)
        likeliest = int(np.argmax(mix))
        share = float(mix[likeliest])
        letter = self.actions[likeliest].letter
        return Cell(
            bars=tuple(zip(map(float, mix), shades, strict=True)),
            plain=letter if share >= _NEARLY_ALWAYS else f"{letter}{min(9, round(10 * share))}",
        )


def preflop_chart(policy: Policy) -> Chart:
    """Makes the chart of a policy's first decision.

    Raises:
        ConfigError: The game is not hold'em.
    """
    mixes = policy.preflop_strategy()[:, :, ::-1]
    codes = policy.decision().actions[::-1]
    player = policy.decision().player
    size = range(policy.game.ranks)
    weights = np.array([[num_combinations(row, column) for column in size] for row in size])
    shares = np.einsum("rc,rca->a", weights, mixes) / weights.sum()
    raises = [code for code in codes if code > 0]
    actions = tuple(
        _action(policy.game, player, code, raises, float(share))
        for code, share in zip(codes, shares, strict=True)
    )
    return Chart(_title(policy.game), _subtitle(policy), actions, mixes)


def _action(
    game: GameConfig, player: int, code: int, raises: list[int], share: float
) -> ChartAction:
    if code == FOLD:
        return ChartAction("fold", "F", Shade(_FOLD_COLOUR, "blue"), share)
    if code == CALL:
        return ChartAction("call", "C", Shade(_CALL_COLOUR, "green"), share)
    if code == game.stacks[player] - game.ante:
        return ChartAction("all-in", "A", Shade(_ALL_IN_COLOUR, "yellow"), share)
    # `raises` come largest first; the smallest is R, the next S and so on.
    rank = len(raises) - 1 - raises.index(code)
    blend = rank / max(1, len(raises) - 1)
    colour = tuple(
        round(low + (high - low) * blend)
        for low, high in zip(_SMALLEST_RAISE, _LARGEST_RAISE, strict=True)
    )
    label = f"raise to {code / game.big_blind:g} bb"
    letter = "RSTUVW"[rank]
    shade = Shade((colour[0], colour[1], colour[2]), "magenta" if rank else "red")
    return ChartAction(label, letter, shade, share)


def _title(game: GameConfig) -> str:
    if game.num_players == 2:
        return "First decision: the button's opening"
    return f"First decision: the first of {game.num_players} players to act"


def _subtitle(policy: Policy) -> str:
    game = policy.game
    kind = "Heads-up" if game.num_players == 2 else f"{game.num_players}-player"
    shortest, deepest = (size / game.big_blind for size in (min(game.stacks), max(game.stacks)))
    depth = f"{deepest:g} bb" if shortest == deepest else f"{shortest:g} to {deepest:g} bb"
    deck = "" if game.ranks == len(GRID_RANKS) else f" with {game.ranks} ranks"
    return f"{kind} no-limit hold'em{deck}, {depth}, iteration {policy.iteration:,}"
