"""Kuhn and Leduc are worth what they were worth when every deal was listed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from holdem import _core

GAMES: dict[str, Callable[[], _core.Game]] = {
    "kuhn": _core.KuhnGame,
    "kuhn3": lambda: _core.KuhnGame(3),
    "leduc": _core.LeducGame,
    "leduc 5x3x3": lambda: _core.LeducGame(5, 3, 3),
}
ITERATIONS = {"uniform": 0, "external": 300, "outcome": 2000}

# Values, and values of best responses, of average strategies whose bytes a seed fixes. Written down
# from a walk over all deals that the one over public states has replaced.
KNOWN: dict[tuple[str, str], tuple[list[float], list[float]]] = {
    ("kuhn", "uniform"): ([0.12500000000000006, -0.12500000000000006], [0.5, 0.4166666666666666]),
    ("kuhn", "external"): (
        [-0.030227189068194937, 0.030227189068194937],
        [0.00361377140507102, 0.11474928241173643],
    ),
    ("kuhn", "outcome"): (
        [-0.04695490876061914, 0.04695490876061914],
        [0.0108749691086511, 0.10272237749451996],
    ),
    ("kuhn3", "uniform"): (
        [0.2343749999999999, -0.046875, -0.18749999999999992],
        [0.7812499999999998, 0.6458333333333333, 0.6354166666666669],
    ),
    ("kuhn3", "external"): (
        [-0.025191287604234905, -0.01467778999392716, 0.03986907759816187],
        [0.04303221025679718, 0.07034770974059358, 0.148740015270069],
    ),
    ("kuhn3", "outcome"): (
        [-0.026832186004149813, -0.025986537468635842, 0.05281872347278562],
        [0.08024101386166066, 0.08032525343759542, 0.12153715307407364],
    ),
    ("leduc", "uniform"): (
        [-0.07812500248352686, 0.07812500248352686],
        [2.087500028312206, 2.659722274831601],
    ),
    ("leduc", "external"): (
        [-0.07450189069376081, 0.07450189069376081],
        [0.9968272393161351, 1.8439894265684673],
    ),
    ("leduc", "outcome"): (
        [-0.2882819606092856, 0.2882819606092856],
        [1.5476540212434544, 1.5765638646444913],
    ),
    ("leduc 5x3x3", "uniform"): (
        [0.18807871267199527, -0.18807871267199527],
        [3.121917110079303, 3.2258853926181206],
    ),
    ("leduc 5x3x3", "external"): (
        [-0.24735875589492767, 0.24735875589492767],
        [2.237215006611519, 3.178740936739329],
    ),
    ("leduc 5x3x3", "outcome"): (
        [-0.09472192545113746, 0.09472192545113746],
        [2.7092339823105718, 2.939234407921055],
    ),
}


def trained(name: str, how: str) -> _core.Solver:
    options = _core.SolverOptions()
    options.sampling = _core.Sampling.outcome if how == "outcome" else _core.Sampling.external
    options.seed = 11
    exploration = _core.ExplorationOptions()
    exploration.initial = exploration.final = 0.6
    options.exploration = exploration
    discount = _core.DiscountOptions()
    discount.interval = 1
    options.discount = discount
    growing = name == "kuhn3"
    layout = _core.TableLayout.node_rows if growing else _core.TableLayout.street_rows
    solver = _core.Solver(GAMES[name](), options, layout, 1 << 28)
    solver.run(ITERATIONS[how], 1e9)
    return solver


@pytest.mark.parametrize(("name", "how"), KNOWN)
def test_values_and_best_responses_are_unchanged(name: str, how: str) -> None:
    profile = trained(name, how).evaluate_average_strategy()
    value, best_response_value = KNOWN[name, how]
    assert profile.value == pytest.approx(value, abs=1e-12)
    assert profile.best_response_value == pytest.approx(best_response_value, abs=1e-12)
