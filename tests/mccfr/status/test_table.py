"""The instances of a run as people see them: totals, the table at any width, plain lines."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from holdem.mccfr.status.state import InstanceState, overall_state
from holdem.mccfr.status.table import status_lines, status_table
from holdem.mccfr.status.totals import done_iterations, totals
from progress_samples import PROGRESS


def state_of(said: str, **changes: object) -> InstanceState:
    progress = replace(PROGRESS, status="failed" if said == "unknown" else said, **changes)
    return InstanceState(progress, said, 723.0, "sizes match")


BIG = [
    state_of(
        said,
        instance=number,
        iteration_range=(number * 312_500_000, (number + 1) * 312_500_000),
        iteration=iteration,
        target_iteration=312_500_000,
        iterations_per_second=23_456.7,
        elapsed_seconds=93_683.0,
        remaining_seconds=100_059.9 + number,
        checkpoint_iteration=131_000_000,
        restarts=2 if number == 2 else 0,
        error="its process is gone" if said == "failed" else None,
    )
    for number, (said, iteration) in enumerate(
        [
            ("running", 131_234_567),
            ("complete", 312_500_000),
            ("running", 131_234_567),
            ("failed", 131_234_567),
        ]
    )
]


def drawn(states: list[InstanceState], width: int) -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(status_table(states))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_totals_add_up() -> None:
    whole = totals(BIG)
    assert whole.state == "failed"
    assert whole.iterations == 3 * 131_234_567 + 312_500_000
    assert whole.target_iterations == 1_250_000_000
    assert whole.done_share == pytest.approx(whole.iterations / 1_250_000_000)
    assert whole.iterations_per_second == 2 * 23_456.7
    assert whole.remaining_seconds == 100_061.9
    assert whole.restarts == 2


def test_iterations_before_a_shared_start_are_not_counted() -> None:
    one = replace(PROGRESS, iteration=1500, target_iteration=2000, iteration_range=(1000, 2000))
    assert done_iterations(one) == 500
    assert done_iterations(replace(one, iteration_range=None)) == 1500
    timed = state_of(
        "running", iteration_range=None, target_iteration=None, time_budget_seconds=160.0
    )
    whole = totals([timed, state_of("complete", target_iteration=None)])
    assert (whole.target_iterations, whole.done_share) == (None, 0.625)


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        ("complete complete", "complete"),
        ("complete stopped interrupted", "stopped"),
        ("failed running", "running"),
        ("failed waiting", "running"),
        ("failed complete", "failed"),
        ("unknown complete", "failed"),
    ],
)
def test_overall(states: str, overall: str) -> None:
    assert overall_state(states.split()) == overall


def test_the_table_at_60_columns() -> None:
    assert drawn(BIG, 60) == [
        "instance  state       iteration    done    remaining",
        "       0  running   131,234,567   41.9%  1 d 3:47:39",
        "       1  complete  312,500,000  100.0%",
        "       2  running   131,234,567   41.9%  1 d 3:47:41",
        "       3  failed    131,234,567   41.9%",
        "     all  failed    706,203,701   56.4%  1 d 3:47:41",
        "instance 3: its process is gone",
    ]


def test_the_table_at_80_columns() -> None:
    assert drawn(BIG, 80) == [
        "instance  state       iteration    done      rate    remaining      age",
        "       0  running   131,234,567   41.9%  23,457/s  1 d 3:47:39  0:12:03",
        "       1  complete  312,500,000  100.0%                         0:12:03",
        "       2  running   131,234,567   41.9%  23,457/s  1 d 3:47:41  0:12:03",
        "       3  failed    131,234,567   41.9%                         0:12:03",
        "     all  failed    706,203,701   56.4%  46,913/s  1 d 3:47:41",
        "instance 3: its process is gone",
    ]


def test_the_table_at_160_columns() -> None:
    lines = drawn(BIG, 160)
    assert " ".join(lines[0].split()) == (
        "instance state iteration of done rate elapsed remaining checkpoint age verified restarts"
    )
    assert " ".join(lines[3].split()) == (
        "2 running 131,234,567 312,500,000 41.9% 23,457/s 1 d 2:01:23 1 d 3:47:41 131,000,000 "
        "0:12:03 sizes match 2"
    )
    assert "312,500,000 to 625,000,000" in drawn(BIG, 200)[2]
    assert "restarts" not in drawn(BIG[:2], 160)[0]


def test_damage_is_said_below_the_table_at_any_width() -> None:
    damaged = replace(BIG[0], checkpoint_verified="damaged: a[b].pkl: expected 3 bytes, found 2")
    for width in (60, 80, 160):
        text = " ".join(drawn([damaged], width))
        assert "instance 0: damaged: a[b].pkl: expected 3 bytes, found 2" in text
        assert "all" not in text.split()


def test_plain_lines() -> None:
    lines = status_lines(BIG)
    assert lines[2] == (
        "instance 2: running, iteration 131,234,567 of 312,500,000 (41.9%), "
        "23,457 iterations/s, 1 d 2:01:23 elapsed, 1 d 3:47:41 remaining, "
        "checkpoint at 131,000,000 0:12:03 ago, restarts 2, sizes match"
    )
    assert lines[3].endswith("sizes match, its process is gone")
    assert lines[4] == (
        "all instances: failed, iterations 706,203,701 of 1,250,000,000 (56.4%), "
        "46,913 iterations/s, 1 d 3:47:41 remaining"
    )
    assert len(lines) == 5
    assert len(status_lines(BIG[:1])) == 1


def test_rich_is_loaded_when_a_table_is_drawn() -> None:
    code = "import sys, holdem.mccfr.status.table; print('rich' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout == b"False\n"
