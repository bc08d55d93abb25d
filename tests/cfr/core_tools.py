"""Solvers of the core for the tests, and the way from an infoset to its row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from reference_cfr import Infoset, Kuhn, Leduc, ReferenceGame, after, match_positive

from holdem import _core
from holdem.policy.content import NODE

FOREVER = math.inf
DECISION = 0

# (alpha, beta, gamma) of the discounted modes.
LINEAR = (1.0, 1.0, 1.0)
DCFR = (1.5, 0.0, 2.0)


def core_game(game: ReferenceGame) -> _core.Game:
    """Returns the game of the core that a reference game describes."""
    return _core.KuhnGame(game.num_players) if isinstance(game, Kuhn) else _core.LeducGame()


def options_of(
    sampling: str = "external",
    discount: tuple[float, float, float] | str | None = None,
    *,
    interval: int = 1,
    seed: int = 0,
    instance: int = 0,
    epsilon: float = 0.6,
    pruning: tuple[float, float] | None = None,
    frozen_players: int = 0,
    num_workers: int = 1,
) -> _core.SolverOptions:
    """Returns options of the core.

    Args:
        discount: (alpha, beta, gamma), "cfr_plus", or None.
        pruning: (threshold, probability).
    """
    options = _core.SolverOptions()
    options.sampling = getattr(_core.Sampling, sampling)
    options.seed, options.instance = seed, instance
    options.frozen_players, options.num_workers = frozen_players, num_workers
    how = _core.DiscountOptions()
    how.interval = interval
    if discount == "cfr_plus":
        how.floor_regrets_at_zero, how.gamma = True, 1.0
    elif discount is not None:
        how.discount_regrets = True
        how.alpha, how.beta, how.gamma = discount
    options.discount = how
    exploration = _core.ExplorationOptions()
    exploration.initial = exploration.final = epsilon
    options.exploration = exploration
    if pruning is not None:
        pruned = _core.PruningOptions()
        pruned.enabled, pruned.threshold, pruned.probability = True, *pruning
        options.pruning = pruned
    return options


def make_solver(
    game: _core.Game | ReferenceGame,
    sampling: str = "external",
    discount: tuple[float, float, float] | str | None = None,
    *,
    layout: str | None = None,
    memory_limit_bytes: int = 1 << 28,
    **options: Any,
) -> _core.Solver:
    """Returns a solver of the core; see ``options_of``.

    Args:
        layout: of a complete tree that the sampling can train, if ``None``.
    """
    if layout is None:
        layout = "lane_rows" if sampling == "public_chance" else "street_rows"
    if not isinstance(game, _core.Game):
        game = core_game(game)
    return _core.Solver(
        game,
        options_of(sampling, discount, **options),
        getattr(_core.TableLayout, layout),
        memory_limit_bytes,
    )


def nodes_of(solver: _core.Solver) -> np.ndarray:
    return solver.nodes.view(NODE)


def exploitability(solver: _core.Solver) -> float:
    profile = solver.evaluate_average_strategy()
    gains = np.subtract(profile.best_response_value, profile.value)
    return float(gains.mean())


@dataclass(frozen=True)
class Row:
    """Where an infoset is in both tables: its first float, its actions, the stamp of its strip, and
    how far apart its actions are."""

    start: int
    num_actions: int
    stamp: int
    stride: int = 1

    @property
    def slice(self) -> slice:
        return slice(self.start, self.start + self.num_actions * self.stride, self.stride)


def place(
    solver: _core.Solver, nodes: np.ndarray, index: int, bucket: int
) -> tuple[int, int] | None:
    """Returns (row, stamp) by the rules of betting_tree.hpp; None for no place yet."""
    node = nodes[index]
    base, stride = int(node["base"]), int(node["row_stride"])
    shift, lead = int(node["strip_shift"]), int(node["lead"])
    strip, in_strip = bucket >> shift, bucket & ((1 << shift) - 1)
    if solver.layout == _core.TableLayout.lane_rows:
        return base + bucket * stride, 0
    if solver.layout == _core.TableLayout.street_rows:
        stamp = base - lead + strip * ((stride << shift) + 1)
        return base + bucket * stride + strip, stamp
    if base == 0:
        return None
    # Strips of a growing tree lie in the order in which they got their place, from float 1 on.
    start = 1
    owners = sorted((int(nodes[n]["base"]), int(n)) for n in solver.grown_nodes)
    bases = [b for b, _ in owners]
    for listed in solver.grown_strips:
        if listed == base + strip:
            return start + 1 + in_strip * stride, start
        owner = nodes[owners[np.searchsorted(bases, listed, side="right") - 1][1]]
        start += (int(owner["row_stride"]) << int(owner["strip_shift"])) + 1
    return None


def rows_of(solver: _core.Solver, game: ReferenceGame) -> dict[Infoset, Row]:
    """Finds the row of each infoset by walking tree and reference game side by side."""
    nodes = nodes_of(solver)
    rows: dict[Infoset, Row] = {}

    def visit(index: int, deal: tuple[int, ...], history: str) -> None:
        actions = game.actions(history)
        node = nodes[index]
        assert (node["kind"] == DECISION) == bool(actions)
        if not actions:
            return
        assert node["num_actions"] == len(actions)
        assert node["player"] == game.player(history)
        infoset = game.infoset(deal, history)
        if infoset not in rows:
            _, card, board, _ = infoset
            found = place(solver, nodes, index, card if board < 0 else card * 3 + board)
            if found is not None:
                stride = int(node["action_stride"])
                rows[infoset] = Row(found[0], len(actions), found[1], stride)
        if node["base"] != 0:
            for a, action in enumerate(actions):
                visit(int(node["first_child"]) + a, deal, after(game, history, action))

    for _, deal in game.deals():
        visit(0, deal, "")
    return rows


class TableStrategy:
    """The strategy that a table of the core stands for."""

    def __init__(self, table: np.ndarray, rows: dict[Infoset, Row]) -> None:
        self._table = table
        self._rows = rows

    def __call__(self, infoset: Infoset, num_actions: int) -> list[float]:
        row = self._rows.get(infoset)
        if row is None:
            return [1 / num_actions] * num_actions
        return match_positive([float(value) for value in self._table[row.slice]])


GAMES: dict[str, ReferenceGame] = {"kuhn": Kuhn(), "kuhn3": Kuhn(3), "leduc": Leduc()}
