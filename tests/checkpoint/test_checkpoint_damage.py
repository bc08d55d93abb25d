"""Damage is found wherever it is, and answered by the newest sound checkpoint or an error."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checkpoint_samples import (
    assert_holds,
    digests_unchecked,
    flip,
    iterations,
    policy_of,
    regrets_of,
    save,
)
from holdem.checkpoint.files import Checkpoint, metadata_digest
from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.errors import CheckpointError, DamagedCheckpointError, IncompatibleCheckpointError

FILES = ("regrets_path", "policy_path", "metadata_path")


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    store = CheckpointStore(tmp_path / "checkpoints")
    for iteration in (900, 1000, 1100):
        save(store, iteration)
    return store


def rewrite_metadata(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes metadata and makes its digest fit, as a forger or another version would."""
    metadata = json.loads(path.read_bytes())
    change(metadata)
    metadata["digest"] = metadata_digest(metadata)
    path.write_text(json.dumps(metadata))


def test_only_the_digest_keeps_a_lost_block_from_being_loaded(store: CheckpointStore) -> None:
    checkpoint = store.list()[-1]
    block = checkpoint.regrets().arrays["regret"].offset
    with checkpoint.regrets_path.open("r+b") as file:
        file.seek(block)
        file.write(bytes(4096))
    regrets, policy = regrets_of(1100), policy_of(1100)
    targets = (
        {"regret": np.empty_like(regrets["regret"])},
        {"strategy_sum": np.empty_like(policy["strategy_sum"])},
    )
    with digests_unchecked():
        checkpoint.load(*targets)
    assert not np.any(targets[0]["regret"][:1024])  # rubbish
    with pytest.raises(DamagedCheckpointError, match="xxh64"):
        checkpoint.load(*targets)
    newest = store.newest_valid()
    assert newest is not None
    assert newest.iteration == 1000


@pytest.mark.parametrize("file", FILES)
def test_every_region_is_covered(store: CheckpointStore, file: str) -> None:
    """Flips one bit in, cuts at, and extends every region of every file."""
    checkpoint = store.list()[1]
    path: Path = getattr(checkpoint, file)
    sound = path.read_bytes()
    step = max(1, len(sound) // 61)
    for position in [*range(0, len(sound), step), len(sound) - 2]:
        flip(path, position)
        with pytest.raises(DamagedCheckpointError, match="checkpoint_iter1000"):
            checkpoint.verify()
        path.write_bytes(sound[:position])
        with pytest.raises(DamagedCheckpointError, match="checkpoint_iter1000"):
            checkpoint.verify()
        path.write_bytes(sound)
    if file != "metadata_path":  # white space after the metadata says nothing
        path.write_bytes(sound + b"\0")
        with pytest.raises(DamagedCheckpointError, match="found"):
            checkpoint.verify()
    path.write_bytes(sound)
    assert_holds(checkpoint)


def test_every_flipped_byte_of_the_metadata_is_found(store: CheckpointStore) -> None:
    checkpoint = store.list()[1]
    sound = checkpoint.metadata_path.read_bytes()
    for position in range(len(sound.rstrip())):
        flip(checkpoint.metadata_path, position, 1 << position % 8)
        with pytest.raises(DamagedCheckpointError):
            checkpoint.check_sizes()
        checkpoint.metadata_path.write_bytes(sound)


@pytest.mark.parametrize("file", FILES)
def test_a_swapped_or_missing_file_is_found(store: CheckpointStore, file: str) -> None:
    old, checkpoint, _ = store.list()
    shutil.copy(getattr(old, file), getattr(checkpoint, file))
    with pytest.raises(DamagedCheckpointError, match="checkpoint_iter1000"):
        checkpoint.verify()
    getattr(checkpoint, file).unlink()
    with pytest.raises(DamagedCheckpointError, match="nothing there"):
        checkpoint.verify()


def test_renamed_sets_are_found(store: CheckpointStore) -> None:
    old = store.list()[0]
    copy = Checkpoint(store.directory, 5000)
    for path, name in zip(old.paths, copy.paths, strict=True):
        shutil.copy(path, name)
    with pytest.raises(DamagedCheckpointError, match="expected iteration 5000, found 900"):
        copy.verify()


def test_blocks_swapped_within_a_file_are_found(store: CheckpointStore) -> None:
    checkpoint = store.list()[1]
    blocks = checkpoint.regrets_path.read_bytes()
    changed = blocks[:4096] + blocks[8192:12288] + blocks[4096:8192] + blocks[12288:]
    assert changed != blocks
    checkpoint.regrets_path.write_bytes(changed)
    with pytest.raises(DamagedCheckpointError, match="xxh64"):
        checkpoint.verify()
    with pytest.raises(DamagedCheckpointError, match="xxh64"):
        checkpoint.load({}, {})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[1]",
        b"{}",
        b"\xff\xfe",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b" " * (17 << 20),
    ],
)
def test_foreign_metadata_is_damage(store: CheckpointStore, content: bytes) -> None:
    checkpoint = store.list()[2]
    checkpoint.metadata_path.write_bytes(content)
    with pytest.raises(DamagedCheckpointError, match="checkpoint_iter1100_metadata"):
        checkpoint.verify()


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        {},
        {"regrets": 1},
        {"regrets": {"name": "../../etc/passwd", "size_bytes": 1, "xxh64": ""}},
        {"regrets": {"name": "checkpoint_iter1100_regrets.pkl", "size_bytes": "1", "xxh64": ""}},
    ],
)
def test_forged_file_entries_are_refused(store: CheckpointStore, files: Any) -> None:
    checkpoint = store.list()[2]
    rewrite_metadata(checkpoint.metadata_path, lambda metadata: metadata.update(files=files))
    with pytest.raises(DamagedCheckpointError, match="name, size and digest"):
        checkpoint.verify()


@pytest.mark.parametrize("newest_damaged", [1, 2])
def test_falls_back_and_keeps_the_damaged(
    store: CheckpointStore, newest_damaged: int, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = store.list()[-newest_damaged:]
    for checkpoint in damaged:
        flip(checkpoint.policy_path, 4100)
    harmed = {path.name: path.read_bytes() for one in damaged for path in one.paths}
    with caplog.at_level(logging.WARNING):
        found = store.newest_valid()
    assert found == Checkpoint(store.directory, [1000, 900][newest_damaged - 1])
    assert_holds(found)
    for checkpoint in damaged:
        assert f"Checkpoint {checkpoint.iteration} is damaged: {checkpoint.policy_path}" in (
            caplog.text
        )
        kept = store.directory / "damaged" / f"checkpoint_iter{checkpoint.iteration}"
        assert {path.name for path in kept.iterdir()} == {path.name for path in checkpoint.paths}
        for path in kept.iterdir():
            assert path.read_bytes() == harmed[path.name]
    assert iterations(store) == [900, 1000, 1100][:-newest_damaged]
    assert_holds(save(store, 1100))  # the place is free for the run that goes on


def test_the_same_iteration_may_be_damaged_again(store: CheckpointStore) -> None:
    for count in range(3):
        flip(store.list()[-1].regrets_path, 4100)
        store.newest_valid()
        save(store, 1100)
        assert len(list((store.directory / "damaged").iterdir())) == count + 1


def test_none_sound_is_an_error_every_time(store: CheckpointStore) -> None:
    """A second start must not find an empty directory and begin afresh."""
    for checkpoint in store.list():
        flip(checkpoint.regrets_path, 4100)
    for _ in range(2):
        with pytest.raises(CheckpointError, match="none of the 3 checkpoints is sound") as caught:
            store.newest_valid()
        for iteration in (900, 1000, 1100):
            assert f"checkpoint_iter{iteration}_regrets.pkl" in str(caught.value)
        assert iterations(store) == [900, 1000, 1100]


def test_readers_move_nothing(store: CheckpointStore) -> None:
    newest = store.list()[-1]
    flip(newest.regrets_path, 4100)
    assert find_checkpoint(store.directory).iteration == 1000
    assert iterations(store) == [900, 1000, 1100]
    with pytest.raises(DamagedCheckpointError):
        find_checkpoint(newest.policy_path)


def test_saving_replaces_a_damaged_one(store: CheckpointStore) -> None:
    flip(store.list()[-1].policy_path, 4100)
    assert_holds(save(store, 1100))
    assert (store.directory / "damaged" / "checkpoint_iter1100").is_dir()


def test_another_format_is_refused_and_not_passed_over(store: CheckpointStore) -> None:
    path = store.list()[-1].metadata_path
    rewrite_metadata(path, lambda metadata: metadata.update(format_version=2))
    with pytest.raises(IncompatibleCheckpointError, match=r"version 2 by library .* reads"):
        store.newest_valid()
    rewrite_metadata(path, lambda metadata: metadata.update(format_version=1, format="other"))
    with pytest.raises(IncompatibleCheckpointError, match="written as 'other' version 1"):
        store.newest_valid()
    assert iterations(store) == [900, 1000, 1100]


def test_without_digests_damage_would_pass(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tests must be able to fail: switch the comparison off and damage is accepted."""
    checkpoint = store.list()[-1]
    flip(checkpoint.regrets_path, 4100)
    expected = checkpoint.regrets_digest, checkpoint.policy_digest
    answers = iter(expected)
    monkeypatch.setattr("holdem.checkpoint.files.file_digest", lambda _: next(answers))
    checkpoint.verify()


def lose_metadata(checkpoints: list[Checkpoint]) -> None:
    for checkpoint in checkpoints:
        checkpoint.metadata_path.unlink()


def test_checkpoints_that_have_all_lost_their_metadata_are_no_empty_directory(
    store: CheckpointStore,
) -> None:
    lose_metadata(store.list())
    before = {path: path.read_bytes() for path in store.directory.rglob("*")}
    for _ in range(2):
        for look in (store.newest_valid, lambda: find_checkpoint(store.directory)):
            with pytest.raises(CheckpointError, match="none of the 3 checkpoints is sound") as lost:
                look()
            assert "checkpoint_iter900_metadata.json" in str(lost.value)
    assert {path: path.read_bytes() for path in store.directory.rglob("*")} == before


def test_a_newest_one_without_metadata_is_named_and_kept_aside(
    store: CheckpointStore, caplog: pytest.LogCaptureFixture
) -> None:
    newest = store.list()[-1]
    lose_metadata([newest])
    kept = {path.name: path.read_bytes() for path in newest.paths[:2]}
    assert find_checkpoint(store.directory).iteration == 1000
    assert "Checkpoint 1100 has no metadata" in caplog.text
    caplog.clear()
    found = store.newest_valid()
    assert found is not None
    assert found.iteration == 1000
    assert "Checkpoint 1100 has no metadata" in caplog.text
    aside = store.directory / "damaged" / "checkpoint_iter1100"
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == kept


def test_a_first_save_that_was_cut_is_no_checkpoint_yet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A crash between the last two files of the first save leaves one policy without metadata."""
    store = CheckpointStore(tmp_path / "checkpoints")
    lose_metadata([save(store, 5)])
    assert store.newest_valid() is None
    store.open_for_writing()
    assert "Checkpoint 5 has no metadata" in caplog.text
    assert_holds(save(store, 5))
    kept = store.directory / "damaged" / "checkpoint_iter5"
    assert sorted(path.name for path in kept.iterdir()) == [
        "checkpoint_iter5.pkl",
        "checkpoint_iter5_regrets.pkl",
    ]


def link_to_nowhere(path: Path) -> None:
    path.symlink_to("gone")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("put", [link_to_nowhere, link_to_itself, Path.mkdir, os.mkfifo])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("alone", [False, True], ids=["in_its_place", "alone"])
def test_whatever_lies_in_the_place_of_a_file_is_moved_aside_for_good(
    store: CheckpointStore, file: str, put: Callable[[Path], None], alone: bool
) -> None:
    newest = store.list()[-1]
    for path in newest.paths if alone else (getattr(newest, file),):
        path.unlink()
    put(getattr(newest, file))
    for _ in range(3):  # as often as the run is started
        found = store.newest_valid()
        store.open_for_writing()
        assert found is not None
        assert found.iteration == 1000
        assert not any(path.is_symlink() or path.exists() for path in newest.paths)
    assert_holds(save(store, 1100))
