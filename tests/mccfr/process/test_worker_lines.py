"""The lines between a coordinator and a worker: each side survives what the other does not mean."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest

from chunked_runs import TIMEOUT_S
from holdem.config import load_run_config
from holdem.mccfr.instances.watch import InstanceScreen
from holdem.mccfr.messages import Arrived, Closed, Go, LogLine, Report, WorkerOrder, to_line
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.supervisor import SupervisedRun
from holdem.mccfr.process.worker import listen
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.status.run_status import RunStatus
from progress_samples import STATUS


class Screen:
    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.statuses: list[RunStatus] = []

    def show_status(self, status: RunStatus) -> None:
        self.statuses.append(status)

    def show_line(self, line: LogLine) -> None:
        self.lines.append(line)


def order_for(logdir: Path) -> WorkerOrder:
    config = load_run_config(None, {"num_iterations": 50, "game": {"name": "kuhn"}})
    return WorkerOrder(RunOrder(config, logdir), periodic_lines=False)


def test_a_coordinator_shows_what_is_no_report_and_goes_on(tmp_path: Path) -> None:
    screen, heard = Screen(), list[Report]()
    run = SupervisedRun(order_for(tmp_path), until_complete=False, screen=screen)
    run.listen = heard.append
    for line in (
        *("a library greets you", "", '["status"]', '{"message": "Arrived"}'),
        *(to_line(Arrived(7, True, None)), to_line(STATUS), to_line(LogLine(logging.INFO, "on"))),
    ):
        run.hear(line)
    assert heard == [Arrived(7, True, None)]
    assert screen.statuses == [STATUS]
    assert run.status == STATUS
    assert screen.lines == [
        LogLine(None, "a library greets you"),
        LogLine(None, ""),
        LogLine(None, '["status"]'),
        LogLine(logging.ERROR, "a malformed Arrived: iteration is missing"),
        LogLine(logging.INFO, "on"),
    ]


def test_an_instance_passes_on_lines_by_their_severity_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    screen = InstanceScreen(3)
    for line in (
        LogLine(logging.INFO, "all is WARNING well"),
        LogLine(logging.WARNING, "slow INFO disk"),
        LogLine(logging.ERROR, "no disk"),
        LogLine(None, "Killed"),
        LogLine(None, ""),
    ):
        screen.show_line(line)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "Instance 3: slow INFO disk"),
        (logging.ERROR, "Instance 3: no disk"),
        (logging.WARNING, "Instance 3: Killed"),
    ]


def test_a_worker_saves_and_stops_where_its_coordinator_makes_no_sense(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stop, inbox = StopSignals(), SimpleQueue[object]()
    listen([f"{to_line(Go())}\n".encode(), b"go\n", f"{to_line(Go())}\n".encode()], stop, inbox)
    assert stop.received == signal.SIGTERM
    assert [inbox.get_nowait(), inbox.get_nowait()] == [Go(), Closed(False)]
    assert inbox.empty()
    assert capsys.readouterr().err == "holdem-train-blueprint: no message: b'go\\n'\n"


PRINTING = """
import os, sys
print("a library greets you")
def disturb(event, arguments):
    if event == "open" and "versions.json" in str(arguments[0]):
        os.write(1, b"from the core\\n")
        print("from Python", flush=True)
sys.addaudithook(disturb)
"""


def test_what_a_worker_prints_is_shown_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(PRINTING)
    config = tmp_path / "run.yaml"
    config.write_text("{game: {name: kuhn}, num_iterations: 50, tensorboard: false}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    chunks = ("--chunked", "--chunk-iterations", "50", "--until-complete")
    result = subprocess.run(
        [
            *(sys.executable, "-m", "holdem.cli.train_blueprint", "--config", config),
            *("--logdir", tmp_path / "a", *chunks),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert result.returncode == 0, result.stderr
    assert "Training complete at iteration 50" in result.stderr
    assert "\na library greets you\n" in f"\n{result.stderr}"
    assert "from the core\n" in result.stderr
    assert "from Python\n" in result.stderr
