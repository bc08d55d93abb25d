"""One writer per run directory, whatever becomes of it."""

import errno
import fcntl
import json
import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from holdem.checkpoint.run_lock import RunLock
from holdem.errors import RunDirectoryError, RunLostError

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


def test_nothing_is_left_unless_it_is_kept(tmp_path: Path) -> None:
    directory = tmp_path / "made" / "on the way"
    with RunLock(directory):
        assert directory.is_dir()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "notes.txt").write_text("here before")
    with RunLock(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with RunLock(directory) as lock:
        lock.keep()
    assert lock.path.read_bytes() == b""
    with RunLock(directory):
        pass
    assert lock.path.exists()


def test_a_lock_that_was_removed_by_its_holder_is_not_taken_for_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One opens the file, then its holder removes it: the lock of what is open is void."""
    first = RunLock(tmp_path)
    first.acquire()
    take = RunLock._take

    def take_after_release(lock: RunLock, descriptor: int) -> None:
        first.release()
        take(lock, descriptor)

    monkeypatch.setattr(RunLock, "_take", take_after_release)
    with RunLock(tmp_path) as second:
        monkeypatch.undo()
        assert second.path.exists()
        assert f"process {os.getpid()} " in refusal(tmp_path)


def test_a_file_system_that_grants_a_lock_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda descriptor, kind: None)
    assert "grants a lock (flock) twice" in refusal(tmp_path)

    def unsupported(descriptor: int, kind: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    assert "cannot be locked: [Errno 38] Function not implemented" in refusal(tmp_path)


def test_the_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        with RunLock(tmp_path) as lock:
            assert stat.S_IMODE(lock.path.stat().st_mode) == 0o664
    finally:
        os.umask(before)


def test_a_disk_that_refuses_the_lock_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert "run.lock: cannot be locked: [Errno 28] No space left on device" in refusal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_at_the_end_hides_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    lock = RunLock(tmp_path)
    lock.acquire()
    lock.keep()
    monkeypatch.setattr(os, "ftruncate", read_only)
    monkeypatch.setattr(os, "close", read_only)
    lock.release()
    monkeypatch.undo()
    assert "in use by" in refusal(tmp_path)  # the descriptor is open still


def renamed(directory: Path) -> None:
    directory.rename(directory.with_name("elsewhere"))


def renamed_and_made_anew(directory: Path) -> None:
    renamed(directory)
    directory.mkdir()


def removed(directory: Path) -> None:
    (directory / "run.lock").unlink()
    directory.rmdir()


def taken_by_another_machine(directory: Path) -> None:
    holder = {"pid": 7, "host": "node17", "started": "now", "token": "0"}
    (directory / "run.lock").write_text(json.dumps(holder))


def replaced(directory: Path) -> None:
    path = directory / "run.lock"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        (renamed, "run: renamed to .*elsewhere while a run was in it"),
        (renamed_and_made_anew, "run: renamed to .*elsewhere while a run was in it"),
        (removed, "run: removed or replaced while a run was in it"),
        (taken_by_another_machine, "process 7 on node17 since now has taken the directory"),
        (replaced, "has taken the directory"),
    ],
)
def test_who_has_lost_the_directory_notices(
    tmp_path: Path, harm: Callable[[Path], None], line: str
) -> None:
    with RunLock(tmp_path / "run") as lock:
        lock.keep()
        lock.check()
        harm(lock.path.parent)
        after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        for _ in range(2):
            with pytest.raises(RunLostError, match=line):
                lock.check()
    if harm is not renamed and harm is not renamed_and_made_anew:  # which still has its own file
        assert after == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_directory_that_has_to_be_there_is_not_made(tmp_path: Path) -> None:
    run = tmp_path / "run"
    for directory in (run, run / "instance_0"):
        with pytest.raises(RunDirectoryError, match="No such file"):
            RunLock(directory, standing=run).acquire()
    assert list(tmp_path.iterdir()) == []
    run.mkdir()
    with RunLock(run / "instance_0", standing=run) as lock:
        assert lock.path.exists()


def test_a_lock_file_that_was_cleaned_up_is_there_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with RunLock(tmp_path) as lock:
        lock.path.unlink()
        lock.check()
        assert "was removed under a running run" in caplog.text
        assert f"in use by process {os.getpid()} " in refusal(tmp_path)
        lock.check()


def test_a_holder_on_another_machine_that_has_not_given_up_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken_by_another_machine(tmp_path)
    before = (tmp_path / "run.lock").read_bytes()
    with caplog.at_level(logging.WARNING), RunLock(tmp_path):
        assert "process 7 on node17 since now has not given it up" in caplog.text
    assert (tmp_path / "run.lock").read_bytes() == before  # a refusal leaves no trace
    with RunLock(tmp_path) as lock:
        lock.keep()
    caplog.clear()
    with RunLock(tmp_path):  # given up
        assert caplog.text == ""
