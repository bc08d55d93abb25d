"""Runs of hold'em with few cards: exact when cut, told apart, and opened without a bucket file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from holdem import _core
from holdem.abstraction.bucket_file import lossless_buckets
from holdem.cards import parse_cards
from holdem.cli import chart, evaluate, merge
from holdem.cli.train_blueprint import app
from holdem.errors import MemoryPlanError
from holdem.mccfr.solver import Solver
from holdem.policy.finding import find_policy
from holdem.types import GameConfig, MCCFRConfig
from trained_runs import policy_files, train

CONFIG = """
num_iterations: 400
snapshot_interval_seconds: null
buckets: lossless
game:
  ranks: 3
  flops: [AsKsQs, AsAhKd]
  stacks: 300
  bets: {preflop: "a", flop: "a", turn: "a", river: "a"}
  raise_cap: 1
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three ranks, two flops, lossless; tests must leave it as it is."""
    return train(tmp_path_factory.mktemp("small") / "run", CONFIG)


def refusal(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 2
    return result.stderr.splitlines()[-1]


def command(module: object, *words: str | Path) -> str:
    result = CliRunner().invoke(module.app, [str(word) for word in words])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_cut_run_ends_in_the_bytes_of_the_uncut_one(run: Path, tmp_path: Path) -> None:
    half = train(tmp_path / "half", CONFIG, "--iters", "150")
    whole = train(tmp_path / "whole", CONFIG, "--resume-from", half)
    names = ("checkpoint_iter400.pkl", "checkpoint_iter400_regrets.pkl")
    for name in names:
        cut, uncut = (path / "checkpoints" / name for path in (whole, run))
        assert cut.read_bytes() == uncut.read_bytes()


@pytest.mark.parametrize("mode", ["none", "linear", "dcfr", "cfr_plus"])
def test_cuts_and_workers_change_no_byte_of_public_chance(tmp_path: Path, mode: str) -> None:
    config = CONFIG + f"sampling: public_chance\ndiscount_mode: {mode}\ndiscount_interval: 7\n"
    whole = train(tmp_path / "whole", config, "--num-workers", "1")
    half = train(tmp_path / "half", config, "--iters", "150", "--num-workers", "3")
    resumed = train(tmp_path / "on", config, "--num-workers", "2", "--resume-from", half)
    for name in ("checkpoint_iter400.pkl", "checkpoint_iter400_regrets.pkl"):
        cut, uncut = (path / "checkpoints" / name for path in (resumed, whole))
        assert cut.read_bytes() == uncut.read_bytes()


def test_only_the_flops_of_the_list_were_trained(run: Path) -> None:
    policy = find_policy(run, None)[1]
    mixes = policy.strategy(policy.decision((0, 0)))
    trained = np.flatnonzero(np.ptp(mixes, axis=1) > 0)
    deals = _core.sequence_indexer(1, 3).unindex(trained.astype(np.uint64))
    boards = _core.HandIndexer([3], 3)
    listed = np.array([parse_cards("AsKsQs"), parse_cards("AsAhKd")], dtype=np.uint8)
    seen = boards.index(np.ascontiguousarray(deals[:, 2:]))
    assert {*seen.tolist()} == {*boards.index(listed).tolist()}


def test_the_log_lists_the_flops_and_their_weights(run: Path) -> None:
    log = (run / "train.log").read_text()
    assert "Played on 2 of 20 flops, with weights:" in log
    assert "AsAhKd 0.75000, AsKsQs 0.25000" in log


def test_the_game_is_part_of_the_identity_of_a_run(run: Path, tmp_path: Path) -> None:
    saved = json.loads((run / "checkpoints" / "checkpoint_iter400_metadata.json").read_text())
    assert saved["bucket_hash"] == "lossless"
    assert saved["configuration"]["game"]["ranks"] == 3
    assert saved["configuration"]["game"]["flops"] == ["AsAhKd", "AsKsQs"]
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    words = ["--config", config, "--logdir", tmp_path / "other", "--iters", "500"]
    words += ["--resume-from", run]
    assert "game.ranks is 3 in the checkpoint and 4 here" in refusal(*words, "--ranks", "4")
    for flops in ("all", "5", "AsKsQs,AsAhKh", "AsKsQs:1,AsAhKd:1"):
        assert "configuration.game.flops is" in refusal(*words, "--flops", flops)
    assert not (tmp_path / "other").exists()
    same = yaml.safe_load((run / "config.yaml").read_text())
    assert (same["buckets"], same["game"]["ranks"]) == ("lossless", 3)


def test_another_spelling_of_the_flops_is_the_same_run(run: Path, tmp_path: Path) -> None:
    flags = ("--flops", "Ad Ac Ks, QdKdAd", "--iters", "401", "--resume-from", run)
    assert policy_files(train(tmp_path / "on", CONFIG, *flags))[-1].name == "checkpoint_iter401.pkl"


def test_runs_are_looked_at_without_a_bucket_file(run: Path, tmp_path: Path) -> None:
    alone = shutil.copytree(run / "checkpoints", tmp_path / "elsewhere")  # and no configuration
    assert find_policy(alone, None)[1].buckets is lossless_buckets(3)
    assert "with 3 ranks, 3 bb" in command(chart, run)
    report = json.loads(
        command(
            evaluate, run, "--against", "call", "--deals", "500", "--json", "--buckets", "lossless"
        )
    )
    assert report["matches"][0]["num_deals"] == 500
    joined = tmp_path / "joined"
    command(merge, run, "-o", joined)
    assert yaml.safe_load((joined / "config.yaml").read_text())["buckets"] == "lossless"


def test_players_of_other_cards_have_no_match(run: Path, tmp_path: Path) -> None:
    others = {
        "flops = all": train(tmp_path / "all", CONFIG, "--flops", "all"),
        "flops = 4": train(tmp_path / "number", CONFIG, "--flops", "4"),
        "ranks = 4": train(tmp_path / "ranks", CONFIG, "--ranks", "4"),
    }
    for difference, other in others.items():
        result = CliRunner().invoke(evaluate.app, [str(run), "--against", str(other)])
        assert result.exit_code == 2
        assert f"trained with {difference}, " in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_lossless_buckets_that_do_not_fit_are_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.replace("flops: [AsKsQs, AsAhKd]", "flops: 25"))
    words = ["--config", config, "--logdir", tmp_path / "big", "--ranks", "13"]
    assert "the betting tree and its tables need" in refusal(*words)
    assert "lossless takes 2,428,287,420 bytes" in refusal(*words, "--num-players", "3")
    assert not (tmp_path / "big").exists()


def test_a_growing_tree_takes_lossless_buckets_where_they_are_few() -> None:
    game = GameConfig(num_players=3, ranks=3, stacks=300, raise_cap=1)
    training = MCCFRConfig(num_iterations=10)
    solver = Solver(game, training, lossless_buckets(3), memory_limit_bytes=10**8)
    assert solver.run(10, 60) == 10
    with pytest.raises(MemoryPlanError, match="fewer ranks or a bucket file"):
        Solver(game, training, lossless_buckets(3), memory_limit_bytes=10**6)


def test_a_file_may_be_named_lossless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    words = ("--config", "config.yaml", "--logdir", "a", "--buckets", "./lossless")
    assert "lossless: expected a data file" in refusal(*words)
