"""One writer per run directory, whatever becomes of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdem.checkpoint.run_lock import RunLock
from holdem.errors import RunDirectoryError

HOLDER = """
import sys
from pathlib import Path
from holdem.checkpoint.run_lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def refusal(directory: Path) -> str:
    with pytest.raises(RunDirectoryError) as caught:
        RunLock(directory).acquire()
    return str(caught.value)


def test_a_second_process_is_refused_by_name(tmp_path: Path, holder) -> None:
    message = refusal(tmp_path)
    assert str(tmp_path) in message
    assert f"in use by process {holder.pid} on {os.uname().nodename} since 20" in message
    with RunLock(tmp_path / "other"):
        pass


def test_a_stopped_holder_still_holds(tmp_path: Path, holder) -> None:
    holder.send_signal(signal.SIGSTOP)
    assert f"process {holder.pid} " in refusal(tmp_path)
    holder.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_holder_frees_it(tmp_path: Path, holder, kind: signal.Signals) -> None:
    holder.send_signal(kind)
    holder.wait()
    with RunLock(tmp_path):
        assert f"process {os.getpid()} " in refusal(tmp_path)


def test_it_can_be_taken_again_after_release(tmp_path: Path) -> None:
    lock = RunLock(tmp_path / "made" / "on the way")
    for _ in range(3):
        with lock:
            assert "in use by" in refusal(lock.path.parent)
    lock.release()  # a second release is harmless


def test_what_the_file_says_decides_nothing(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    lock.path.write_text('{"pid": 1, "host": "elsewhere", "started": "now"}')
    with lock:
        lock.path.write_bytes(b"\xff[")
        assert "in use by another process" in refusal(tmp_path)


def test_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "cannot be used as a run directory" in refusal(tmp_path / "file")
