"""All methods on small decks: the same buckets however, and however often, the build went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdem import _core
from holdem.abstraction.bucket_config import BucketConfig
from holdem.abstraction.bucket_file import Buckets, id_dtype, load_buckets, num_hands
from holdem.abstraction.build_file import build_bucket_file
from holdem.abstraction.builder import build_buckets
from holdem.abstraction.feature_cache import FeatureCache
from holdem.abstraction.game import make_game
from holdem.abstraction.stages import no_progress
from holdem.errors import ConfigError
from holdem.types import GameConfig

RANKS = 4
# The methods of preflop, flop, turn and river.
COMBINATIONS = {
    "ehs2": ("kmeans-ehs2", "kmeans-ehs2", "kmeans-ehs2", "kmeans-ehs2"),
    "emd": ("kmeans-emd", "kmeans-emd", "kmeans-emd", "kmeans-ochs"),
    "ochs": ("lossless", "kmeans-ochs", "kmeans-ochs", "kmeans-ochs"),
    "potential": ("lossless", "potential-emd", "potential-emd", "percentile-ehs"),
    "mixed": ("percentile-ehs", "potential-emd", "kmeans-emd", "lossless"),
}
FLOPS = ("AsKsKh:2", "AsKhQd:1", "QsJsJh:3")


def config_of(combination: str, **more: Any) -> BucketConfig:
    methods = COMBINATIONS[combination]
    counts = {"preflop": 4, "flop": 9, "turn": 8, "river": 7}
    settings: dict[str, Any] = {}
    for (street, k), method in zip(counts.items(), methods, strict=True):
        settings[f"method_{street}"] = method
        settings[f"k_{street}"] = None if method == "lossless" else k
    return BucketConfig(**{"ranks": RANKS, "steps": 4, "restarts": 2} | settings | more)


@pytest.fixture(scope="module")
def undisturbed() -> Callable[[BucketConfig], Buckets]:
    """Builds with one worker and no cache, each configuration once."""
    built: dict[str, Buckets] = {}

    def build(config: BucketConfig) -> Buckets:
        key = repr(config)
        if key not in built:
            built[key] = build_buckets(config, num_workers=1)
        return built[key]

    return build


def assert_same(found: Buckets, expected: Buckets) -> None:
    assert found.bucket_hash == expected.bucket_hash
    for one, other in zip(found.streets, expected.streets, strict=True):
        assert one.num_buckets == other.num_buckets
        assert np.array_equal(one.ids, other.ids)


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_every_hand_has_a_bucket_and_none_is_empty(
    combination: str, undisturbed: Callable[[BucketConfig], Buckets]
) -> None:
    config = config_of(combination)
    buckets = undisturbed(config)
    assert buckets.num_buckets == config.k
    for number, street in enumerate(buckets.streets):
        assert street.ids.dtype == id_dtype(street.num_buckets)
        assert street.ids.shape == (num_hands(number, RANKS),)
        assert np.array_equal(np.unique(street.ids), np.arange(street.num_buckets))


@pytest.mark.parametrize("combination", COMBINATIONS)
@pytest.mark.parametrize("flops", [None, FLOPS])
def test_workers_and_cache_change_nothing(
    combination: str,
    flops: tuple[str, ...] | None,
    in_memory: Path,
    undisturbed: Callable[[BucketConfig], Buckets],
) -> None:
    config = config_of(combination, flops=flops)
    expected = undisturbed(config)
    cache = FeatureCache(in_memory)
    assert_same(build_buckets(config, 2), expected)
    assert_same(build_buckets(config, 2, no_progress, cache), expected)
    assert cache.entries()
    assert_same(build_buckets(config, 1, no_progress, cache), expected)


def test_buckets_ascend_with_strength(undisturbed: Callable[[BucketConfig], Buckets]) -> None:
    strengths = _core.HandStrengths(RANKS)
    strengths.compute(3, 1)
    for combination in COMBINATIONS:
        buckets = undisturbed(config_of(combination))
        for number in (1, 2, 3):
            street = buckets.streets[number]
            if combination == "mixed" and number == 3:
                continue  # by hand index
            size = num_hands(number, RANKS)
            moments = np.zeros((size, 2), np.uint16)
            _core.equity_moments(strengths, number, 1, moments)
            masses = np.zeros(size, np.uint32)
            _core.hand_masses(RANKS, number, [], 1, masses)
            sums = np.bincount(street.ids, weights=moments[:, 0].astype(float) * masses)
            means = sums / np.bincount(street.ids, weights=masses)
            # Centres are rounded, and opponents' clusters ignore shared cards.
            assert np.all(np.diff(means) > -0.03 * 8191), (combination, number)


class Interrupt:
    """A progress that hears Ctrl+C at its n-th call."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.stages: list[str] = []

    def __call__(self, stage: str, share_done: float, expected_seconds: float) -> None:
        assert 0 <= share_done <= 1
        assert expected_seconds >= 0
        if len(self.stages) == self.at:
            raise KeyboardInterrupt
        self.stages.append(stage)


def run_until_interrupted(config: BucketConfig, cache: FeatureCache, at: int) -> list[str] | None:
    """Returns the stages that a build went through; ``None``: it was over before."""
    progress = Interrupt(at)
    try:
        build_buckets(config, 1, progress, cache)
    except KeyboardInterrupt:
        return progress.stages
    return None


@pytest.mark.parametrize("combination", ["emd", "potential"])
def test_a_build_that_is_interrupted_anywhere_ends_in_the_same_bytes(
    combination: str, in_memory: Path
) -> None:
    """At the first call of every stage, and at the last one of those that are kept step by step."""
    config = config_of(combination)
    whole = Interrupt(at=-1)
    expected = build_buckets(config, 1, whole, FeatureCache(in_memory / "whole"))
    calls: dict[str, list[int]] = {}
    for number, stage in enumerate(whole.stages):
        calls.setdefault(stage, []).append(number)
    assert len(calls) > 10
    firsts = {numbers[0] for numbers in calls.values()}
    lasts = {numbers[-1] for stage, numbers in calls.items() if stage.endswith("steps")}
    for at in sorted(firsts | lasts):
        cache = FeatureCache(in_memory / f"{at}")
        assert run_until_interrupted(config, cache, at) == whole.stages[:at]
        assert_same(build_buckets(config, 1, no_progress, cache), expected)


def test_a_build_goes_on_in_the_stage_it_was_in(
    in_memory: Path, undisturbed: Callable[[BucketConfig], Buckets]
) -> None:
    """Interrupted again and again after a few calls, it comes to an end all the same."""
    config = config_of("ehs2")
    cache = FeatureCache(in_memory)
    whole = Interrupt(at=-1)
    build_buckets(config, 1, whole, FeatureCache(in_memory / "other"))
    runs = []
    while (stages := run_until_interrupted(config, cache, at=15)) is not None:
        runs.append(stages[-1])
        assert len(runs) < len(whole.stages)
    order = {stage: number for number, stage in enumerate(dict.fromkeys(whole.stages))}
    assert [order[stage] for stage in runs] == sorted(order[stage] for stage in runs)
    assert len(runs) > 2
    assert_same(build_buckets(config, 1, no_progress, cache), undisturbed(config))


def test_a_finished_build_is_in_the_cache(in_memory: Path) -> None:
    config = config_of("emd")
    cache = FeatureCache(in_memory)
    build_buckets(config, 1, no_progress, cache)
    again = Interrupt(at=-1)
    build_buckets(config, 1, again, cache)
    assert set(again.stages) == {"hash"}


def test_builds_share_features(in_memory: Path) -> None:
    cache = FeatureCache(in_memory)
    build_buckets(config_of("emd"), 1, no_progress, cache)
    other = Interrupt(at=-1)
    build_buckets(config_of("emd", seed=1), 1, other, cache)
    assert "river buckets steps" in other.stages
    assert not [stage for stage in other.stages if "features" in stage or "strengths" in stage]


@pytest.mark.parametrize("damage", [b"", b"x" * 5000, None])
def test_a_damaged_cache_is_made_anew_and_that_is_said(
    damage: bytes | None,
    in_memory: Path,
    undisturbed: Callable[[BucketConfig], Buckets],
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = config_of("emd")
    cache = FeatureCache(in_memory)
    build_buckets(config, 1, no_progress, cache)
    entries = cache.entries()
    for entry in entries:
        content = bytearray(entry.path.read_bytes())
        content[-5000 % len(content)] ^= 1
        content[len(content) // 2] ^= 1
        entry.path.write_bytes(bytes(content) if damage is None else damage)
    assert_same(build_buckets(config, 1, no_progress, cache), undisturbed(config))
    assert caplog.text.count("is made anew") >= 4
    assert {entry.path.name for entry in cache.entries()} == {entry.path.name for entry in entries}


def test_seeds_restarts_and_steps_are_part_of_what_is_built(
    undisturbed: Callable[[BucketConfig], Buckets],
) -> None:
    first = undisturbed(config_of("emd"))
    other = undisturbed(config_of("emd", seed=7))
    assert not np.array_equal(first.streets[3].ids, other.streets[3].ids)
    hashes = {
        undisturbed(config_of("emd", **more)).bucket_hash
        for more in ({}, {"seed": 7}, {"restarts": 3}, {"steps": 3})
    }
    assert len(hashes) == 4


def test_more_clusters_than_different_hands_are_capped_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = config_of("ehs2", k_river=100_000, k_turn=3000)
    river = num_hands(3, RANKS)
    assert config.k[3] == river
    buckets = build_buckets(config, 1)
    for number, name in ((2, "turn"), (3, "river")):
        made = buckets.num_buckets[number]
        assert 7 < made < config.k[number]
        said = f"{name} buckets: only {made:,} of the {config.k[number]:,} asked for"
        assert said in caplog.text
        assert np.array_equal(np.unique(buckets.streets[number].ids), np.arange(made))


def test_a_sample_has_as_many_different_hands_as_there_are_clusters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("holdem.abstraction.clustering.SAMPLE_HANDS", 200)
    config = config_of("ehs2", k_flop=150)
    buckets = build_buckets(config, 1)
    assert buckets.num_buckets == config.k
    for number, street in enumerate(buckets.streets):
        assert np.array_equal(np.unique(street.ids), np.arange(config.k[number]))


def test_the_configuration_is_recorded(
    in_memory: Path, undisturbed: Callable[[BucketConfig], Buckets]
) -> None:
    config = config_of("potential", flops=FLOPS, seed=3)
    built = build_bucket_file(config, in_memory / "b.pkl", 1)
    assert load_buckets(built.path).config == {
        "methods": {
            "preflop": "lossless",
            "flop": "potential-emd",
            "turn": "potential-emd",
            "river": "percentile-ehs",
        },
        "k": {"preflop": 16, "flop": 9, "turn": 8, "river": 7},
        "seed": 3,
        "restarts": 2,
        "steps": 4,
        "ranks": 4,
        "flops": {"AsKsKh": 21845, "AsKhQd": 10923, "QsJsJh": 32768},
    }
    assert build_bucket_file(config, built.path, 1).was_there


def test_a_game_takes_buckets_of_its_flops_alone(
    undisturbed: Callable[[BucketConfig], Buckets],
) -> None:
    chosen = undisturbed(config_of("emd", flops=FLOPS))
    assert make_game(GameConfig(ranks=RANKS, flops=FLOPS), chosen).num_buckets(1) == 9
    weights = ("AsKsKh:4", "AsKhQd:2", "QsJsJh:6")
    assert make_game(GameConfig(ranks=RANKS, flops=weights), chosen).num_buckets(1) == 9
    for flops in (None, 3, FLOPS[:2], ("AsKsKh:1", "AsKhQd:1", "QsJsJh:3")):
        with pytest.raises(ConfigError, match=r"^buckets: made for 3 chosen flops, the game has "):
            make_game(GameConfig(ranks=RANKS, flops=flops), chosen)
    every = undisturbed(config_of("emd"))
    assert make_game(GameConfig(ranks=RANKS, flops=FLOPS), every).num_buckets(1) == 9


def test_percentiles_of_chosen_flops_hold_equal_shares_of_what_is_dealt() -> None:
    config = BucketConfig(ranks=5, flops=FLOPS, k_flop=10, k_turn=10, k_river=10)
    buckets = build_buckets(config, 1)
    for number in (1, 2, 3):
        masses = np.zeros(num_hands(number, 5), np.uint32)
        _core.hand_masses(5, number, config.whole_flops, 1, masses)
        ids = buckets.streets[number].ids
        shares = np.bincount(ids, weights=masses) / masses.sum(dtype=float)
        assert shares * 10 == pytest.approx(1, abs=0.35)
        assert np.all(ids[masses == 0] == 0)
    assert buckets.config["flops"] == {"AsKsKh": 21845, "AsKhQd": 10923, "QsJsJh": 32768}
