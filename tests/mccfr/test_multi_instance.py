"""``--num-instances``: what each instance trains, where it leaves it, and what is refused."""

from __future__ import annotations

import signal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multi_instance_runs import newest_digests, pid, progress, wait_for_checkpoints

from chunked_runs import TIMEOUT_S, data_files, metadata, start, train, wait_until, write_config
from holdem.checkpoint.store import find_checkpoint
from holdem.config import load_run_config
from holdem.mccfr.instances.plan import split
from holdem.mccfr.multi_instance_coordinator import _worst
from holdem.mccfr.solver import Solver

INSTANCES = ("--num-instances", "3")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path / "run.yaml", num_iterations=1000)


@given(st.integers(0, 10**12), st.integers(1, 1024))
def test_ranges_are_contiguous_and_add_up(total: int, count: int) -> None:
    ranges = split(total, count)
    assert len(ranges) == count
    assert ranges[0][0] == 0
    assert ranges[-1][1] == total
    sizes = [end - begin for begin, end in ranges]
    assert all(one[1] == following[0] for one, following in pairwise(ranges))
    assert sizes == sorted(sizes, reverse=True)  # the remainder goes to the first ones
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ([0, 0], 0),
        ([3, 3], 3),
        ([3, 0], 0),
        ([0, 1, 143], 1),
        ([2, 143, 0], 2),
        ([130, 0, 3], 130),
        ([1, 2], 1),
    ],
)
def test_the_exit_status_is_the_worst(statuses: list[int], worst: int) -> None:
    assert _worst(statuses) == worst


def test_each_instance_trains_its_range_in_a_directory_of_its_own(
    tmp_path: Path, config: Path
) -> None:
    logdir = tmp_path / "a"
    status, said = train(
        config, logdir, *INSTANCES, "--checkpoint-interval", "200", "--tensorboard"
    )
    assert status == 0, said
    assert [path.name for path in sorted(logdir.iterdir())] == [
        *("config.yaml", "instance_0", "instance_1", "instance_2"),
        *("progress", "run.lock", "train.log", "versions.json"),
    ]
    ranges = [(0, 334), (334, 667), (667, 1000)]
    for number, (begin, end) in enumerate(ranges):
        saved = metadata(logdir / f"instance_{number}")
        assert list(saved) == [200, end - begin]
        for content in saved.values():
            assert content["iteration_range"] == [begin, end]
            assert content["instance"] == number
            assert content["rng_state"]["instance"] == number
            assert content["num_instances"] == 3
        assert saved[end - begin]["history"] == [
            {"seed": 0, "instance": number, "start": 0, "end": end - begin, "origin": ""}
        ]
        own = logdir / f"instance_{number}"
        assert {path.name for path in own.iterdir()} == {
            *("checkpoints", "config.yaml", "run.lock", "tensorboard"),
            *("train.log", "versions.json"),
        }
        (events,) = (own / "tensorboard").iterdir()
        assert f".{number}." in events.name
        assert load_run_config(own / "config.yaml", {}).training.num_iterations == end - begin
        shown = progress(logdir, number)
        assert (shown.status, shown.iteration, shown.target_iteration) == (
            "complete",
            end - begin,
            end - begin,
        )
        assert shown.iteration_range == (begin, end)
        assert shown.checkpoint_iteration == end - begin
        assert (shown.pid, shown.error, shown.restarts) == (None, None, 0)
    assert load_run_config(logdir / "config.yaml", {}).training.num_instances == 3
    assert "iterations: 0 done + 1,000 left = 1,000" in said
    assert "all instances: complete, iterations 1,000 of 1,000 (100.0%)" in said


def test_an_instance_is_the_run_of_its_own_stream(tmp_path: Path, config: Path) -> None:
    assert train(config, tmp_path / "a", *INSTANCES)[0] == 0
    assert train(config, tmp_path / "alone", "--iters", "334")[0] == 0
    first = data_files(tmp_path / "a" / "instance_0", 334)
    assert first == data_files(tmp_path / "alone", 334)
    run = load_run_config(config, {})
    regrets = []
    for number in range(3):
        solver = Solver(run.game, run.training, memory_limit_bytes=1 << 28, instance=number)
        solver.run(333, 1e9)
        if number > 0:
            saved = find_checkpoint(tmp_path / "a" / f"instance_{number}")
            np.testing.assert_array_equal(saved.regrets().array("regrets"), solver.regrets)
        regrets.append(solver.regrets.tobytes())
    assert len(set(regrets)) == 3


def test_a_time_budget_is_whole_for_each_instance(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", time_budget_seconds=0.6)
    status, said = train(config, tmp_path / "a", "--num-instances", "2")
    assert status == 0, said
    for number in range(2):
        newest = find_checkpoint(tmp_path / "a" / f"instance_{number}").metadata
        assert newest["elapsed_seconds"] >= 0.6
        assert newest["iteration_range"] is None
        assert progress(tmp_path / "a", number).iteration_range is None
    assert (
        train(config, tmp_path / "a", "--num-instances", "2", "--resume-from", tmp_path / "a")[0]
        == 3
    )


def test_chunks_of_instances(tmp_path: Path, config: Path) -> None:
    assert train(config, tmp_path / "uncut", *INSTANCES)[0] == 0
    chunks = ("--chunked", "--chunk-iterations", "150")
    status, said = train(config, tmp_path / "cut", *INSTANCES, *chunks)
    assert status == 0, said
    assert [at for at, _ in newest_digests(tmp_path / "cut")] == [150, 150, 150]
    assert progress(tmp_path / "cut", 0).status == "stopped"
    assert "Restart" not in said
    assert train(config, tmp_path / "cut", *INSTANCES, *chunks, "--until-complete")[0] == 0
    assert newest_digests(tmp_path / "cut") == newest_digests(tmp_path / "uncut")
    assert list(metadata(tmp_path / "cut" / "instance_2")) == [150, 300, 333]
    status, said = train(config, tmp_path / "cut", *INSTANCES, *chunks)
    assert status == 3
    assert "nothing to do: all 3 instances" in said


def test_three_players_with_trees_of_their_own(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", "kuhn", 3, num_iterations=300)
    assert train(config, tmp_path / "a", *INSTANCES)[0] == 0
    assert [at for at, _ in newest_digests(tmp_path / "a")] == [100, 100, 100]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--num-instances", "0"), "num_instances = 0: must be an integer >= 1"),
        (
            ("--num-instances", "1000"),
            "1000 instances need 80.01 GB (0.0 MB of tables and tree, 80.0 MB of process each) and "
            "1.00 GB are allowed: use --num-instances 12, or raise --memory-limit",
        ),
        (("--num-instances", "1025"), "num_instances = 1025"),
        (("--sync-interval", "10"), "--sync-interval 10: needs --num-instances"),
        (("--num-instances", "2", "--sync-interval", "0"), "sync_interval = 0"),
        (("--num-instances", "2", "--until-complete"), "--until-complete: needs --chunked"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, config: Path, flags: tuple[str, ...], message: str
) -> None:
    status, said = train(config, tmp_path / "a", "--memory-limit", "1GB", *flags)
    assert status == 2
    assert message in said
    assert said.count("holdem-train-blueprint: ") == 1
    assert not (tmp_path / "a").exists()


def test_runs_with_and_without_instances_are_not_mixed(tmp_path: Path, config: Path) -> None:
    several, alone = tmp_path / "several", tmp_path / "alone"
    assert train(config, several, *INSTANCES)[0] == 0
    assert train(config, alone)[0] == 0
    for logdir, flags, message in (
        (several, INSTANCES, "holds a run already: continue it with --resume-from"),
        (several, (), "holds a run of several instances (3): continue it with --num-instances 3"),
        (several, ("--resume-from", several), "holds a run of several instances (3)"),
        (several, ("--chunked", "--chunk-iterations", "9"), "holds a run of several instances (3)"),
        (alone, INSTANCES, "holds a run without instances: name a new --logdir"),
        (alone, (*INSTANCES, "--resume-from", alone), "holds a run without instances"),
        (tmp_path / "new", ("--resume-from", several), "it holds several instances (3): name one"),
    ):
        status, said = train(config, logdir, "--iters", "2000", *map(str, flags))
        assert (status, message in said) == (2, True), said
    assert not (tmp_path / "new").exists()


def test_a_second_coordinator_is_refused_while_the_first_lives(
    tmp_path: Path, config: Path
) -> None:
    logdir = tmp_path / "a"
    endless = ("--iters", "999999999", *INSTANCES, "--checkpoint-interval", "1000")
    with start(config, logdir, *endless) as coordinator:
        wait_for_checkpoints(logdir, 3)
        status, said = train(config, logdir, *endless, "--resume-from", str(logdir))
        assert status == 2
        assert f"in use by process {coordinator.pid}" in said
        wait_until(lambda: pid(logdir, 0) is not None)
        status, said = train(
            config, logdir / "instance_0", "--resume-from", str(logdir / "instance_0")
        )
        assert status == 2
        assert f"in use by process {pid(logdir, 0)}" in said
        coordinator.send_signal(signal.SIGTERM)
        coordinator.communicate(timeout=TIMEOUT_S)
    assert coordinator.returncode == 128 + signal.SIGTERM
    assert {progress(logdir, number).status for number in range(3)} == {"interrupted"}
