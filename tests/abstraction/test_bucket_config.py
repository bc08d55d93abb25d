"""Settings of buckets: flags over a file over a preset, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from holdem.abstraction.bucket_config import BucketConfig, load_bucket_config, percentiles
from holdem.abstraction.builder import estimate
from holdem.abstraction.presets import PRESETS
from holdem.errors import ConfigError


def file_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "buckets.yaml"
    path.write_text(text)
    return path


def test_percentiles_are_recorded_as_they_were_before_there_were_other_methods() -> None:
    assert percentiles(169, 200, 200, 200).as_dict() == {
        "method": "percentile_hand_strength",
        "k": {"preflop": 169, "flop": 200, "turn": 200, "river": 200},
        "seed": 0,
    }
    assert percentiles(10, 20, 30, 40, seed=3, ranks=5).as_dict() == {
        "method": "percentile_hand_strength",
        "k": {"preflop": 10, "flop": 20, "turn": 30, "river": 40},
        "seed": 3,
        "ranks": 5,
    }


def test_without_any_setting_buckets_are_the_standard_preset() -> None:
    config = load_bucket_config(None, {})
    assert config.k == (169, 200, 200, 200)
    assert config.methods == ("lossless", "kmeans-emd", "kmeans-emd", "kmeans-ochs")


def test_all_starting_hands_by_percentile_are_not_the_lossless_ones() -> None:
    config = BucketConfig(
        k_preflop=169, k_flop=1, k_turn=1, k_river=1, method_preflop="percentile-ehs"
    )
    assert config.as_dict()["methods"]["preflop"] == "percentile-ehs"


def test_flags_win_over_the_file_and_the_file_over_the_preset(tmp_path: Path) -> None:
    path = file_of(tmp_path, "preset: large\nk_turn: 50\nk_river: 60\nseed: 4\n")
    config = load_bucket_config(path, {"k_river": 70, "seed": None})
    assert config.k == (169, 2000, 50, 70)
    assert config.seed == 4
    assert config.methods == ("lossless", "kmeans-emd", "kmeans-emd", "kmeans-ochs")
    other = load_bucket_config(path, {"preset": "quick", "method_turn": "kmeans-ehs2"})
    assert other.k == (169, 2000, 50, 60)
    assert other.methods[1:] == ("kmeans-emd", "kmeans-ehs2", "kmeans-ochs")


def test_a_lossless_street_needs_no_count(tmp_path: Path) -> None:
    config = load_bucket_config(None, {"method_flop": "lossless", "ranks": 5})
    assert config.k == (25, 7760, 200, 200)
    assert config.methods == ("lossless", "lossless", "kmeans-emd", "kmeans-ochs")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("ranks", [3, 5, 13])
def test_presets_fit_every_deck_and_nobody_is_warned(
    preset: str, ranks: int, caplog: pytest.LogCaptureFixture
) -> None:
    config = load_bucket_config(None, {"preset": preset, "ranks": ranks})
    assert config.methods[0] == "lossless"
    assert not caplog.records
    needed = estimate(config)
    assert needed.memory_bytes < 4e9
    assert needed.cpu_seconds < {"small": 60, "quick": 120, "standard": 300, "large": 7200}[preset]


def test_counts_beyond_the_hands_are_made_smaller_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = {
        "k_preflop": 200,
        "k_flop": 2_000_000,
        "method_flop": "kmeans-emd",
        "k_river": 1951,
        "method_river": "percentile-ehs",
    }
    assert load_bucket_config(None, asked).k == (169, 1_286_792, 200, 1950)
    assert [record.getMessage() for record in caplog.records] == [
        "k_preflop = 200: no more than 169 hands differ, so that it is 169",
        "k_flop = 2000000: no more than 1286792 hands differ, so that it is 1286792",
        "k_river = 1951: no more than 1950 hands differ, so that it is 1950",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("k_folp: 3", "{path}: unknown setting 'k_folp'; did you mean 'k_flop'?"),
        ("3: 4", "{path}: unknown setting 3: names are text"),
        ("- 1", "{path}: must be a mapping of settings ('name: value'), is a list"),
        ("k_flop: 0", "k_flop = 0: must be an integer >= 1"),
        ("k_flop: yes", "k_flop = True: must be an integer >= 1"),
        ("k_flop: many", "k_flop = 'many': must be an integer >= 1"),
        (
            "method_turn: kmeans",
            "method_turn = 'kmeans': must be one of lossless, percentile-ehs, kmeans-ehs2, "
            "kmeans-emd, kmeans-ochs, potential-emd; did you mean 'kmeans-emd'?",
        ),
        (
            "method_turn: [1]",
            "method_turn = [1]: must be one of lossless, percentile-ehs, kmeans-ehs2, "
            "kmeans-emd, kmeans-ochs, potential-emd",
        ),
        ("preset: 3", "preset = 3: must be one of small, quick, standard, large"),
        (
            "flops: [As7h2d, As7h2c]",
            "flops = ['As7h2d', 'As7h2c']: 'As7h2d' and 'As7h2c' are one flop, in the same or "
            "other suits",
        ),
        (
            "method_preflop: kmeans-ochs",
            "method_preflop = kmeans-ochs: for hands with a board; preflop take lossless or "
            "kmeans-emd",
        ),
        (
            "method_river: kmeans-emd",
            "method_river = kmeans-emd: for hands with cards to come; on the river take "
            "kmeans-ochs or percentile-ehs",
        ),
        (
            "method_preflop: potential-emd",
            "method_preflop = potential-emd: for flop and turn; preflop take lossless or "
            "kmeans-emd",
        ),
    ],
)
def test_impossible_settings_are_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = file_of(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_bucket_config(path, {})
    assert str(caught.value) == message.format(path=path)


def test_a_count_that_no_preset_says_is_needed() -> None:
    settings: dict[str, Any] = {"k_flop": 3, "k_turn": 3}
    with pytest.raises(ConfigError, match=r"^k_river is missing$"):
        BucketConfig(**settings)
