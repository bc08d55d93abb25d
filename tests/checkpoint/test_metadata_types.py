"""Metadata of other types than a run writes, behind a right digest: everybody says one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from holdem.checkpoint.files import OWN_FIELDS, Checkpoint, metadata_digest
from holdem.checkpoint.metadata import mistyped
from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.config import load_run_config
from holdem.errors import DamagedCheckpointError, HoldemError
from holdem.mccfr import resume
from holdem.mccfr.merging.sources import check_same_run, count_once, find_sources
from holdem.mccfr.order import RunOrder
from holdem.mccfr.resume import begin
from holdem.mccfr.solver import build_solver
from trained_runs import train

WRONG = ("\x1b[31m", -1, None, {"a": []}, True, 2**70)
CONFIG = """num_iterations: 100
enable_chunked_training: true
chunk_size_iterations: 50
game: {name: kuhn}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has trained one chunk of two."""
    return train(tmp_path_factory.mktemp("metadata") / "run", CONFIG)


def fields(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields where each value of some metadata is."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        yield (*place, key)
        if isinstance(value, dict | list):
            yield from fields(value, (*place, key))


def changed(metadata: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(metadata))
    *above, last = place
    parent = copy
    for key in above:
        parent = parent[key]
    parent[last] = value
    return {**copy, "digest": metadata_digest(copy)}


def everybody(run: Path) -> Iterator[Any]:
    """What each command that reads metadata does with it before it does anything else."""
    config = load_run_config(run.with_suffix(".yaml"), {"num_iterations": 500})
    yield lambda: begin(RunOrder(config, run), CheckpointStore(run / "checkpoints"))
    yield lambda: count_once(find_sources([run]))
    yield lambda: check_same_run(find_sources([run, run]))


def test_each_field_of_any_other_type_is_refused_in_one_line(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Checkpoint, "verify", Checkpoint.check_sizes)  # data files stay sound
    solver = build_solver(load_run_config(run.with_suffix(".yaml"), {}))
    monkeypatch.setattr(resume, "_build_solver", lambda run, instance: solver)
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    shutil.copy(run.with_suffix(".yaml"), tmp_path)
    checkpoint = find_checkpoint(copy)
    sound = checkpoint.metadata
    # What a run only writes is nobody's to read.
    unread = (*OWN_FIELDS, "discount", "rng_state", "epsilon", "metrics")
    places = [place for place in fields(sound) if place[0] not in unread]
    places += [("metrics", "iterations_per_second"), ("metrics", "memory_bytes")]
    refused = 0
    for place in places:
        for value in WRONG:
            metadata = changed(sound, place, value)
            checkpoint.metadata_path.write_text(json.dumps(metadata))
            if mistyped(metadata) is not None:
                refused += 1
                with pytest.raises(DamagedCheckpointError) as refusal:
                    Checkpoint(checkpoint.directory, checkpoint.iteration).check_sizes()
                assert str(refusal.value).isprintable()
                assert len(str(refusal.value)) < 1000
                continue
            for look in everybody(copy):
                with suppress(HoldemError):
                    look()
    assert refused > 100


def test_what_is_refused_is_refused_by_everybody(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    shutil.copy(run.with_suffix(".yaml"), tmp_path)
    checkpoint = find_checkpoint(copy)
    metadata = changed(checkpoint.metadata, ("elapsed_seconds",), "\x1b[31m")
    checkpoint.metadata_path.write_text(json.dumps(metadata))
    line = r"none of the 1 checkpoints is sound: .*'elapsed_seconds' = '\\x1b\[31m' \("
    for look in everybody(copy):
        with pytest.raises(HoldemError, match=line):
            look()


@pytest.mark.parametrize("place", [("instance",), ("rng", "instance"), ("history", 0, "instance")])
def test_an_instance_is_one_that_random_numbers_can_have(
    run: Path, place: tuple[str | int, ...]
) -> None:
    metadata = find_checkpoint(run).metadata
    assert mistyped(changed(metadata, place, 2**32 - 1)) is None
    assert str(2**32) in (mistyped(changed(metadata, place, 2**32)) or "")


def test_a_sound_checkpoint_is_of_the_types_that_are_declared(run: Path) -> None:
    assert mistyped(find_checkpoint(run).metadata) is None


def test_a_checkpoint_that_no_run_has_saved_is_refused_by_what_it_lacks(
    run: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    shutil.copy(run.with_suffix(".yaml"), tmp_path)
    checkpoint = find_checkpoint(copy)
    metadata = {k: v for k, v in checkpoint.metadata.items() if k in OWN_FIELDS and k != "digest"}
    content = {**metadata, "digest": metadata_digest(metadata)}
    checkpoint.metadata_path.write_text(json.dumps(content))
    for look in everybody(copy):
        with pytest.raises(HoldemError, match=r"not saved by a training run: it has no .*instance"):
            look()
