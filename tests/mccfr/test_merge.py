"""Merged tables against references in numpy, and what a merge counts, leaves out and refuses."""

from __future__ import annotations

import shutil
from bisect import bisect
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdem.checkpoint.history import Segment, history_of
from holdem.checkpoint.store import find_checkpoint
from holdem.errors import (
    CheckpointError,
    IncompatibleCheckpointError,
    MemoryPlanError,
    RunDirectoryError,
)
from holdem.evaluation.exploitability import exact_exploitability
from holdem.mccfr import merge as merging
from holdem.mccfr.merge import merge_checkpoints
from holdem.policy.policy import Policy
from holdem.types import GameConfig
from instance_runs import (
    KUHN,
    KUHN3,
    LEDUC,
    change_metadata,
    saved_bytes,
    tables,
    train_instance,
    train_instances,
)

DCFR = {"discount_mode": "dcfr", "discount_interval": 50, "dcfr_beta": 0.5}
ITERATIONS = [300, 450, 275]
HOLDEM3 = GameConfig(
    num_players=3,
    stacks=2000,
    bets=dict.fromkeys(("preflop", "flop", "turn", "river"), "1"),
    raise_cap=2,
)


def instance_dirs(run: Path) -> list[Path]:
    return sorted(run.glob("instance_*"))


def added(arrays: list[np.ndarray]) -> np.ndarray:
    """Adds in order, as float32."""
    total = np.zeros_like(arrays[0])
    for array in arrays:
        total = total + array
    return total


# Tables ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("discount", ["none", "linear", "cfr_plus"])
@pytest.mark.parametrize("sampling", ["external", "outcome", "public_chance"])
@pytest.mark.parametrize("game", [KUHN, LEDUC], ids=["kuhn", "leduc"])
def test_sums_are_added_and_regrets_averaged(
    tmp_path: Path, game: GameConfig, sampling: str, discount: str
) -> None:
    settings = {"discount_mode": discount, "discount_interval": 50, "sampling": sampling}
    run = train_instances(tmp_path / "run", game, ITERATIONS, **settings)
    merge_checkpoints([run], tmp_path / "merged")
    sources = [tables(directory) for directory in instance_dirs(run)]
    regrets, sums = tables(tmp_path / "merged")
    assert np.array_equal(sums, added([one for _, one in sources]))
    assert np.array_equal(regrets, added([one for one, _ in sources]) / np.float32(3))
    assert any(not np.array_equal(one, other) for (_, one), (_, other) in pairwise(sources))


def strips_of(path: Path) -> dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray]]:
    """Finds regrets and sums of each strip of a growing tree by its path from the root.

    A strip begins with its stamp. The rules are those of betting_tree.hpp.
    """
    file = find_checkpoint(path).policy()
    column = {
        name: file.array(f"betting_tree/{name}")
        for name in ("base", "first_child", "num_actions", "action_code", "row_stride")
    }
    shift = file.array("betting_tree/strip_shift")
    paths = {0: ()}
    owners = []  # in the order in which strips are numbered
    for node in map(int, file.array("grown_nodes")):
        owners.append((int(column["base"][node]), node))
        first = int(column["first_child"][node])
        for child in range(first, first + int(column["num_actions"][node])):
            paths[child] = (*paths[node], int(column["action_code"][child]))
    regrets, sums = tables(path)
    found = {}
    start = 1
    for strip in map(int, file.array("grown_strips")):
        base, node = owners[bisect(owners, strip, key=lambda owner: owner[0]) - 1]
        end = start + 1 + (int(column["row_stride"][node]) << int(shift[node]))
        found[(*paths[node], "strip", strip - base)] = regrets[start:end], sums[start:end]
        start = end
    assert start == sums.size
    return found


def some_growing_run(tmp_path: Path, buckets: Path | None = None, **training: Any) -> Path:
    # A few iterations, so that every instance has been somewhere else.
    settings = {**training, "discount_interval": 1, "buckets": buckets}
    game = KUHN3 if buckets is None else HOLDEM3
    return train_instances(tmp_path / "run", game, [3, 5, 2, 4], **settings)


@pytest.fixture(params=["kuhn3", "holdem3"])
def buckets(request: pytest.FixtureRequest) -> Path | None:
    """The buckets of a game whose tree grows; in hold'em a node has several strips of them."""
    if request.param == "kuhn3":
        return None
    found: Path = request.getfixturevalue("holdem_buckets")
    return found


def test_growing_trees_are_joined_by_path(tmp_path: Path, buckets: Path | None) -> None:
    run = some_growing_run(tmp_path, buckets)
    merge_checkpoints([run], tmp_path / "merged")
    sources = [strips_of(directory) for directory in instance_dirs(run)]
    merged = strips_of(tmp_path / "merged")
    assert merged.keys() == set().union(*sources)
    assert any(source.keys() != merged.keys() for source in sources)
    for strip, (regrets, sums) in merged.items():
        nothing = np.zeros_like(sums), np.zeros_like(sums)
        found = [source.get(strip, nothing) for source in sources]
        assert np.array_equal(sums, added([one for _, one in found]))
        assert np.array_equal(regrets, added([one for one, _ in found]) / np.float32(4))


def eagerly_discounted(strip: np.ndarray, block: int, alpha: float, beta: float) -> np.ndarray:
    """Brings a strip's regrets, its stamp in front, up to date block after block."""
    stamp = int(strip[:1].view(np.uint32)[0])
    values = strip[1:].astype(np.float64)
    for t in range(stamp + 1, block + 1):
        positive, negative = (t**power / (t**power + 1) for power in (alpha, beta))
        values = np.where(values > 0, values * positive, values * negative)
    return values


def assert_is_mean_of_discounted(merged: np.ndarray, found: list[np.ndarray], block: int) -> None:
    assert merged[:1].view(np.uint32)[0] == block
    mean = sum(eagerly_discounted(one, block, 1.5, 0.5) for one in found) / len(found)
    np.testing.assert_allclose(merged[1:], mean, rtol=1e-5, atol=1e-6)


def test_late_discounts_are_applied_before_averaging(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, ITERATIONS, **DCFR)
    merge_checkpoints([run], tmp_path / "merged")
    block = max(ITERATIONS) // 50
    sources = [tables(directory) for directory in instance_dirs(run)]
    regrets, sums = tables(tmp_path / "merged")
    assert np.array_equal(sums, added([one for _, one in sources]))
    policy = Policy.open(find_checkpoint(tmp_path / "merged").policy_path)
    nodes = policy._columns
    regions = [i for i in range(nodes["lead"].size) if nodes["lead"][i] == 1]
    seen = 0
    for node in regions:
        length = 1 + (int(nodes["row_stride"][node]) << int(nodes["strip_shift"][node]))
        buckets = policy.core_game.num_buckets(int(nodes["street"][node]))
        for strip in range(((buckets - 1) >> int(nodes["strip_shift"][node])) + 1):
            start = int(nodes["base"][node]) - 1 + strip * length
            at = slice(start, start + length)
            assert_is_mean_of_discounted(regrets[at], [one[at] for one, _ in sources], block)
            seen += length
    assert seen == regrets.size


def test_late_discounts_of_growing_trees(tmp_path: Path, buckets: Path | None) -> None:
    run = some_growing_run(tmp_path, buckets, **DCFR)
    merge_checkpoints([run], tmp_path / "merged")
    sources = [strips_of(directory) for directory in instance_dirs(run)]
    for strip, (regrets, sums) in strips_of(tmp_path / "merged").items():
        nothing = np.zeros_like(sums), np.zeros_like(sums)
        found = [source.get(strip, nothing) for source in sources]
        assert np.array_equal(sums, added([one for _, one in found]))
        assert_is_mean_of_discounted(regrets, [one for one, _ in found], 5)


def test_one_checkpoint_alone_keeps_its_tables(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300])
    merge_checkpoints([run], tmp_path / "merged")
    for merged, own in zip(tables(tmp_path / "merged"), tables(run / "instance_0"), strict=True):
        assert np.array_equal(merged, own)


def test_the_merged_strategy_is_better_than_the_mean(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [2000] * 4)
    merge_checkpoints([run], tmp_path / "merged")

    def exploitability(path: Path) -> float:
        policy = Policy.open(find_checkpoint(path).policy_path)
        return exact_exploitability(policy).exploitability_chips

    alone = [exploitability(directory) for directory in instance_dirs(run)]
    assert exploitability(tmp_path / "merged") < 0.8 * np.mean(alone)


# Order, places, parts ----------------------------------------------------------------------------


@pytest.mark.parametrize("game", [LEDUC, KUHN3], ids=["leduc", "kuhn3"])
def test_bytes_depend_neither_on_order_nor_on_places(tmp_path: Path, game: GameConfig) -> None:
    run = train_instances(tmp_path / "run", game, [30, 45, 25], **DCFR)
    merge_checkpoints([run], tmp_path / "merged")
    expected = saved_bytes(tmp_path / "merged")
    first, second, third = instance_dirs(run)
    for number, order in enumerate([(third, second, first), (second, third, first)]):
        merge_checkpoints(order, tmp_path / f"order{number}")
        assert saved_bytes(tmp_path / f"order{number}") == expected
    moved = [tmp_path / name for name in ("z", "y", "x")]
    for directory, place in zip(instance_dirs(run), moved, strict=True):
        shutil.move(directory / "checkpoints", place)
    merge_checkpoints(moved, tmp_path / "elsewhere")
    assert saved_bytes(tmp_path / "elsewhere") == expected


@pytest.mark.parametrize("game", [LEDUC, KUHN3], ids=["leduc", "kuhn3"])
def test_bytes_do_not_depend_on_the_parts(
    tmp_path: Path, game: GameConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_instances(tmp_path / "run", game, [300, 450], **DCFR)
    merge_checkpoints([run], tmp_path / "merged")
    monkeypatch.setattr(merging, "PART_BYTES", 4096)
    merge_checkpoints([run], tmp_path / "in-parts")
    assert saved_bytes(tmp_path / "in-parts") == saved_bytes(tmp_path / "merged")


# What the checkpoint says ------------------------------------------------------------------------


def test_metadata_says_what_was_merged(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 450], seed=8)
    third = train_instance(tmp_path / "third", 0, LEDUC, 200, seed=5)
    result = merge_checkpoints([run, third], tmp_path / "merged")
    metadata = find_checkpoint(tmp_path / "merged").metadata
    assert result.checkpoint.iteration == metadata["iteration"] == 450
    assert result.total_iterations == 950
    assert metadata["merged"] is True
    assert (metadata["instance"], metadata["rng"]["instance"]) == (0, 0)
    assert metadata["configuration"]["training"]["seed"] == metadata["rng_state"]["seed"] == 5
    assert history_of(metadata) == (
        Segment(5, 0, 0, 200),
        Segment(8, 0, 0, 300),
        Segment(8, 1, 0, 450),
    )
    inputs = [find_checkpoint(path).metadata for path in (third, *instance_dirs(run))]
    assert [one["digest"] for one in metadata["ancestry"]] == [one["digest"] for one in inputs]
    assert metadata["elapsed_seconds_total"] == pytest.approx(
        sum(one["elapsed_seconds_total"] for one in inputs)
    )
    assert str(tmp_path) not in find_checkpoint(tmp_path / "merged").metadata_path.read_text()


@pytest.mark.parametrize("discount", [{}, DCFR], ids=["linear", "dcfr"])
@pytest.mark.parametrize("game", [LEDUC, KUHN3], ids=["leduc", "kuhn3"])
def test_training_goes_on_from_a_merged_checkpoint(
    tmp_path: Path, game: GameConfig, discount: dict[str, Any]
) -> None:
    run = train_instances(tmp_path / "run", game, [300, 450], **discount)
    merge_checkpoints([run], tmp_path / "merged")
    merged = find_checkpoint(tmp_path / "merged").metadata
    later = train_instance(
        tmp_path / "on", 0, game, 600, resume_from=tmp_path / "merged", **discount
    )
    history = history_of(find_checkpoint(later).metadata)
    assert history == (*history_of(merged), Segment(0, 0, 450, 600, merged["digest"]))
    # The merged run holds what its instances hold, so merging all of them changes nothing.
    result = merge_checkpoints([run, tmp_path / "merged", later], tmp_path / "again")
    assert [set(source.history) for source in result.sources] == [set(history)]
    assert len(result.left_out) == 3
    assert np.array_equal(tables(tmp_path / "again")[1], tables(later)[1])


def test_instances_of_a_merged_start_are_merged_again(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 450])
    merge_checkpoints([run], tmp_path / "merged")
    for number in range(3):
        train_instance(
            tmp_path / "on",
            number,
            LEDUC,
            600,
            resume_from=tmp_path / "merged",
            shared_start=True,
        )
    result = merge_checkpoints([tmp_path / "on", tmp_path / "merged"], tmp_path / "again")
    assert result.total_iterations == 750 + 3 * 150
    assert [one.source.path.parents[1].name for one in result.left_out] == ["merged"]
    sums = added([tables(directory)[1] for directory in instance_dirs(tmp_path / "on")])
    assert np.allclose(tables(tmp_path / "again")[1], sums, rtol=1e-6)


# Nothing is counted twice ------------------------------------------------------------------------


def test_a_chain_of_days_is_counted_once(tmp_path: Path) -> None:
    first = train_instance(tmp_path / "day1", 0, LEDUC, 300)
    second = train_instance(tmp_path / "day2", 0, LEDUC, 500, resume_from=first)
    other = train_instance(tmp_path / "other", 1, LEDUC, 100)
    result = merge_checkpoints([first, second, other], tmp_path / "merged")
    assert result.total_iterations == 600
    (left_out,) = result.left_out
    assert left_out.source.path == find_checkpoint(first).policy_path
    assert left_out.reason == f"all its iterations are in {find_checkpoint(second).policy_path}"
    merge_checkpoints([second, other], tmp_path / "without")
    assert saved_bytes(tmp_path / "merged") == saved_bytes(tmp_path / "without")


def test_the_same_checkpoint_twice_is_counted_once(tmp_path: Path) -> None:
    one = train_instance(tmp_path / "run", 0, LEDUC, 300)
    other = train_instance(tmp_path / "run", 1, LEDUC, 300)
    copy = shutil.copytree(one, tmp_path / "copy")
    result = merge_checkpoints([one, one, copy, other], tmp_path / "merged")
    assert result.total_iterations == 600
    assert [source.seed for source in result.sources] == [0, 0]
    assert len(result.left_out) == 2
    assert all(left_out.reason.startswith("the same training as") for left_out in result.left_out)


def test_a_run_that_only_began_its_branch_is_left_out(tmp_path: Path) -> None:
    start = train_instance(tmp_path / "start", 0, LEDUC, 300)
    grown = train_instance(tmp_path / "on", 0, LEDUC, 400, resume_from=start, shared_start=True)
    branch = find_checkpoint(grown).metadata["history"][-1]
    change_metadata(grown, history=[{**branch, "end": branch["start"]}])
    result = merge_checkpoints([start, grown], tmp_path / "merged")
    assert [one.reason for one in result.left_out] == ["its strategy sums hold no iteration"]


def test_iterations_in_common_are_refused(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 400])
    merge_checkpoints([run], tmp_path / "merged")
    longer = train_instance(tmp_path / "longer", 1, LEDUC, 500, resume_from=run / "instance_1")
    with pytest.raises(IncompatibleCheckpointError) as refused:
        merge_checkpoints([tmp_path / "merged", longer], tmp_path / "again")
    message = str(refused.value)
    assert "iterations 0 to 400 of seed 0, instance 1, which would count twice" in message
    assert str(find_checkpoint(tmp_path / "merged").policy_path) in message
    assert str(find_checkpoint(longer).policy_path) in message
    assert not (tmp_path / "again").exists()


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("game", "settings", "field"),
    [
        (KUHN, {}, "configuration.game.name"),
        (LEDUC, {"sampling": "outcome"}, "configuration.training.sampling"),
        (LEDUC, {"discount_interval": 7}, "configuration.training.discount_interval"),
        (LEDUC, {"enable_pruning": True}, "configuration.training.enable_pruning"),
    ],
)
def test_different_runs_are_refused(
    tmp_path: Path, game: GameConfig, settings: dict[str, Any], field: str
) -> None:
    one = train_instance(tmp_path / "one", 0, LEDUC, 100)
    other = train_instance(tmp_path / "other", 1, game, 100, **settings)
    with pytest.raises(IncompatibleCheckpointError, match=f"cannot merge .*{field} is ") as refused:
        merge_checkpoints([other, one], tmp_path / "merged")
    assert str(one) in str(refused.value)
    assert str(other) in str(refused.value)
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bucket_hash": "00ff"}, 'different buckets, of hash null and "00ff"'),
        ({"rng": {"algorithm": "philox4x32-10", "version": 9, "instance": 1}}, "rng.version is"),
        ({"layout": "node_rows"}, 'layout is "street_rows" and "node_rows"'),
        ({"format_version": 2}, "written as 'holdem-checkpoint' version 2"),
        ({"history": [{"seed": 1}]}, "'history.0.instance'"),
        ({"history": None}, "'history' = None"),
    ],
)
def test_different_metadata_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [100, 100])
    change_metadata(run / "instance_1", **changes)
    with pytest.raises(CheckpointError) as refused:
        merge_checkpoints([run], tmp_path / "merged")
    assert message in str(refused.value)
    assert not (tmp_path / "merged").exists()


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)


def test_a_damaged_newest_checkpoint_falls_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 300], checkpoint_interval=100)
    newest = find_checkpoint(run / "instance_1")
    damage(newest.policy_path)
    result = merge_checkpoints([run], tmp_path / "merged")
    assert [source.checkpoint.iteration for source in result.sources] == [300, 200]
    assert str(newest.policy_path) in caplog.text
    assert newest.policy_path.exists()  # inputs are left as they are


def test_an_instance_without_a_sound_checkpoint_is_refused(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 300])
    damage(find_checkpoint(run / "instance_1").regrets_path)
    with pytest.raises(CheckpointError, match="instance_1/checkpoints: none of the 1 checkpoints"):
        merge_checkpoints([run], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_instances_without_checkpoints_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 300, 300, 300])
    shutil.rmtree(run / "instance_1")
    shutil.rmtree(run / "instance_3" / "checkpoints")
    result = merge_checkpoints([run], tmp_path / "merged")
    assert [source.metadata["instance"] for source in result.sources] == [0, 2]
    for number in (1, 3):
        assert f"{run}/instance_{number} is left out: it has no checkpoint" in caplog.text


def test_a_run_without_any_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run" / "instance_0").mkdir(parents=True)
    with pytest.raises(CheckpointError, match="none of its instances has a checkpoint"):
        merge_checkpoints([tmp_path / "run"], tmp_path / "merged")


def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [100, 100])
    file = tmp_path / "file"
    file.touch()
    for out, message in [
        (run, "is merged"),
        (run / "merged", "is merged"),
        (run / "instance_0", "is merged"),
        (file, "not a directory"),
        (file / "below", "not a directory"),
    ]:
        with pytest.raises(RunDirectoryError, match=message):
            merge_checkpoints([run], out)
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        merge_checkpoints([run / "instance_0"], run / "instance_1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "run"]


@pytest.mark.parametrize("game", [LEDUC, KUHN3], ids=["leduc", "kuhn3"])
def test_too_little_memory_is_refused_with_numbers(
    tmp_path: Path, game: GameConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_instances(tmp_path / "run", game, [100, 100])
    monkeypatch.setattr(merging, "available_memory_bytes", lambda: 1000)
    with pytest.raises(MemoryPlanError, match=r"need .* and 0\.0 MB of memory can be had"):
        merge_checkpoints([run], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_disk_that_is_too_full_is_refused_with_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [100, 100])

    class Full:
        f_bavail, f_frsize = 1, 512

    monkeypatch.setattr("os.statvfs", lambda _: Full)
    with pytest.raises(RunDirectoryError, match=r"the tables need [\d,]+ bytes and 512 are free"):
        merge_checkpoints([run], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_joined_trees_that_do_not_fit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = some_growing_run(tmp_path)
    merge_checkpoints([run], tmp_path / "merged")
    largest = max(tables(directory)[1].nbytes * 2 for directory in instance_dirs(run))
    monkeypatch.setattr(merging, "available_memory_bytes", lambda: largest + 1)
    with pytest.raises(MemoryPlanError, match=r"the betting trees joined need \d+ bytes"):
        merge_checkpoints([run], tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_checkpoints_that_their_runs_let_go_are_merged_all_the_same(tmp_path: Path) -> None:
    run = train_instances(tmp_path / "run", LEDUC, [300, 300])
    expected = merge_checkpoints([run], tmp_path / "expected")

    def let_go(step: str, share: float) -> None:
        if step == "merging":
            for path in run.glob("instance_*/checkpoints/*"):
                path.unlink()

    merged = merge_checkpoints([run], tmp_path / "merged", progress=let_go)
    assert not list(run.glob("instance_*/checkpoints/*"))
    assert saved_bytes(tmp_path / "merged") == saved_bytes(tmp_path / "expected")
    assert merged.total_iterations == expected.total_iterations
