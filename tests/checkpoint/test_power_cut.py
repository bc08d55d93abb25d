"""A power cut at a random moment: every acknowledged checkpoint is there when power comes back.

The file system of an image is shut down under a process that saves, without flushing its journal
(the ioctl of xfstests' ``godown``), so that all that was not synced is gone, and mounted again.
"""

from __future__ import annotations

import fcntl
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkpoint_samples import assert_holds, save
from crash_tools import go, mounted, needs, needs_root, said, writer
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import CheckpointError

# FS_IOC_SHUTDOWN = _IOR('X', 125, __u32), the same for ext4 and xfs, and "do not flush the log".
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
FILE_SYSTEMS = ["ext4", "xfs"]
IMAGE_BYTES = 512 << 20  # sparse; xfs wants at least 300 MiB
# An image in memory takes hundreds of saves in the time of ten; what its file system has not
# written to it is lost all the same.
SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else None

pytestmark = [pytest.mark.crash, needs_root, needs("mkfs.ext4"), needs("mkfs.xfs")]


@pytest.fixture(params=FILE_SYSTEMS)
def image(request: pytest.FixtureRequest) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        path = Path(name) / "image"
        with path.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        subprocess.run([f"mkfs.{request.param}", "-q", str(path)], check=True)
        yield path


@pytest.fixture
def no_sync(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that syncs nothing."""
    library = tmp_path / "no_sync.so"
    source = Path(__file__).with_name("no_sync.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return {"LD_PRELOAD": str(library)}


def cut_power(mount_point: Path) -> None:
    descriptor = os.open(mount_point, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, SHUTDOWN, NO_LOG_FLUSH.to_bytes(4, "little"))
    finally:
        os.close(descriptor)


def acknowledged_before_the_cut(
    image: Path, seconds: float, first: int, size: int, keep: tuple[int, ...], **environment: str
) -> list[int]:
    """Saves from ``first`` on until the power is cut; returns what was reported as saved."""
    with mounted(image, image.with_name("disk"), "-o", "loop") as disk:
        with writer(disk / "checkpoints", first, 100_000, size, *keep, **environment) as process:
            go(process)
            time.sleep(seconds)
            cut_power(disk)
            process.kill()
            lines = said(process)
        return [int(line) for line in lines if line.isdigit()]


def found_after(image: Path) -> Iterator[tuple[CheckpointStore, int]]:
    """Mounts the image again; gives the store and the newest sound iteration, -1 for none."""
    with mounted(image, image.with_name("disk"), "-o", "loop") as disk:
        store = CheckpointStore(disk / "checkpoints")
        try:
            newest = store.newest_valid(set_aside=False)
        except CheckpointError:
            newest = None
        yield store, -1 if newest is None else newest.iteration


@pytest.mark.parametrize("size", [3000, 300_000])
@pytest.mark.parametrize("keep", [(), (2,)], ids=["keep all", "keep 2"])
def test_what_was_acknowledged_survives(image: Path, size: int, keep: tuple[int, ...]) -> None:
    rng = random.Random(size)
    newest, total = -1, 0
    for _ in range(10):
        first = newest + 1
        seconds = rng.uniform(0.02, 0.4)
        acknowledged = acknowledged_before_the_cut(image, seconds, first, size, keep)
        total += len(acknowledged)
        last = max(acknowledged, default=newest)
        for store, found in found_after(image):
            # One more may have been committed and not yet reported.
            assert found in (last, last + 1)
            listed = store.list()
            if not keep:
                assert [one.iteration for one in listed] == list(range(found + 1))
                listed = listed[first:]
            for checkpoint in listed:
                assert_holds(checkpoint, size)
            newest = found
    assert total > 10  # or the cuts came before any save
    with mounted(image, image.with_name("disk"), "-o", "loop") as disk:
        store = CheckpointStore(disk / "checkpoints", 1)
        store.open_for_writing()
        assert_holds(save(store, newest + 1, size), size)
        assert not list(store.directory.glob(".*"))


def test_without_syncing_something_is_lost(image: Path, no_sync: dict[str, str]) -> None:
    """Shows that the test above can fail: the same cut under a writer that never syncs."""
    acknowledged = acknowledged_before_the_cut(image, 0.5, 0, 3000, (), **no_sync)
    assert len(acknowledged) > 3
    for _, found in found_after(image):
        assert found < max(acknowledged)
