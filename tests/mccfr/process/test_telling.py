"""Workers tell their coordinator without ever waiting for it."""

from __future__ import annotations

import os

from holdem.mccfr.messages import Arrived, read_report
from holdem.mccfr.process.worker import Reports
from holdem.mccfr.status.run_status import RunStatus
from holdem.streams import _Hurried
from progress_samples import STATUS


def drained(reading: int) -> bytes:
    os.set_blocking(reading, False)
    content = b""
    try:
        while chunk := os.read(reading, 1 << 16):
            content += chunk
    except BlockingIOError:
        pass
    return content


def test_reports_that_nobody_reads_wait_or_are_dropped_by_what_they_are() -> None:
    reading, writing = os.pipe()
    reports = Reports(writing)
    for _ in range(2000):  # many times what a pipe holds
        reports.send(STATUS)
    arrived = [Arrived(iteration, False, None) for iteration in range(3)]
    for report in arrived:
        reports.send(report)
    content = drained(reading)
    reports.send(STATUS)  # the reader is back
    content += drained(reading)
    said = [read_report(line) for line in content.decode().splitlines()]
    assert [report for report in said if isinstance(report, Arrived)] == arrived
    assert {type(report) for report in said} == {RunStatus, Arrived}
    assert said[-1] == STATUS
    os.close(reading)
    reports.send(STATUS)  # nor does it matter that the reader has gone
    os.close(writing)


def test_a_log_that_nobody_reads_stops_nothing() -> None:
    reading, writing = os.pipe()
    stream = _Hurried(writing, "w")
    for _ in range(2000):
        assert stream.write(b"a line of the log\n" * 10) == 180
    content = drained(reading)
    assert set(content.split(b"\n")) == {b"a line of the log", b""}
    os.close(reading)
    assert stream.write(b"a line\n") == 7
    stream.close()
