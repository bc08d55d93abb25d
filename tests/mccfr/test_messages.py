"""Every message between coordinator and workers, and what is none."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from holdem.config import load_run_config
from holdem.errors import MessageError
from holdem.mccfr.instance import Instance, SharedStart, Synchronisation
from holdem.mccfr.messages import (
    Arrived,
    Averaged,
    Closed,
    Go,
    Instruction,
    Leave,
    LogLine,
    Meeting,
    Message,
    Published,
    Report,
    StopRequest,
    WorkerOrder,
    read_instruction,
    read_order,
    read_report,
    to_line,
)
from holdem.mccfr.order import RunOrder
from progress_samples import STATUS

CONFIG = load_run_config(
    None,
    {"num_iterations": 5, "keep_checkpoints": 3, "game": {"name": "kuhn", "num_players": 3}},
)
PLAIN = WorkerOrder(RunOrder(CONFIG, Path("a")), periodic_lines=True)
INSTANCE = Instance(2, 4, (10, 20), SharedStart(5, 7), Synchronisation(10, 3, None))
FULL = WorkerOrder(RunOrder(CONFIG, Path("a"), Path("b/ü"), INSTANCE, 0), False, 7)

REPORTS: list[Report] = [
    STATUS,
    replace(STATUS, checkpoint_iteration=None),
    *(Arrived(7, True, None), Arrived(7, False, 3), Leave(), Published(), Averaged()),
    *(LogLine(logging.ERROR, "no room\nfor it"), LogLine(None, "")),
]
INSTRUCTIONS: list[Instruction] = [
    *(StopRequest(15), Meeting(True, -1), Go(), Closed(True), Closed(False)),
]


@pytest.mark.parametrize("order", [PLAIN, FULL])
def test_an_order_arrives_as_it_was_given(order: WorkerOrder) -> None:
    line = to_line(order)
    assert "\n" not in line
    read = read_order(line.encode())
    assert read == order
    # What was not given is not given there: the log says which given settings have no effect.
    given = CONFIG.training.model_fields_set
    assert read.run.config.training.model_fields_set == given


@pytest.mark.parametrize("report", REPORTS, ids=str)
def test_a_report_arrives_as_it_was_sent(report: Report) -> None:
    assert "\n" not in to_line(report)
    assert read_report(to_line(report)) == report


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=str)
def test_an_instruction_arrives_as_it_was_sent(instruction: Instruction) -> None:
    assert read_instruction(to_line(instruction)) == instruction


@pytest.mark.parametrize(
    "line", ["", "Segmentation fault", "17", "[]", '["status", {}]', "{}", "NaN", "[" * 9999]
)
def test_a_line_that_is_no_message_is_a_warning_in_the_log(line: str) -> None:
    report = read_report(line)
    assert report == LogLine(None, line)
    assert isinstance(report, LogLine)
    assert report.severity == logging.WARNING


def changed(message: Message, **fields: object) -> str:
    return json.dumps(json.loads(to_line(message)) | fields)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (to_line(Go()), "an unexpected message: 'Go'"),  # it is not for a coordinator
        ('{"message": ["Arrived"]}', "an unexpected message: ['Arrived']"),
        ('{"message": "Arrived", "iteration": 7}', "a malformed Arrived: save_due is missing"),
        (changed(Arrived(7, True, 3), save_due=1), "a malformed Arrived: save_due: no bool"),
        (changed(Arrived(7, True, 3), iteration=True), "a malformed Arrived: iteration: no int"),
        (changed(Arrived(7, True, 3), saved_iteration="3"), "saved_iteration: no int"),
        (changed(STATUS, elapsed_seconds=None), "elapsed_seconds: no float"),
        (changed(STATUS, targets=[]), "targets: no object"),
        (changed(STATUS, targets={"iterations": 1}), "targets: seconds is missing"),
        (changed(LogLine(1, ""), text=None), "text: no str"),
    ],
)
def test_a_malformed_report_is_refused_in_one_line(line: str, reason: str) -> None:
    with pytest.raises(MessageError) as caught:
        read_report(line)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff\n", "no message"),
        (b"null\n", "no message"),
        (to_line(StopRequest(15)), "an unexpected message: 'StopRequest'"),
        (changed(PLAIN, run=None), "run: no object"),
        (changed(PLAIN, run=json.loads(to_line(PLAIN))["run"] | {"logdir": 3}), "logdir: no str"),
        (
            changed(PLAIN, run=json.loads(to_line(PLAIN))["run"] | {"config": {"game": 1}}),
            "a malformed WorkerOrder: run: config: ",
        ),
    ],
)
def test_a_malformed_order_is_refused_in_one_line(line: str | bytes, reason: str) -> None:
    with pytest.raises(MessageError) as caught:
        read_order(line)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"message": "StopRequest", "signal": 999}', "999 is not a valid Signals"),
        ('{"message": "StopRequest", "signal": "TERM"}', "signal: no int"),
        ('{"message": "Meeting", "save": true}', "a malformed Meeting: kept_until is missing"),
        (to_line(PLAIN), "an unexpected message: 'WorkerOrder'"),
    ],
)
def test_a_malformed_instruction_is_refused(line: str, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        read_instruction(line)
