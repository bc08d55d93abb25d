"""``--resume-from`` with ``--num-instances``: each instance goes on from its own checkpoint."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from multi_instance_runs import metadata_of, newest_digests, progress, wait_for_checkpoints

from chunked_runs import (
    TIMEOUT_S,
    data_files,
    digests,
    train,
    write_config,
)
from holdem.checkpoint.store import find_checkpoint

INSTANCES = ("--num-instances", "3")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path / "run.yaml", num_iterations=1000, checkpoint_interval=100)


@pytest.fixture
def half(tmp_path: Path, config: Path) -> Path:
    """Three instances at 200 iterations each."""
    logdir = tmp_path / "half"
    assert train(config, logdir, *INSTANCES, "--iters", "600")[0] == 0
    return logdir


@pytest.fixture
def uncut(tmp_path: Path, config: Path) -> Path:
    logdir = tmp_path / "uncut"
    assert train(config, logdir, *INSTANCES)[0] == 0
    return logdir


def remove(logdir: Path, number: int, iteration: int) -> None:
    for path in (logdir / f"instance_{number}" / "checkpoints").glob(f"*iter{iteration}[._]*"):
        path.unlink()


def damage(logdir: Path, number: int, iteration: int) -> None:
    path = logdir / f"instance_{number}" / "checkpoints" / f"checkpoint_iter{iteration}.pkl"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def snapshot(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("same_directory", [False, True])
def test_every_instance_goes_on(
    tmp_path: Path, config: Path, half: Path, uncut: Path, same_directory: bool
) -> None:
    logdir = half if same_directory else tmp_path / "new"
    status, said = train(config, logdir, *INSTANCES, "--resume-from", str(half))
    assert status == 0, said
    assert newest_digests(logdir) == newest_digests(uncut)
    assert said.count("resumed: newest") == 3
    assert "iterations: 600 done + 400 left = 1,000" in said
    parent = half / "instance_1" / "checkpoints" / "checkpoint_iter200.pkl"
    assert metadata_of(logdir, 1, 333)["parent_checkpoint"] == str(parent)
    assert progress(logdir, 1).resumed_from == str(parent)
    assert progress(logdir, 1).start_iteration == 200


def test_the_same_command_again_prefers_its_own_progress(
    tmp_path: Path, config: Path, half: Path, uncut: Path
) -> None:
    """What a requeued job does."""
    flags = (*INSTANCES, "--resume-from", str(half))
    assert train(config, tmp_path / "new", *flags, "--iters", "750")[0] == 0
    status, said = train(config, tmp_path / "new", *flags)
    assert status == 0
    assert said.count("has newer progress of its own, which wins over") == 3
    assert newest_digests(tmp_path / "new") == newest_digests(uncut)
    half.rename(tmp_path / "archived")
    status, said = train(config, tmp_path / "new", *flags)
    assert status == 3
    assert "has progress of its own, which wins: " in said
    assert f"nothing to do: all 3 instances are complete in {tmp_path / 'new'}\n" in said
    other = (*INSTANCES, "--resume-from", str(tmp_path / "new"))
    status, said = train(config, tmp_path / "other", *other)
    assert status == 3
    assert f"nothing to do: all 3 instances are complete in {tmp_path / 'new'}\n" in said
    assert not (tmp_path / "other").exists()
    shutil.rmtree(tmp_path / "new" / "instance_1" / "checkpoints")
    assert train(config, tmp_path / "new", *flags)[0] == 2


def test_a_missing_checkpoint_is_a_fresh_start_and_a_damaged_one_a_step_back(
    tmp_path: Path, config: Path, half: Path, uncut: Path
) -> None:
    shutil.rmtree(half / "instance_1")
    damage(half, 2, 200)
    before = snapshot(half)
    status, said = train(config, tmp_path / "new", *INSTANCES, "--resume-from", str(half))
    assert status == 0, said
    assert "No checkpoint found for instance 1" in said
    assert "fresh: no checkpoint" in said
    assert "Checkpoint 200 is damaged" in said
    assert "resumed: newest sound one; 200 damaged" in said
    assert "iterations: 300 done + 700 left = 1,000" in said
    assert newest_digests(tmp_path / "new") == newest_digests(uncut)
    assert snapshot(half) == before  # the source is only read


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda half: [damage(half, 0, at) for at in (100, 200)], "none of the 2 checkpoints"),
        (lambda half: shutil.rmtree(half), "neither a run directory"),
        (lambda half: (shutil.rmtree(half), half.mkdir()), "there is no checkpoint in it"),
        (lambda half: (shutil.rmtree(half), half.write_text("x")), "neither a run directory"),
    ],
    ids=["all damaged", "not there", "empty", "a file"],
)
def test_what_cannot_be_resumed_is_refused(
    tmp_path: Path, config: Path, half: Path, spoil: object, message: str
) -> None:
    spoil(half)  # type: ignore[operator]
    status, said = train(config, tmp_path / "new", *INSTANCES, "--resume-from", str(half))
    assert status == 2
    assert message in said
    assert said.count("holdem-train-blueprint: ") == 1
    assert not (tmp_path / "new").exists()


def test_another_run_is_refused_before_anything_starts(
    tmp_path: Path, config: Path, half: Path
) -> None:
    before = snapshot(half)
    for flags, message in (
        (("--seed", "7"), "configuration.training.seed is 0 in the checkpoint and 7 here"),
        (("--sync-interval", "50"), "sync_interval is null in the checkpoint and 50 here"),
        (("--discount-mode", "dcfr"), "configuration.training.discount_mode"),
    ):
        for logdir in (tmp_path / "new", half):
            status, said = train(config, logdir, *INSTANCES, "--resume-from", str(half), *flags)
            assert status == 2
            assert message in said
    assert not (tmp_path / "new").exists()
    after = {path: content for path, content in snapshot(half).items() if path.name != "run.lock"}
    assert after == {path: content for path, content in before.items() if path.name != "run.lock"}
    kuhn = write_config(tmp_path / "kuhn.yaml", "kuhn", num_iterations=1000)
    status, said = train(kuhn, tmp_path / "new", *INSTANCES, "--resume-from", str(half))
    assert status == 2
    assert "configuration.game" in said


def test_fewer_and_more_instances(tmp_path: Path, config: Path, half: Path) -> None:
    status, said = train(config, tmp_path / "2", "--num-instances", "2", "--resume-from", str(half))
    assert status == 0
    assert "Instance 2 is not taken up: --num-instances is 2" in said
    assert [at for at, _ in newest_digests(tmp_path / "2")] == [500, 500]
    assert "iterations: 400 done + 600 left = 1,000" in said
    status, said = train(config, tmp_path / "4", "--num-instances", "4", "--resume-from", str(half))
    assert status == 0
    assert "No checkpoint found for instance 3" in said
    assert [at for at, _ in newest_digests(tmp_path / "4")] == [250, 250, 250, 250]
    status, said = train(config, tmp_path / "6", "--num-instances", "6", "--resume-from", str(half))
    assert status == 0
    # The ranges are shorter than what the first three have done: nothing is left for them, and the
    # new directory has all there is to merge.
    for number in range(3):
        assert digests(tmp_path / "6" / f"instance_{number}") == {
            200: digests(half / f"instance_{number}")[200]
        }
        find_checkpoint(tmp_path / "6" / f"instance_{number}")
    assert [progress(tmp_path / "6", number).iteration for number in range(6)] == [
        *(200, 200, 200),
        *(167, 166, 166),
    ]


@pytest.mark.parametrize("one_file", [False, True])
def test_all_instances_go_on_from_one_checkpoint(
    tmp_path: Path, config: Path, one_file: bool
) -> None:
    single = tmp_path / "single"
    assert train(config, single, "--iters", "400")[0] == 0
    source = single / "checkpoints" / "checkpoint_iter300.pkl" if one_file else single
    at = 300 if one_file else 400
    flags = (*INSTANCES, "--resume-from", str(source))
    status, said = train(config, tmp_path / "new", *flags, "--iters", "700")
    assert status == 0, said
    assert f"iterations: {at} inherited + 0 done + {700 - at} left = 700" in said
    targets = [at + (700 - at) // 3 + (number < (700 - at) % 3) for number in range(3)]
    assert [found for found, _ in newest_digests(tmp_path / "new")] == targets
    # Instance 0 is the run that was never cut; the others share its regrets and no more.
    assert train(config, tmp_path / "alone", "--iters", str(targets[0]))[0] == 0
    first = data_files(tmp_path / "new" / "instance_0", targets[0])
    assert first == data_files(tmp_path / "alone", targets[0])
    saved = [metadata_of(tmp_path / "new", k, targets[k]) for k in range(3)]
    lengths = [
        sum(part["end"] - part["start"] for part in content["history"])  # type: ignore[index]
        for content in saved
    ]
    assert sum(lengths) == 700
    assert saved[0]["iteration_range"][0] == at  # type: ignore[index]
    # And on: the same directory remembers what all went on from.
    status, said = train(
        config, tmp_path / "new", *INSTANCES, "--resume-from", str(tmp_path / "new")
    )
    assert status == 0, said
    assert f"iterations: {at} inherited + {700 - at} done + 300 left = 1,000" in said
    total = sum(
        part["end"] - part["start"]
        for k in range(3)
        for part in find_checkpoint(tmp_path / "new" / f"instance_{k}").metadata["history"]
    )
    assert total == 1000


def test_a_source_that_is_ahead_of_the_directory_is_another_run(
    tmp_path: Path, config: Path, half: Path
) -> None:
    assert train(config, tmp_path / "new", *INSTANCES, "--iters", "300")[0] == 0
    status, said = train(config, tmp_path / "new", *INSTANCES, "--resume-from", str(half))
    assert status == 2
    assert "holds another run, at iteration 100 behind" in said


# The documented commands --------------------------------------------------------------------------


def document(tmp_path: Path, buckets: Path, *flags: str) -> list[str]:
    return [
        *(sys.executable, "-m", "holdem.cli.train_blueprint"),
        *("--buckets", str(buckets)),
        *flags,
    ]


def run(command: list[str], cwd: Path) -> tuple[int, str]:
    result = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    return result.returncode, result.stderr


@pytest.fixture
def here(tmp_path: Path, holdem_buckets: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import os

    search = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, search)))
    buckets = tmp_path / "assets" / "abstraction" / "precomputed_buckets.pkl"
    buckets.parent.mkdir(parents=True)
    shutil.copy(holdem_buckets, buckets)
    return tmp_path


BUCKETS = Path("assets/abstraction/precomputed_buckets.pkl")


def test_the_documented_resume(here: Path) -> None:
    flags = ("--num-instances", "4", "--checkpoint-interval", "100", "--iters")
    original = document(here, BUCKETS, "--logdir", "runs/training_original", *flags, "99999999")
    with subprocess.Popen(original, cwd=here, stderr=subprocess.PIPE) as interrupted:
        wait_for_checkpoints(here / "runs" / "training_original", 4)
        interrupted.send_signal(signal.SIGINT)
        interrupted.communicate(timeout=TIMEOUT_S)
    assert interrupted.returncode == 128 + signal.SIGINT
    reached = [at for at, _ in newest_digests(here / "runs" / "training_original")]
    total = 4 * (max(reached) + 50)
    resumed = document(
        here,
        BUCKETS,
        *("--logdir", "runs/training_resumed", "--resume-from", "runs/training_original"),
        *(*flags, str(total)),
    )
    status, said = run(resumed, here)
    assert status == 0, said
    assert f"iterations: {sum(reached):,} done + {total - sum(reached):,} left = {total:,}" in said
    assert {at for at, _ in newest_digests(here / "runs" / "training_resumed")} == {total // 4}


def test_the_documented_time_budget(here: Path) -> None:
    flags = ("--time-budget", "0.5", "--num-instances", "2", "--snapshot-interval", "0.2")
    assert run(document(here, BUCKETS, "--logdir", "runs/week1_day1", *flags), here)[0] == 0
    command = document(here, BUCKETS, "--logdir", "runs/week1_day2", *flags)
    status, said = run([*command, "--resume-from", "runs/week1_day1"], here)
    assert status == 0, said
    for number in range(2):
        first = find_checkpoint(here / "runs" / "week1_day1" / f"instance_{number}")
        second = find_checkpoint(here / "runs" / "week1_day2" / f"instance_{number}")
        assert second.iteration > first.iteration
        # The budget counts from the resume; the total goes on.
        assert 0.5 <= second.metadata["elapsed_seconds"] < 5
        assert second.metadata["elapsed_seconds_total"] >= 1.0


def test_the_documented_partial_failure(here: Path) -> None:
    flags = ("--num-instances", "4", "--iters")
    first = document(here, BUCKETS, "--logdir", "runs/training", *flags, "200")
    assert run(first, here)[0] == 0
    shutil.rmtree(here / "runs" / "training" / "instance_2" / "checkpoints")
    retry = document(here, BUCKETS, "--logdir", "runs/training_retry", *flags, "400")
    status, said = run([*retry, "--resume-from", "runs/training"], here)
    assert status == 0, said
    assert "No checkpoint found for instance 2" in said
    assert [at for at, _ in newest_digests(here / "runs" / "training_retry")] == [100] * 4
    assert "iterations: 150 done + 250 left = 400" in said


def test_other_buckets_are_refused_in_the_documented_words(
    here: Path, coarse_buckets: Path
) -> None:
    flags = ("--num-instances", "2", "--iters", "40")
    assert run(document(here, BUCKETS, "--logdir", "runs/a", *flags), here)[0] == 0
    command = document(here, coarse_buckets, "--logdir", "runs/b", *flags)
    status, said = run([*command, "--resume-from", "runs/a"], here)
    assert status == 2
    assert "Cannot safely resume training with different bucket configuration" in said
    assert not (here / "runs" / "b").exists()
