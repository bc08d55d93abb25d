"""Small checkpoints for the tests of this folder, and ways to harm them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import CheckpointStore
from holdem.storage.datafile import FileDigest


def regrets_of(iteration: int, size: int = 3000) -> dict[str, Any]:
    return {"regret": np.random.default_rng(iteration).random(size, dtype=np.float32)}


def policy_of(iteration: int, size: int = 3000) -> dict[str, Any]:
    table = np.random.default_rng(iteration + 1).random((size // 2, 2), dtype=np.float32)
    return {"game": {"name": "leduc"}, "strategy_sum": table}


def save(store: CheckpointStore, iteration: int, size: int = 3000) -> Checkpoint:
    metadata = {"seed": 7, "elapsed_seconds": iteration / 2}
    with suppress(OSError):
        store.directory.parent.mkdir(parents=True, exist_ok=True)
    return store.save(iteration, policy_of(iteration, size), regrets_of(iteration, size), metadata)


def iterations(store: CheckpointStore) -> list[int]:
    return [checkpoint.iteration for checkpoint in store.list()]


def flip(path: Path, position: int, mask: int = 0x10) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= mask
    path.write_bytes(content)


@contextmanager
def digests_unchecked() -> Iterator[None]:
    """Switches off what finds damage of a file that has kept its size."""

    def same_size(one: FileDigest, other: FileDigest) -> bool:
        return one.size_bytes == other.size_bytes

    with mock.patch.object(FileDigest, "__eq__", same_size):
        yield


def assert_holds(checkpoint: Checkpoint, size: int = 3000) -> None:
    """The checkpoint is sound and has exactly what ``save`` put into it."""
    checkpoint.verify()
    regrets = regrets_of(checkpoint.iteration, size)["regret"]
    policy = policy_of(checkpoint.iteration, size)["strategy_sum"]
    found = np.empty_like(regrets), np.empty_like(policy)
    checkpoint.load({"regret": found[0]}, {"strategy_sum": found[1]})
    assert np.array_equal(found[0], regrets)
    assert np.array_equal(found[1], policy)
    assert np.array_equal(checkpoint.policy().array("strategy_sum"), policy)
    assert checkpoint.metadata["elapsed_seconds"] == checkpoint.iteration / 2
