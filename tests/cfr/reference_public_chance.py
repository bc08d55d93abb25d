"""A slow public-chance sampler to check the core against: one board, whole hands, doubles.

It knows the game as the core tells it (betting nodes, public states of the board that is drawn) and
nothing of shapes, groups, lanes, rows of equal buckets or sums by blocker: every hand is looked at
on its own, and what hands exclude one another is a matrix.

Source: Johanson, Bard, Lanctot, Gibson, Bowling 2012, "Efficient Nash equilibrium approximation
through Monte Carlo counterfactual regret minimization", public chance sampling; alternating updates
from Tammelin 2014; discounts from Brown and Sandholm 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from core_tools import DCFR, DECISION, nodes_of

from holdem import _core
from row_places import row_places

Vector = npt.NDArray[np.float64]

DEAL = 0  # Purpose::deal
FOLD = 1  # NodeKind::fold


@dataclass
class Street:
    """A street of the board that was drawn.

    Attributes:
        beats: [hand][hand of the other], 1, 0 or -1; 0 where one excludes the other.
        fits: likewise, 1 where both can be held.
        parents: [hand], its number on the street before.
        chance: Of the public cards, times what makes up for their being drawn.
    """

    buckets: npt.NDArray[np.int64]
    beats: Vector
    fits: Vector
    parents: npt.NDArray[np.int64]
    weight: float
    chance: float
    num_others: float


def draw_board(
    game: _core.Game, seed: int, instance: int, iteration: int
) -> tuple[list[Street], list[bool]]:
    """Returns the streets of an iteration's board, and on which of them folds are settled."""
    public = _core.PublicGame(game)
    random = _core.RandomStream(seed, instance, iteration, DEAL)
    states = [public.root(symmetric=False)]
    while len(states) < game.num_streets:
        states.append(public.sample_child(states[-1], random))
    streets: list[Street] = []
    for state in states:
        blockers = [set(pair) for pair in state.blockers]
        fits = np.array([[not (mine & other) for other in blockers] for mine in blockers], float)
        begins = state.strength_begin
        strength = np.searchsorted(begins, np.arange(len(blockers)), side="right")
        beats = np.sign(strength[:, None] - strength) * fits
        chance = state.weight * (streets[-1].chance if streets else 1)
        parents = state.hand_in_parent[0].astype(np.int64)
        buckets = state.bucket.astype(np.int64)
        streets.append(
            Street(buckets, beats, fits, parents, state.weight, chance, state.num_others)
        )
    return streets, public.settles_folds()


class ReferenceChance:
    """Tables of a core solver as doubles, and what iterations add to them.

    Attributes:
        regrets: [node of the betting tree][bucket, action]; None where nobody decides.
        strategy_sums: Likewise. Both are in the units of the core's tables.
        scale: [node], the largest number that what was added to its regrets is a difference of.
    """

    def __init__(
        self,
        solver: _core.Solver,
        game: _core.Game,
        mode: str = "none",
        interval: int = 1,
        *,
        seed: int,
        instance: int = 0,
    ) -> None:
        self.game, self.mode, self.interval = game, mode, interval
        self.seed, self.instance = seed, instance
        self.nodes = nodes_of(solver)
        self.places = row_places(solver.tree, game)
        self.iteration = solver.iteration
        self.take(solver)

    def take(self, solver: _core.Solver) -> None:
        """Takes up the tables of the core."""
        self.regrets = self.split(solver.regrets)
        self.strategy_sums = self.split(solver.strategy_sums)
        self.scale = np.zeros(len(self.nodes))

    def split(self, table: npt.NDArray[np.float32]) -> list[Vector | None]:
        """Returns a table of the core by node: [bucket, action]."""
        values, begin = table[self.places].astype(np.float64), 0
        by_node: list[Vector | None] = []
        for node in self.nodes:
            if node["kind"] != DECISION:
                by_node.append(None)
                continue
            shape = self.game.num_buckets(int(node["street"])), int(node["num_actions"])
            by_node.append(values[begin : begin + shape[0] * shape[1]].reshape(shape))
            begin += shape[0] * shape[1]
        assert begin == values.size
        return by_node

    def run_iteration(self) -> set[tuple[int, int]]:
        """Returns (street, bucket) of the rows that are updated."""
        block, in_block = divmod(self.iteration, self.interval)
        if self.mode == "dcfr" and block > 0 and in_block == 0:
            alpha, beta, _ = DCFR
            factors = block**alpha / (block**alpha + 1), block**beta / (block**beta + 1)
            for table in self.regrets:
                if table is not None:
                    table *= np.where(table > 0, *factors)
        self.regret_weight = block + 1 if self.mode == "linear" else 1
        gamma = {"none": 0, "linear": 1, "dcfr": 2, "cfr_plus": 1}[self.mode]
        self.strategy_weight = (block + 1) ** gamma
        self.streets, self.settles_folds = draw_board(
            self.game, self.seed, self.instance, self.iteration
        )
        for self.player in range(2):
            # Rows change as the walk leaves them, and nobody comes to a decision twice.
            ones = np.ones(len(self.streets[0].buckets))
            self.walk(0, 0, ones, ones)
        self.iteration += 1
        return {(s, b) for s, street in enumerate(self.streets) for b in street.buckets.tolist()}

    def walk(self, index: int, at: int, own: Vector, other: Vector) -> Vector:
        """Returns what hands of the player are worth at a node, and updates all below it.

        Args:
            at: The street whose hands ``own``, ``other`` and the result are of.
            own, other: [hand], reach probabilities.
        """
        node = self.nodes[index]
        if at < (street := self.street_of(node, at)):
            child = self.streets[at + 1]
            below = self.walk(index, at + 1, own[child.parents], other[child.parents])
            values = np.zeros(len(own))
            values[child.parents] = child.weight * below
            return values
        here = self.streets[street]
        if node["kind"] != DECISION:
            amount = float(node["amount"])
            if node["kind"] == FOLD:
                return (amount if self.player == 0 else -amount) * (here.fits @ other)
            return amount * (here.beats @ other)
        regrets = self.regrets[index]
        positive = np.maximum(regrets, 0)
        total = positive.sum(axis=1, keepdims=True)
        uniform = np.full(positive.shape, 1 / positive.shape[1])
        rows = np.divide(positive, total, out=uniform, where=total > 0)
        strategy = rows[here.buckets]
        children = [int(node["first_child"]) + a for a in range(int(node["num_actions"]))]
        if node["player"] != self.player:
            return sum(
                self.walk(child, at, own, other * strategy[:, a])
                for a, child in enumerate(children)
            )
        of_actions = np.column_stack(
            [self.walk(child, at, own * strategy[:, a], other) for a, child in enumerate(children)]
        )
        values = (strategy * of_actions).sum(axis=1)
        regret_weight = here.chance * self.regret_weight
        added, magnitude = np.zeros(regrets.shape), np.zeros(regrets.shape)
        np.add.at(added, here.buckets, regret_weight * (of_actions - values[:, None]))
        np.add.at(magnitude, here.buckets, regret_weight * np.abs(of_actions))
        self.scale[index] = max(self.scale[index], magnitude.max())
        regrets += added
        if self.mode == "cfr_plus":
            seen = np.unique(here.buckets)
            regrets[seen] = np.maximum(regrets[seen], 0)
        average = own[:, None] * strategy
        average *= here.chance * here.num_others * self.strategy_weight
        np.add.at(self.strategy_sums[index], here.buckets, average)
        return values

    def street_of(self, node: np.void, at: int) -> int:
        """Returns the street on which a node is looked at, when the walk is on street ``at``."""
        if node["kind"] == DECISION:
            return int(node["street"])
        if node["kind"] == FOLD:
            return at if self.settles_folds[at] else at + 1
        return len(self.streets) - 1
