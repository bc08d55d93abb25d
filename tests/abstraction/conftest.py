"""What takes seconds is made once: the strengths of all hands, and one bucket file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from holdem import _core
from holdem.abstraction.bucket_config import BucketConfig, percentiles
from holdem.abstraction.build_file import BucketFile, build_bucket_file


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A directory where a durable file takes no time, if there is one."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def strengths() -> _core.HandStrengths:
    """The strengths of all streets, computed by two workers."""
    result = _core.HandStrengths()
    for street in (3, 2, 1, 0):
        result.compute(street, num_workers=2)
    return result


@pytest.fixture(scope="session")
def small_config() -> BucketConfig:
    return percentiles(k_preflop=169, k_flop=300, k_turn=50, k_river=40, seed=5)


@pytest.fixture(scope="session")
def bucket_file(tmp_path_factory: pytest.TempPathFactory, small_config: BucketConfig) -> BucketFile:
    """A real bucket file. Tests must leave it as it is."""
    path: Path = tmp_path_factory.mktemp("buckets") / "deeper" / "buckets.pkl"
    return build_bucket_file(small_config, path)
