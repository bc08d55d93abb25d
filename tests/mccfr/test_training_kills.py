"""Training that is killed again and again ends in the bytes of training that never was."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from training_process import SAVED, files_of, store_of, training

TARGET, INTERVAL = 200_000, 5000
pytestmark = pytest.mark.crash


@pytest.fixture
def flags(tmp_path: Path) -> list[object]:
    config = tmp_path / "leduc.yaml"
    config.write_text("game: {name: leduc}\ndiscount_interval: 1000\nseed: 5\n")
    return ["--config", config, "--iters", TARGET, "--checkpoint-interval", INTERVAL]


def tables(logdir: Path) -> dict[str, bytes]:
    """The two data files of the last checkpoint."""
    return {
        name: content
        for name, content in files_of(logdir).items()
        if name.startswith(f"checkpoint_iter{TARGET}") and name.endswith(".pkl")
    }


@pytest.mark.parametrize("retention", [(), ("--keep-checkpoints", 2)], ids=["all", "two"])
def test_a_kill_loop_ends_in_the_same_bytes(
    tmp_path: Path, flags: list[object], retention: tuple[object, ...]
) -> None:
    with training(tmp_path / "uncut", *flags, "--keep-checkpoints", 1) as run:
        assert run.ended() == 0
    logdir = tmp_path / "cut"
    rng = random.Random(len(retention))
    kills, newest = 0, 0
    while newest < TARGET:
        # From the second start on it resumes; the first finds nothing and says so.
        with training(logdir, *flags, *retention, "--resume-from", logdir) as run:
            if run.comes(SAVED, rng.randint(1, 4)):
                time.sleep(rng.uniform(0.0, 0.05))
                run.process.kill()
                kills += 1
            status = run.ended()
        newest = max([newest, *run.acknowledged])
        assert status == -signal.SIGKILL or newest == TARGET, "".join(run.lines)
        found = store_of(logdir).newest_valid(set_aside=False)
        assert found is not None
        # One more may have been committed and not yet reported.
        assert found.iteration in (newest, newest + INTERVAL)
        newest = found.iteration
    assert kills >= 3
    # A kill between the last two renames leaves a policy, which is kept aside.
    assert not list((logdir / "checkpoints").glob("damaged/*/*_metadata.json"))
    assert len(tables(logdir)) == 2
    assert tables(logdir) == tables(tmp_path / "uncut")
