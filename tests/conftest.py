"""Small trained runs that several areas look at; tests must leave them as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.bucket_file import Buckets, StreetBuckets, load_buckets, write_buckets
from holdem.abstraction.build_file import build_bucket_file
from trained_runs import train


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory in the place of the user's caches."""
    directory = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(directory))
        yield directory


SMALL_GAME = """
seed: 3
discount_interval: 1000
num_iterations: 200000
sampling: external
checkpoint_interval: 100000
game:
  stacks: 2000
  bets: {preflop: "2.5x a", flop: "1 / a", turn: "1 / a", river: "1 / a"}
  raise_cap: {preflop: 2, flop: 1, turn: 1, river: 1}
"""


@pytest.fixture(scope="session")
def kuhn_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kuhn poker, trained to about 1e-3."""
    config = "num_iterations: 200000\ncheckpoint_interval: 100000\n"
    config += "discount_interval: 1000\ngame: {name: kuhn}\n"
    return train(tmp_path_factory.mktemp("kuhn") / "run", config)


@pytest.fixture(scope="session")
def three_player_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three-player Kuhn poker, whose tree grows as it is visited."""
    config = "num_iterations: 20000\ngame: {name: kuhn, num_players: 3}\n"
    return train(tmp_path_factory.mktemp("kuhn3") / "run", config)


@pytest.fixture(scope="session")
def leduc_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leduc hold'em with an early checkpoint beside the last one."""
    config = "num_iterations: 40000\ncheckpoint_interval: 20000\n"
    config += "game: {name: leduc}\n"
    return train(tmp_path_factory.mktemp("leduc") / "run", config)


@pytest.fixture(scope="session")
def holdem_buckets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bucket file: 169 preflop, 20 on every later street."""
    path = tmp_path_factory.mktemp("holdem-buckets") / "fine.pkl"
    build_bucket_file(percentiles(169, 20, 20, 20), path)
    return path


@pytest.fixture(scope="session")
def coarse_buckets(holdem_buckets: Path) -> Path:
    """The same hands in half as many buckets."""
    fine: Buckets = load_buckets(holdem_buckets)
    streets = [
        StreetBuckets(street.ids // 2, (street.num_buckets + 1) // 2) for street in fine.streets
    ]
    path = holdem_buckets.with_name("coarse.pkl")
    write_buckets(path, Buckets.make({"method": "halved"}, streets))
    return path


@pytest.fixture(scope="session")
def holdem_run(tmp_path_factory: pytest.TempPathFactory, holdem_buckets: Path) -> Path:
    """Hold'em with 20 big blinds, checkpoints at 100,000 and 200,000 iterations."""
    logdir = tmp_path_factory.mktemp("holdem") / "run"
    return train(logdir, SMALL_GAME, "--buckets", holdem_buckets)


@pytest.fixture(scope="session")
def coarse_run(tmp_path_factory: pytest.TempPathFactory, coarse_buckets: Path) -> Path:
    """The same game, trained with coarser buckets."""
    logdir = tmp_path_factory.mktemp("coarse") / "run"
    return train(logdir, SMALL_GAME, "--buckets", coarse_buckets)
