"""One number per sampler and game: a change of behaviour cannot go unnoticed.

A commit that changes a signature says so, and why. ``HOLDEM_UPDATE_SIGNATURES=1`` writes the new
ones: ``HOLDEM_UPDATE_SIGNATURES=1 python -m pytest tests/cfr/test_signatures.py``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from core_tools import DCFR, FOREVER, GAMES, LINEAR, make_solver

from holdem import _core

SIGNATURES = Path(__file__).with_name("signatures.json")
DISCOUNTS = {"none": None, "linear": LINEAR, "dcfr": DCFR, "cfr_plus": "cfr_plus"}
CASES = [
    f"{game}-{sampling}-{discount}"
    for game in GAMES
    for sampling in ("external", "outcome", "full_width", "public_chance")
    for discount in DISCOUNTS
    if not (game == "kuhn3" and sampling == "public_chance")
]


def signature(case: str) -> str:
    """Returns the XXH64 of regrets and strategy sums after 1000 iterations."""
    game, sampling, discount = case.split("-")
    layout = "node_rows" if game == "kuhn3" else "street_rows"
    if sampling == "public_chance":
        layout = "lane_rows"
    solver = make_solver(
        GAMES[game],
        sampling,
        DISCOUNTS[discount],
        layout=layout,
        interval=10,
        seed=20,
        pruning=(-20.0, 0.9),
    )
    solver.run(1000, FOREVER)
    checksum = _core.Xxh64()
    for table in (solver.regrets, solver.strategy_sums):
        checksum.update(table.tobytes())
    return f"{checksum.digest():016x}"


@pytest.mark.parametrize("case", CASES)
def test_signature(case: str) -> None:
    if os.environ.get("HOLDEM_UPDATE_SIGNATURES"):
        known = json.loads(SIGNATURES.read_text()) if SIGNATURES.exists() else {}
        known[case] = signature(case)
        kept = {name: known[name] for name in CASES if name in known}
        SIGNATURES.write_text(json.dumps(kept, indent=2) + "\n")
    assert signature(case) == json.loads(SIGNATURES.read_text())[case]
