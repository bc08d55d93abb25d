"""Retention keeps what it says, and always the newest sound checkpoint."""

import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoint_samples import flip, iterations, save
from holdem.checkpoint import store as checkpoint_module
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import CheckpointStore
from holdem.storage.datafile import FileDigest, write_stream

# Hundreds of small saves: where there is a file system in memory, syncing costs nothing.
SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else None


def lying_write(path: Path, stream: object) -> FileDigest:
    """Reports a good write and stores other bytes."""
    digest = write_stream(path, stream)  # type: ignore[arg-type]
    flip(path, digest.size_bytes // 2)
    return digest


def is_sound(checkpoint: Checkpoint) -> bool:
    try:
        checkpoint.verify()
    except checkpoint_module.DamagedCheckpointError:
        return False
    return True


operations = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.integers(1, 4)),
        st.tuples(st.just("save badly"), st.integers(1, 4)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("protect"), st.integers(0, 3)),
    ),
    max_size=14,
)


@settings(max_examples=30, deadline=None)
@given(operations, st.integers(1, 4), st.one_of(st.none(), st.integers(1, 6)))
def test_the_newest_sound_checkpoint_always_stays(
    steps: list[tuple[str, int]], keep: int, every: int | None
) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        store = CheckpointStore(Path(name), keep, every)
        iteration, saved, saved_well = 0, [], []
        for step, number in steps:
            if step == "restart":
                store = CheckpointStore(Path(name), keep, every)
                if saved_well:
                    found = store.newest_valid()
                    assert found is not None
                    assert found.iteration == saved_well[-1]
            elif step == "protect":
                for checkpoint in store.list()[number : number + 1]:
                    store.protect(checkpoint)
            else:
                iteration += number
                saved.append(iteration)
                if step == "save":
                    save(store, iteration, 20)
                    saved_well.append(iteration)
                else:
                    with mock.patch.object(checkpoint_module, "write_stream", lying_write):
                        save(store, iteration, 20)
            sound = [one.iteration for one in store.list() if is_sound(one)]
            assert sound[-1:] == saved_well[-1:]
            # A bad one nobody has read yet takes a place among the newest.
            assert set(saved_well) & set(saved[-keep:]) <= set(sound)
            if every:
                assert {one for one in saved_well if one % every == 0} <= set(sound)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, 7), min_size=1, max_size=12),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(2, 6)),
)
def test_exactly_what_the_rule_says_stays(steps: list[int], keep: int, every: int | None) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        store = CheckpointStore(Path(name), keep, every)
        saved: list[int] = []
        for step in steps:
            saved.append((saved[-1] if saved else 0) + step)
            save(store, saved[-1], 20)
            periodic = {one for one in saved if every and one % every == 0}
            assert set(iterations(store)) == periodic | set(saved[-keep:])
            files = [path.name for path in Path(name).iterdir()]
            assert len(files) == 3 * len(iterations(store))


def test_all_stay_by_default(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    for iteration in range(1, 6):
        save(store, iteration, 20)
    assert iterations(store) == [1, 2, 3, 4, 5]


def test_the_parent_stays_until_a_newer_one_is_verified(tmp_path: Path) -> None:
    for iteration in (10, 20):
        save(CheckpointStore(tmp_path), iteration, 20)
    store = CheckpointStore(tmp_path, keep_checkpoints=2)
    store.protect(Checkpoint(tmp_path, 10))
    with mock.patch.object(checkpoint_module, "write_stream", lying_write):
        save(store, 30, 20)
        save(store, 40, 20)
    assert 10 in iterations(store)  # 20 is verified by now, 30 and 40 were set aside
    assert iterations(store) == [10, 20]
    save(store, 50, 20)
    save(store, 60, 20)
    assert iterations(store) == [50, 60]


def test_reading_back_is_rare(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep_checkpoints=3)
    with mock.patch.object(Checkpoint, "verify", autospec=True, side_effect=Checkpoint.verify) as v:
        for iteration in range(1, 31):
            save(store, iteration, 20)
    assert v.call_count == 9  # at 4, 7, ..., 28
    assert iterations(store) == [28, 29, 30]


def test_left_overs_below_the_newest_go_with_the_sweep(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep_checkpoints=1)
    save(store, 5, 20)
    half_removed = store.list()[0]
    save(store, 6, 20)
    for path in half_removed.paths[:2]:
        path.write_bytes(b"a removal that was cut after its first step")
    save(store, 7, 20)
    assert {path.name for path in tmp_path.iterdir()} == {
        path.name for path in Checkpoint(tmp_path, 7).paths
    }


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_removal_cut_anywhere_shows_no_half(tmp_path: Path, cut: int) -> None:
    store = CheckpointStore(tmp_path, keep_checkpoints=1)
    save(store, 1, 20)
    real_unlink, calls = Path.unlink, iter(range(1, 10))

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if next(calls) >= cut:
            raise KeyboardInterrupt
        real_unlink(path, missing_ok)

    with mock.patch.object(Path, "unlink", unlink), pytest.raises(KeyboardInterrupt):
        save(store, 2, 20)
    assert all(is_sound(one) for one in store.list())
    assert iterations(store) == ([1, 2] if cut == 1 else [2])
    save(store, 3, 20)
    assert iterations(store) == [3]
    assert len(list(tmp_path.iterdir())) == 3
