"""Chunks of hold'em with three players, whose tree grows until the memory limit."""

from __future__ import annotations

from pathlib import Path

import yaml

from chunked_runs import data_files, digests, metadata, train, train_to_the_end


def write_config(path: Path, buckets: Path, **settings: object) -> Path:
    game = {
        "num_players": 3,
        "stacks": 10_000,
        "bets": {"preflop": "2.5x a / 3x a", "flop": "1 a", "turn": "1 a", "river": "1 a"},
    }
    defaults = {
        "game": game,
        "buckets": f"{buckets}",
        "snapshot_interval_seconds": None,
        "tensorboard": False,
        "discount_mode": "dcfr",
        "discount_interval": 100,
        "enable_pruning": True,
        "pruning_threshold": -2000.0,
    }
    path.write_text(yaml.safe_dump(defaults | settings))
    return path


def test_a_tree_that_grows_across_chunks_is_the_same_tree(
    tmp_path: Path, holdem_buckets: Path
) -> None:
    config = write_config(
        tmp_path / "run.yaml", holdem_buckets, num_iterations=1000, checkpoint_interval=500
    )
    status, said = train(config, tmp_path / "uncut")
    assert status == 0, said
    flags = ("--chunked", "--chunk-iterations", "240")
    assert train_to_the_end(config, tmp_path / "cut", *flags) == 5
    assert list(metadata(tmp_path / "cut")) == [240, 480, 500, 720, 960, 1000]
    cut, uncut = digests(tmp_path / "cut"), digests(tmp_path / "uncut")
    assert [cut[iteration] for iteration in (500, 1000)] == list(uncut.values())
    assert data_files(tmp_path / "cut", 1000) == data_files(tmp_path / "uncut", 1000)
    infosets = [saved["metrics"]["num_infosets"] for saved in metadata(tmp_path / "cut").values()]
    assert infosets == sorted(set(infosets))  # it did grow in each chunk


def test_a_supervisor_knows_that_a_restart_does_not_raise_the_memory_limit(
    tmp_path: Path, holdem_buckets: Path
) -> None:
    config = write_config(
        tmp_path / "run.yaml", holdem_buckets, num_iterations=10**9, memory_limit="2MB"
    )
    flags = ("--chunked", "--chunk-minutes", "10", "--until-complete")
    status, said = train(config, tmp_path / "a", *flags)
    assert status == 1
    assert said.count("Chunked Training Mode Initialized") == 1
    assert "Memory limit reached" in said
    assert "Trying again" not in said
    assert len(metadata(tmp_path / "a")) == 1
