"""How many threads a setting stands for."""

from __future__ import annotations

import os

import pytest

from holdem.cores import usable_cores, workers_of


def test_cores_are_those_that_the_process_may_run_on() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert usable_cores() == len(allowed)


@pytest.mark.parametrize(
    ("num_workers", "sharing", "threads"),
    [(0, 1, 6), (0, 2, 3), (0, 4, 1), (0, 9, 1), (1, 1, 1), (8, 1, 8), (8, 3, 8)],
)
def test_cores_are_shared(
    num_workers: int, sharing: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdem.cores.usable_cores", lambda: 6)
    assert workers_of(num_workers, sharing) == threads
