"""Saving, listing and finding checkpoints whose files nobody has harmed."""

import errno
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xxhash

from checkpoint_samples import assert_holds, iterations, policy_of, regrets_of, save
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.errors import (
    CheckpointError,
    ConfigError,
    DamagedCheckpointError,
    IncompatibleCheckpointError,
)


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "run" / "checkpoints")


def test_what_is_saved_is_loaded(store: CheckpointStore) -> None:
    assert store.newest_valid() is None
    assert store.list() == []
    checkpoint = save(store, 100)
    assert sorted(path.name for path in store.directory.iterdir()) == [
        "checkpoint_iter100.pkl",
        "checkpoint_iter100_metadata.json",
        "checkpoint_iter100_regrets.pkl",
    ]
    assert_holds(checkpoint)
    reopened = CheckpointStore(store.directory)
    assert reopened.newest_valid() == checkpoint
    assert reopened.list() == [checkpoint]


def test_metadata_tells_plain_tools_everything(store: CheckpointStore) -> None:
    """Only the standard library and a checksum program: what the format page promises."""
    checkpoint = save(store, 100)
    metadata = json.loads(checkpoint.metadata_path.read_bytes())
    assert metadata["format"] == "holdem-checkpoint"
    assert metadata["format_version"] == 1
    assert metadata["iteration"] == 100
    assert metadata["seed"] == 7
    for kind, content in (("regrets", regrets_of(100)), ("policy", policy_of(100))):
        entry = metadata["files"][kind]
        stored = (store.directory / entry["name"]).read_bytes()
        assert entry["size_bytes"] == len(stored)
        assert entry["xxh64"] == xxhash.xxh64_hexdigest(stored)
        loaded = pickle.loads(stored)
        assert loaded.keys() == content.keys()
    digest = metadata.pop("digest")
    canonical = json.dumps(metadata, sort_keys=True, separators=(",", ":")).encode()
    assert digest == xxhash.xxh64_hexdigest(canonical)


def test_newest_is_the_highest_number(store: CheckpointStore) -> None:
    for iteration in (1_000_000, 900_000, 99, 0):
        save(store, iteration)
    os.utime(store.list()[0].metadata_path)
    assert iterations(store) == [0, 99, 900_000, 1_000_000]
    newest = store.newest_valid()
    assert newest is not None
    assert newest.iteration == 1_000_000


def test_other_names_are_no_checkpoints(store: CheckpointStore) -> None:
    save(store, 5)
    metadata = store.list()[0].metadata_path.read_bytes()
    for name in (
        "checkpoint_iter07",
        "checkpoint_iter-7",
        "checkpoint_iter7x",
        "xcheckpoint_iter7",
    ):
        (store.directory / f"{name}_metadata.json").write_bytes(metadata)
    assert iterations(store) == [5]


def test_saving_twice_changes_nothing(store: CheckpointStore) -> None:
    first = save(store, 100)
    before = {path: path.stat().st_ino for path in first.paths}
    assert save(store, 100) == first
    assert {path: path.stat().st_ino for path in first.paths} == before


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (save(CheckpointStore(tmp_path / name), 100) for name in ("a", "b"))
    for path, same in zip(one.paths, other.paths, strict=True):
        assert path.read_bytes() == same.read_bytes()


def test_left_overs_of_dead_writers_go(store: CheckpointStore) -> None:
    kept = save(store, 100)
    other = store.directory / "notes.txt"
    other.write_text("mine")
    (store.directory / ".checkpoint_iter200.pkl.4711.tmp").write_bytes(b"half")
    (store.directory / "checkpoint_iter200_regrets.pkl").write_bytes(b"no metadata follows")
    (store.directory / "checkpoint_iter300_regrets.pkl").write_bytes(b"perhaps")
    (store.directory / "checkpoint_iter300.pkl").write_bytes(b"somebody's")
    assert iterations(store) == [100]
    store.open_for_writing()
    assert sorted(path.name for path in store.directory.iterdir()) == sorted(
        [path.name for path in kept.paths] + ["damaged", "notes.txt"]
    )


def test_a_path_means_a_checkpoint(store: CheckpointStore) -> None:
    old, new = save(store, 9), save(store, 10)
    assert find_checkpoint(store.directory) == new
    assert find_checkpoint(store.directory.parent) == new
    for path in old.paths:
        assert find_checkpoint(path) == old


def test_a_path_without_a_checkpoint_is_refused(tmp_path: Path, store: CheckpointStore) -> None:
    save(store, 9)
    with pytest.raises(CheckpointError, match="there is no checkpoint in it"):
        find_checkpoint(tmp_path)
    for name in ("missing", "checkpoint_iter10.pkl"):
        with pytest.raises(CheckpointError, match=f"{name}: neither a run directory"):
            find_checkpoint(store.directory / name)


def test_loading_into_other_shapes_is_no_damage(store: CheckpointStore) -> None:
    checkpoint = save(store, 9)
    with pytest.raises(IncompatibleCheckpointError, match="regret"):
        store.load_newest(lambda one: one.load({"regret": np.zeros(5, np.float32)}, {}))
    with pytest.raises(IncompatibleCheckpointError, match="an array named other"):
        checkpoint.load({}, {"other": np.zeros(5, np.float32)})
    assert iterations(store) == [9]


@pytest.mark.parametrize(
    ("iteration", "metadata", "words"),
    [
        (-1, {}, "iteration is -1; it must be at least 0"),
        (1, {"digest": "x"}, "itself writes the metadata field digest"),
        (1, {"files": 1, "iteration": 3}, "itself writes the metadata field files, iteration"),
        (1, {"rate": float("nan")}, "JSON"),
    ],
)
def test_what_cannot_be_saved_leaves_nothing(
    store: CheckpointStore, iteration: int, metadata: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        store.save(iteration, {}, {}, metadata)
    with pytest.raises(TypeError, match="a: a data file holds"):
        store.save(1, {"a": {1, 2}}, {}, {})  # type: ignore[dict-item]
    assert not store.directory.exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"keep_checkpoints": 0}, "keep_checkpoints is 0; it must be at least 1"),
        ({"keep_checkpoints": 1, "keep_every": -5}, "keep_every is -5"),
        ({"keep_every": 5}, "keep_every does nothing without keep_checkpoints"),
    ],
)
def test_impossible_retention_is_refused(
    tmp_path: Path, settings: dict[str, int], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        CheckpointStore(tmp_path, **settings)


@pytest.mark.parametrize("links", [True, False])
def test_a_checkpoint_gets_another_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "another file system")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    saved = save(CheckpointStore(tmp_path / "a" / "checkpoints"), 5)
    home = tmp_path / "b" / "checkpoints"
    with pytest.raises(CheckpointError, match="No such file"):
        saved.link_into(home)  # there is no such run
    home.parent.mkdir()
    for _ in range(2):  # the second time after an attempt that was cut short
        saved.link_into(home)
        (moved,) = CheckpointStore(home).list()
        moved.verify()
        moved.regrets_path.unlink()
    saved.link_into(home)
    assert sorted(path.name for path in home.iterdir()) == sorted(path.name for path in saved.paths)


def test_fields_of_the_metadata_are_replaced(store: CheckpointStore) -> None:
    before = save(store, 5)
    files, digest = before.metadata["files"], before.metadata["digest"]
    store.update_metadata(5, {"elapsed_seconds": 99.5})
    after = find_checkpoint(store.directory)
    assert after.metadata["elapsed_seconds"] == 99.5
    assert after.metadata["seed"] == 7
    assert after.metadata["files"] == files
    assert after.metadata["digest"] != digest
    with pytest.raises(CheckpointError):
        store.update_metadata(6, {"elapsed_seconds": 1})


def test_a_reader_of_a_run_that_lives_looks_again_where_one_was_let_go(tmp_path: Path) -> None:
    writer, reader = (CheckpointStore(tmp_path, keep_checkpoints=1) for _ in range(2))
    save(writer, 10)
    seen = []

    def load(checkpoint: Checkpoint) -> int:
        seen.append(checkpoint.iteration)
        if len(seen) < 5:  # each time it is too late
            save(writer, checkpoint.iteration + 10)
            writer.newest_valid()
            writer.sweep()
        checkpoint.verify()
        return checkpoint.iteration

    assert reader.load_newest(load, set_aside=False) == 50
    assert seen == [10, 20, 30, 40, 50]


def test_a_reader_looks_again_beside_a_save_that_is_not_over(tmp_path: Path) -> None:
    """The newest has no metadata yet when it is listed, and the one before it is let go."""
    writer, reader = (CheckpointStore(tmp_path, keep_checkpoints=1) for _ in range(2))
    save(writer, 10)
    Checkpoint(tmp_path, 20).policy_path.write_bytes(b"written, and not committed")
    seen = []

    def load(checkpoint: Checkpoint) -> int:
        seen.append(checkpoint.iteration)
        if seen == [20, 10]:  # now the save is over
            save(writer, 20)
            writer.newest_valid()
            writer.sweep()
        checkpoint.verify()
        return checkpoint.iteration

    assert reader.load_newest(load, set_aside=False) == 20
    assert seen == [20, 10, 20]


def test_what_is_held_stays_readable_after_its_run_has_let_it_go(tmp_path: Path) -> None:
    checkpoint = save(CheckpointStore(tmp_path), 10)
    regrets, policy = checkpoint.hold()
    for path in checkpoint.paths:
        path.unlink()
    assert np.array_equal(regrets.array("regret"), regrets_of(10)["regret"])
    assert np.array_equal(policy.array("strategy_sum"), policy_of(10)["strategy_sum"])
    regrets.verify(checkpoint.regrets_digest)
    with pytest.raises(DamagedCheckpointError, match="nothing there"):
        checkpoint.hold()
