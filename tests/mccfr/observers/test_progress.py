"""Progress as people see it: plain lines, the live display, the figures in them."""

from __future__ import annotations

import io
import logging
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from holdem.mccfr.observers import progress
from holdem.mccfr.observers.progress import (
    LiveProgress,
    LogProgress,
    RateMeter,
    describe,
)
from holdem.mccfr.status.targets import Targets
from progress_samples import STATUS
from pseudo_terminal import rest_of


def test_every_figure_is_said_with_its_unit() -> None:
    assert describe(STATUS) == [
        ("iteration", "123,456 of 1,000,000"),
        ("speed", "45,678 iterations/s, 20.30 M nodes/s"),
        ("time", "1:01:23 elapsed, 0:00:19 remaining"),
        ("memory", "1.23 GB, tables 900.0 MB (15,340 infosets)"),
        ("checkpoint", "iteration 100,000, 0:00:12 ago"),
    ]


def test_what_is_not_known_is_left_out() -> None:
    status = replace(STATUS, targets=Targets(), checkpoint_iteration=None)
    texts = dict(describe(status))
    assert texts["iteration"] == "123,456"
    assert texts["time"] == "1:01:23 elapsed"
    assert texts["checkpoint"] == "none yet"


def test_rates_follow_the_last_seconds() -> None:
    meter = RateMeter()
    assert meter.add(0.0, 0, 0) == (0.0, 0.0)
    for second in range(1, 101):
        slow = meter.add(float(second), second, 10 * second)
    assert slow == (1.0, 10.0)
    for second in range(101, 121):
        fast = meter.add(float(second), 100 * second, 0)
    assert fast[0] == pytest.approx(100.0)


def test_plain_lines_come_at_the_interval_and_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = LogProgress(10.0)
    with caplog.at_level(logging.INFO, "holdem"):
        for tenth in range(251):
            lines.update(replace(STATUS, process_seconds=tenth / 10))
        assert len(caplog.records) == 2
        lines.close(STATUS)
    assert len(caplog.records) == 3
    assert caplog.messages[0].startswith("iteration 123,456 of 1,000,000, speed 45,678")
    assert all(record.periodic for record in caplog.records)


def test_the_live_display_shows_every_figure_and_leaves_the_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(progress, "console", lambda: console)
    display = LiveProgress()
    display.update(STATUS)
    after_one = screen.getvalue()
    display.update(STATUS)  # within the refresh time: nothing is drawn
    assert screen.getvalue() == after_one
    assert after_one.rfind("\x1b[?25h") > after_one.rfind("\x1b[?25l")
    display.close(STATUS)
    assert all(text in screen.getvalue() for _, text in describe(STATUS))


def test_on_a_terminal_the_command_draws_and_the_file_keeps_the_lines(tmp_path: Path) -> None:
    (tmp_path / "kuhn.yaml").write_text("num_iterations: 5000\ngame: {name: kuhn}\n")
    ours, theirs = pty.openpty()
    solver = Path(__file__).parents[2] / "cli" / "counting_solver.py"
    with subprocess.Popen(
        [sys.executable, str(solver), "--config", "kuhn.yaml", "--logdir", "a"],
        stderr=theirs,
        cwd=tmp_path,
        env=os.environ
        | {"TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        os.close(theirs)
        screen = rest_of(ours)
    assert process.returncode == 0
    assert b"5,000 of 5,000" in screen
    assert b"iteration 5,000 of 5,000, speed" not in screen
    assert "iteration 5,000 of 5,000, speed" in (tmp_path / "a" / "train.log").read_text()
