"""The limits of a run: when the first is reached, and how far it is to the nearer one."""

from __future__ import annotations

import pytest

from holdem.mccfr.status.targets import Targets
from holdem.types import MCCFRConfig

BOTH = Targets(iterations=100, seconds=10.0)


def test_a_configuration_sets_them() -> None:
    assert Targets.of(MCCFRConfig(num_iterations=100, time_budget_seconds=10.0)) == BOTH
    assert Targets.of(MCCFRConfig(num_iterations=5)) == Targets(iterations=5)


@pytest.mark.parametrize(
    ("targets", "iteration", "elapsed", "share"),
    [
        (BOTH, 99, 9.8, 0.99),
        (BOTH, 10, 9.9, 0.99),
        (BOTH, 100, 0.0, 1.0),
        (BOTH, 0, 10.0, 1.0),
        (BOTH, 250, 99.0, 1.0),
        (Targets(iterations=0), 0, 0.0, 1.0),  # an empty range
        (Targets(), 10**9, 1e9, 0.0),
    ],
)
def test_the_nearer_one_says_what_is_done(
    targets: Targets, iteration: int, elapsed: float, share: float
) -> None:
    assert targets.done_share(iteration, elapsed) == pytest.approx(share)
    assert targets.reached(iteration, elapsed) is (share == 1.0)


@pytest.mark.parametrize(
    ("targets", "iteration", "elapsed", "speed", "seconds"),
    [
        (BOTH, 50, 1.0, 10.0, 5.0),
        (BOTH, 50, 8.0, 10.0, 2.0),
        (BOTH, 50, 8.0, 0.0, 2.0),
        (BOTH, 150, 1.0, 10.0, 0.0),
        (Targets(iterations=100), 50, 1.0, 0.0, None),  # nobody knows without a speed
        (Targets(), 50, 1.0, 10.0, None),
    ],
)
def test_the_nearer_one_says_what_remains(
    targets: Targets, iteration: int, elapsed: float, speed: float, seconds: float | None
) -> None:
    assert targets.remaining(iteration, elapsed, speed) == seconds
