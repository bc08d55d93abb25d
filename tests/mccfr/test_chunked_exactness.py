"""A run that is cut, however it is cut, ends in the bytes of the uncut run; by the real command."""

from __future__ import annotations

import itertools
import random
import shutil
import signal
import subprocess
import warnings
from pathlib import Path

import pytest
from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from chunked_runs import (
    TIMEOUT_S,
    data_files,
    digests,
    metadata,
    start,
    train,
    train_to_the_end,
    write_config,
)

ITERATIONS = 600
GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2)]
SAMPLERS = ["external", "outcome", "full_width"]
MODES = ["none", "linear", "dcfr", "cfr_plus"]
CHUNKS = {
    "iterations": ["--chunk-iterations", "170"],
    "minutes": ["--chunk-minutes", "30"],
    "both": ["--chunk-iterations", "170", "--chunk-minutes", "30"],
}

EVERY_COMBINATION = [
    *itertools.product(GAMES, SAMPLERS, MODES, [False, True], CHUNKS),
    *itertools.product(GAMES[::2], ["public_chance"], MODES, [False], CHUNKS),
]
# Each value of each setting at least once.
SOME_COMBINATIONS = [
    (("leduc", 2), "external", "linear", False, "iterations"),
    (("kuhn", 3), "external", "dcfr", True, "iterations"),
    (("kuhn", 2), "full_width", "cfr_plus", False, "both"),
    (("leduc", 2), "outcome", "dcfr", False, "both"),
    (("kuhn", 3), "outcome", "linear", False, "iterations"),
    (("leduc", 2), "external", "none", True, "minutes"),
    (("leduc", 2), "public_chance", "dcfr", False, "both"),
]


def config_of(path: Path, game: tuple[str, int], **settings: object) -> Path:
    name, num_players = game
    return write_config(
        path,
        name,
        num_players,
        **{
            "num_iterations": ITERATIONS,
            "discount_interval": 50,
            "checkpoint_interval": 200,
            "exploration_epsilon_final": 0.2,
            "exploration_epsilon_decay_iterations": 400,
        }
        | settings,
    )


def check_same(cut: Path, uncut: Path) -> None:
    """Compares the bytes of the last checkpoint and the digests of all that both runs have."""
    expected, found = digests(uncut), digests(cut)
    last = max(expected)
    assert max(found) == last
    assert data_files(cut, last) == data_files(uncut, last)
    for iteration in expected.keys() & found.keys():
        assert found[iteration] == expected[iteration], iteration


def check_combination(
    directory: Path, game: tuple[str, int], sampler: str, mode: str, pruning: bool, chunks: str
) -> None:
    settings = {"sampling": sampler, "discount_mode": mode, "enable_pruning": pruning}
    if pruning:
        settings |= {"pruning_threshold": -0.5, "pruning_probability": 0.9}
    config = config_of(directory / "run.yaml", game, **settings)
    status, said = train(config, directory / "uncut")
    assert status == 0, said
    flags = ["--chunked", *CHUNKS[chunks]]
    if chunks == "minutes":
        # Shorter than a slice, so that each of these processes trains a millisecond.
        for _ in range(3):
            status, said = train(config, directory / "cut", "--chunked", "--chunk-minutes", "1e-9")
            assert status == 0
            assert "Chunk time limit reached" in said
    processes = train_to_the_end(config, directory / "cut", *flags)
    if chunks != "minutes":
        assert processes == 4
        assert list(metadata(directory / "cut")) == [170, 200, 340, 400, 510, 600]
    check_same(directory / "cut", directory / "uncut")


@pytest.mark.parametrize("combination", SOME_COMBINATIONS, ids=str)
def test_chunks_end_in_the_bytes_of_the_uncut_run(tmp_path: Path, combination: tuple) -> None:
    check_combination(tmp_path, *combination)


@pytest.mark.slow
@pytest.mark.parametrize("combination", EVERY_COMBINATION, ids=str)
def test_every_combination(tmp_path: Path, combination: tuple) -> None:
    check_combination(tmp_path, *combination)


def check_curve(directory: Path, last: int) -> None:
    """Reads the curve as each reader does: every step once, in order, to the end."""
    for purge in (True, False):
        accumulator = EventAccumulator(str(directory), purge_orphaned_data=purge)
        accumulator.Reload()
        steps = [point.step for point in accumulator.Scalars("memory/infosets")]
        assert steps == sorted(set(steps))
        assert steps[-1] == last
    with warnings.catch_warnings(action="ignore"):  # tbparse is behind pandas
        scalars = SummaryReader(str(directory)).scalars
    assert list(scalars[scalars["tag"] == "memory/infosets"]["step"]) == steps


def kill_at_random(
    directory: Path, config: Path, kills: int, chance: random.Random, flags: list[str]
) -> None:
    """Starts the command again and again and ends most of its processes in the middle."""
    for _ in range(kills):
        with start(config, directory, *flags) as process:
            try:
                process.wait(chance.uniform(0.2, 1.2))
            except subprocess.TimeoutExpired:
                process.send_signal(chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            _, said = process.communicate(timeout=TIMEOUT_S)
        # A signal may come before anything handles it.
        assert process.returncode in (0, 3, -signal.SIGKILL, -signal.SIGTERM, 143), said


def check_kills(directory: Path, game: tuple[str, int], kills: int, seed: int) -> None:
    iterations = 20_000
    config = config_of(
        directory / "run.yaml",
        game,
        num_iterations=iterations,
        discount_interval=500,
        discount_mode="dcfr",
        checkpoint_interval=None,
        keep_checkpoints=3,
        tensorboard=True,
        log_interval_seconds=0.02,
    )
    assert train(config, directory / "uncut")[0] == 0
    # A save every 700 iterations: many of the kills fall into one.
    flags = ["--chunked", "--chunk-iterations", "7001", "--checkpoint-interval", "700"]
    kill_at_random(directory / "cut", config, kills, random.Random(seed), flags)
    train_to_the_end(config, directory / "cut", *flags)
    check_same(directory / "cut", directory / "uncut")
    check_curve(directory / "cut" / "tensorboard", iterations)


def test_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    check_kills(tmp_path, ("leduc", 2), kills=5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("game", GAMES, ids=str)
def test_many_kills_at_random_moments(tmp_path: Path, game: tuple[str, int]) -> None:
    check_kills(tmp_path, game, kills=50, seed=2)


@pytest.mark.parametrize("game", [("kuhn", 3), ("leduc", 2)], ids=str)
def test_resuming_again_and_again_from_older_checkpoints(
    tmp_path: Path, game: tuple[str, int]
) -> None:
    """Newer checkpoints that are lost or damaged are trained once more, in the same directory."""
    config = config_of(tmp_path / "run.yaml", game, discount_mode="dcfr")
    assert train(config, tmp_path / "uncut")[0] == 0
    cut = tmp_path / "cut"
    flags = ["--chunked", "--chunk-iterations", "170"]
    for _ in range(3):
        assert train(config, cut, *flags)[0] == 0
    for path in (cut / "checkpoints").glob("checkpoint_iter[45]*"):
        path.unlink()
    status, said = train(config, cut, *flags)
    assert status == 0
    assert "resumed from iteration 340" in said
    (cut / "checkpoints" / "checkpoint_iter510_regrets.pkl").write_bytes(b"torn")
    (cut / "checkpoints" / "checkpoint_iter400.pkl").write_bytes(b"torn")
    status, said = train(config, cut, *flags)
    assert status == 0
    assert "Checkpoint 510 is damaged" in said
    assert "resumed from iteration 340" in said
    assert train_to_the_end(config, cut, *flags) == 1
    check_same(cut, tmp_path / "uncut")


def test_a_new_directory_from_an_older_checkpoint(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run.yaml", ("leduc", 2))
    assert train(config, tmp_path / "uncut")[0] == 0
    older = tmp_path / "uncut" / "checkpoints" / "checkpoint_iter200.pkl"
    flags = ["--chunked", "--chunk-iterations", "150", "--resume-from", f"{older}"]
    assert train_to_the_end(config, tmp_path / "cut", *flags) == 3
    assert list(metadata(tmp_path / "cut")) == [350, 400, 500, 600]
    check_same(tmp_path / "cut", tmp_path / "uncut")


def test_a_chunk_that_was_stopped_goes_on_to_its_own_end(tmp_path: Path) -> None:
    """A checkpoint inside a chunk, from which a killed process resumes, ends no chunk."""
    config = config_of(tmp_path / "run.yaml", ("leduc", 2))
    cut = tmp_path / "cut"
    flags = ["--chunked", "--chunk-iterations", "250"]
    assert train(config, cut, *flags)[0] == 0
    for path in (cut / "checkpoints").glob("checkpoint_iter250*"):
        path.unlink()  # killed after the one at 200
    status, said = train(config, cut, *flags)
    assert status == 0
    assert "resumed from iteration 200" in said
    assert "Chunk iteration limit reached: 250 >= 250" in said
    shutil.rmtree(cut / "checkpoints")
    assert "Chunk iteration limit reached: 250 >= 250" in train(config, cut, *flags)[1]
