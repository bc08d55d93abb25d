"""The form in which a policy is saved: what a solver writes and ``Policy`` reads."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

POLICY_FORMAT = "holdem policy"

Array: TypeAlias = npt.NDArray[Any]

# The node of cpp/tree/betting_tree.hpp.
NODE = np.dtype(
    [
        ("base", "<u8"),
        ("row_stride", "<u4"),
        ("lead", "<u4"),
        ("first_child", "<u4"),
        ("amount", "<i4"),
        ("kind", "u1"),
        ("player", "u1"),
        ("street", "u1"),
        ("num_actions", "u1"),
        ("strip_shift", "u1"),
        ("action_stride", "u1"),
        ("_unused", "V2"),
    ]
)


def betting_tree_columns(nodes: Array, action_codes: Array) -> dict[str, Array]:
    """Returns a betting tree as one array a field, [num_nodes] each, copies.

    ``action_stride`` is left out where the actions of every row are neighbours.

    Args:
        nodes: The core's nodes, uint8 [32 * num_nodes].
        action_codes: The action that leads to each node, int32 [num_nodes].
    """
    records = nodes.view(NODE)
    names = [name for name in NODE.names or () if name != "_unused"]
    columns = {name: np.ascontiguousarray(records[name]) for name in names}
    if (columns["action_stride"] == 1).all():
        del columns["action_stride"]
    return columns | {"action_code": action_codes}
