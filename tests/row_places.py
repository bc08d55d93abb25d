"""Where the tables of a complete betting tree keep what, in any layout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.policy.content import NODE


def row_places(tree: _core.BettingTree, game: _core.Game) -> npt.NDArray[np.int64]:
    """Returns the float of every infoset and action, ordered by node, bucket and action.

    The rules are those of tree/betting_tree.hpp. The order is the same for all layouts.
    """
    nodes = tree.nodes.view(NODE)
    places = []
    for node in nodes[nodes["kind"] == 0]:
        buckets = np.arange(game.num_buckets(int(node["street"])))[:, None]
        actions = np.arange(int(node["num_actions"]))
        rows = int(node["base"]) + buckets * int(node["row_stride"])
        rows += buckets >> int(node["strip_shift"])
        places.append((rows + actions * int(node["action_stride"])).ravel())
    return np.concatenate(places)


def in_lanes(
    strategy: _core.AverageStrategy, game: _core.Game
) -> tuple[_core.BettingTree, npt.NDArray[np.float32]]:
    """Returns a tree whose rows lie in lanes, and the table of a complete tree's strategy there."""
    tree = _core.BettingTree(game, _core.TableLayout.lane_rows, 10**7)
    table = np.zeros(tree.table_floats, np.float32)
    table[row_places(tree, game)] = strategy.strategy_sums[row_places(strategy.tree, game)]
    return tree, table
