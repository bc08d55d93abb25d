"""``--sync-interval``: instances that average their regrets, whatever happens to them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from multi_instance_runs import newest_digests, progress, synchronised

from chunked_runs import digests, metadata, train, write_config
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.mccfr.instance import window_of
from holdem.mccfr.instances.starts import Starts, consistent_starts

FLAGS = ("--num-instances", "3", "--sync-interval", "50")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path / "run.yaml", num_iterations=1000)


@pytest.mark.parametrize(
    "training",
    [
        {"discount_mode": "linear", "discount_interval": 100},
        {"discount_mode": "dcfr", "dcfr_beta": 0.5, "discount_interval": 30},
        {"discount_mode": "none"},
        {"sampling": "outcome"},
        {"sampling": "public_chance", "discount_mode": "dcfr", "discount_interval": 30},
    ],
    ids=["linear", "dcfr", "none", "outcome", "public_chance"],
)
@pytest.mark.parametrize("total", [1000, 900])  # a remainder, and ends that meet a round
def test_it_is_what_one_process_would_compute(
    tmp_path: Path, training: dict[str, object], total: int
) -> None:
    config = write_config(tmp_path / "run.yaml", num_iterations=total, **training)
    status, said = train(config, tmp_path / "a", *FLAGS)
    assert status == 0, said
    for number, solver in enumerate(synchronised(total, 3, 50, **training)):
        saved = find_checkpoint(tmp_path / "a" / f"instance_{number}")
        assert saved.iteration == solver.iteration
        np.testing.assert_array_equal(saved.regrets().array("regrets"), solver.regrets)
        sums = saved.policy().array("strategy_sums")
        np.testing.assert_array_equal(sums, solver.strategy_sums)


@pytest.mark.parametrize("mode", ["linear", "dcfr"])
def test_cuts_change_no_byte(tmp_path: Path, mode: str) -> None:
    """At a multiple of the interval, between two, and one before."""
    config = write_config(
        tmp_path / "run.yaml", num_iterations=1000, discount_mode=mode, discount_interval=40
    )
    assert train(config, tmp_path / "uncut", *FLAGS)[0] == 0
    for number, iterations in enumerate((300, 471, 747, 1000)):
        resume = ("--resume-from", str(tmp_path / "cut")) if number else ()
        flags = (*FLAGS, *resume, "--iters", f"{iterations}")
        assert train(config, tmp_path / "cut", *flags)[0] == 0
    assert newest_digests(tmp_path / "cut") == newest_digests(tmp_path / "uncut")


def test_chunks_change_no_byte(tmp_path: Path, config: Path) -> None:
    assert train(config, tmp_path / "uncut", *FLAGS)[0] == 0
    chunks = ("--chunked", "--chunk-iterations", "120", "--until-complete")
    assert train(config, tmp_path / "cut", *FLAGS, *chunks)[0] == 0
    assert newest_digests(tmp_path / "cut") == newest_digests(tmp_path / "uncut")
    assert list(metadata(tmp_path / "cut" / "instance_1")) == [120, 240, 333]


def test_chunks_that_time_ends_wait_for_nobody(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", num_iterations=99_999_999)
    chunks = ("--chunked", "--chunk-minutes", "0.01")
    for _ in range(2):
        assert train(config, tmp_path / "a", *FLAGS, *chunks)[0] == 0
        reached = [at for at, _ in newest_digests(tmp_path / "a")]
        assert len({window_of(at, 50) for at in reached}) == 1
    assert {progress(tmp_path / "a", number).status for number in range(3)} == {"stopped"}


def test_chunks_that_time_ends_follow_one_another(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", time_budget_seconds=1.5)
    chunks = ("--chunked", "--chunk-minutes", "0.01", "--until-complete")
    assert train(config, tmp_path / "a", *FLAGS, *chunks)[0] == 0
    saved = metadata(tmp_path / "a" / "instance_0")
    iterations = list(saved)
    assert len(iterations) >= 3
    # Every process trained: none stood at a round that would not begin.
    assert all(later - earlier > 100 for earlier, later in pairwise(iterations))
    assert len({window_of(at, 50) for at, _ in newest_digests(tmp_path / "a")}) == 1


def test_a_time_budget_ends_all_in_one_window(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", time_budget_seconds=0.5)
    assert train(config, tmp_path / "a", *FLAGS)[0] == 0
    reached = [at for at, _ in newest_digests(tmp_path / "a")]
    assert min(reached) > 50
    assert len({window_of(at, 50) for at in reached}) == 1


def test_saves_by_time_are_made_together(tmp_path: Path) -> None:
    config = write_config(
        tmp_path / "run.yaml", time_budget_seconds=1.2, snapshot_interval_seconds=0.2
    )
    assert train(config, tmp_path / "a", *FLAGS)[0] == 0
    saved = [list(metadata(tmp_path / "a" / f"instance_{number}")) for number in range(3)]
    common = set.intersection(*map(set, saved))
    assert len(common) >= 2
    assert all(at % 50 == 0 for at in common)
    for iterations in saved:
        assert set(iterations) - common <= {iterations[-1]}  # where its time ended


def test_one_instance_synchronises_with_itself(tmp_path: Path, config: Path) -> None:
    assert train(config, tmp_path / "one", "--num-instances", "1", "--sync-interval", "50")[0] == 0
    assert train(config, tmp_path / "alone")[0] == 0
    assert digests(tmp_path / "one" / "instance_0") == digests(tmp_path / "alone")


def test_trees_that_grow_are_refused(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", "kuhn", 3, num_iterations=100)
    status, said = train(config, tmp_path / "a", *FLAGS)
    assert status == 2
    assert "sync_interval = 50: instances are synchronised with two players only" in said
    assert not (tmp_path / "a").exists()


def test_a_lost_instance_catches_up_alone(tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.yaml", num_iterations=600, checkpoint_interval=75)
    assert train(config, tmp_path / "a", *FLAGS)[0] == 0
    shutil.rmtree(tmp_path / "a" / "instance_1")
    flags = (*FLAGS, "--resume-from", str(tmp_path / "a"), "--iters", "1200")
    status, said = train(config, tmp_path / "a", *flags)
    assert status == 0, said
    assert "have no synchronisation in common to go on from" in said
    assert [at for at, _ in newest_digests(tmp_path / "a")] == [400, 400, 400]


# What instances can go on from together -----------------------------------------------------------


def saved_at(tmp_path: Path, config: Path, instances: Sequence[Sequence[int]]) -> Starts:
    """Makes a run directory with checkpoints at these iterations, all of them sound."""
    logdir = tmp_path / "cut"
    everything = sorted({at for iterations in instances for at in iterations})
    source = tmp_path / "source"
    for at in everything:
        flags = ("--iters", f"{at}", *(("--resume-from", str(source)) if source.exists() else ()))
        assert train(config, source, *flags)[0] == 0
    for number, iterations in enumerate(instances):
        target = logdir / f"instance_{number}" / "checkpoints"
        target.mkdir(parents=True)
        for at in iterations:
            for path in Checkpoint(source / "checkpoints", at).paths:
                shutil.copy(path, target)
    return Starts(RunDirectory(logdir), None)


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        ([[30], [45], [50]], [30, 45, 50]),  # the first window, its last iteration included
        ([[50], [51]], [50, 0]),  # the others may have been cut before their first save
        ([[30, 60], [40]], [30, 40]),
        ([[30, 60, 90], [40, 70]], [90, 70]),
        ([[60], []], [0, 0]),
        ([[30, 60], []], [30, 0]),
        ([[60, 130], []], None),  # it has saved before, so it was lost
        ([[30, 130], [60, 160]], None),
        ([[], []], [0, 0]),
    ],
)
def test_consistent_starts(
    tmp_path: Path, config: Path, instances: list[list[int]], expected: list[int] | None
) -> None:
    starts = consistent_starts(saved_at(tmp_path, config, instances), len(instances), 50)
    assert (None if starts is None else [start.iteration for start in starts]) == expected


def test_a_damaged_checkpoint_takes_all_back(tmp_path: Path, config: Path) -> None:
    starts = saved_at(tmp_path, config, [[30, 60], [40, 70]])
    path = tmp_path / "cut" / "instance_1" / "checkpoints" / "checkpoint_iter70_regrets.pkl"
    path.write_bytes(path.read_bytes()[:-1])
    found = consistent_starts(starts, 2, 50)
    assert found is not None
    assert [start.iteration for start in found] == [30, 40]
    assert found[0].why == "as far as all instances have saved"
    assert found[1].why == "newest sound one; 70 damaged"


def test_retention_keeps_what_the_others_may_have_to_go_back_to(
    tmp_path: Path, config: Path
) -> None:
    assert train(config, tmp_path / "a", "--iters", "100", "--checkpoint-interval", "20")[0] == 0
    store = CheckpointStore(tmp_path / "a" / "checkpoints", keep_checkpoints=1)
    store.newest_valid()
    store.keep_newest_until(50)
    store.sweep()
    assert [checkpoint.iteration for checkpoint in store.list()] == [40, 100]
    store.keep_newest_until(100)
    store.sweep()
    assert [checkpoint.iteration for checkpoint in store.list()] == [100]
