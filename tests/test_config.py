"""Reading a run's configuration: flags over YAML over defaults, and what is refused or said."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from holdem.config import (
    cuts_within_batches,
    identity,
    known_to_hurt,
    load_run_config,
    num_workers,
    repaired_menus,
    resolved_settings,
    without_effect,
)
from holdem.errors import ConfigError
from holdem.types import GameConfig, MCCFRConfig

DOCUMENTED_YAML = """
# Total training
num_iterations: 1000000

# Chunked training mode
enable_chunked_training: true
chunk_size_iterations: 100000

# Regular checkpoints
checkpoint_interval: 25000

# DCFR discounting
discount_mode: "dcfr"
discount_interval: 1000

# Exploration
exploration_epsilon: 0.6
enable_pruning: true
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "run.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_the_documents_yaml_is_accepted_as_written(write) -> None:
    run = load_run_config(write(DOCUMENTED_YAML), {"buckets": "data/buckets.pkl"})
    assert run.training.num_iterations == 1_000_000
    assert run.training.chunk_size_iterations == 100_000
    assert run.training.discount_mode == "dcfr"
    assert run.buckets == Path("data/buckets.pkl")


def test_flags_win_over_yaml_over_defaults(write) -> None:
    path = write(
        "{num_iterations: 5, seed: 1, buckets: b.pkl, "
        "game: {big_blind: 200, bets: {flop: '1', turn: '1'}}}"
    )
    flags = {
        "seed": 2,
        "num_iterations": None,
        "game": {"stacks": 700, "ante": None, "bets": {"turn": "a"}},
    }
    run = load_run_config(path, flags)
    assert (run.training.num_iterations, run.training.seed) == (5, 2)
    assert (run.game.big_blind, run.game.stacks, run.game.ante) == (200, (700, 700), 0)
    assert (run.game.bets["flop"], run.game.bets["turn"]) == ("1", "a")


def test_flags_alone_are_enough() -> None:
    run = load_run_config(None, {"time_budget_seconds": 5, "game": {"name": "kuhn"}})
    assert (run.training.time_budget_seconds, run.buckets) == (5, None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- num_iterations", "must be a mapping of settings .*is a list"),
        ("just text", "must be a mapping of settings .*is a str"),
        ("a: [1", "not YAML: line 1"),
        (b"\xff\xfe\x00", "not a text file|not YAML"),
        ("game: deep", "game = 'deep': must be a mapping"),
        ("5: 6", "unknown setting 5: names are text"),
        ("game: {5: 6}", "unknown setting 5: names are text"),
        ("num_iteration: 5", "unknown setting 'num_iteration'; did you mean 'num_iterations'"),
        ("bucket: x", "unknown setting 'bucket'; did you mean 'buckets'"),
        ("big_blind: 5", "unknown setting 'big_blind'; it belongs under 'game:'"),
        ("game: {big_blinds: 5}", "unknown setting 'big_blinds'; did you mean 'big_blind'"),
        ("num_iterations: 0", "num_iterations = 0: must be an integer >= 1"),
        ("num_iterations: yes", "num_iterations = True: must be an integer >= 1"),
        ("num_iterations: 1\nbuckets: [1]", "buckets = .*: must be a path"),
        ("", "nothing says when to stop"),
    ],
)
def test_bad_files_are_refused_in_one_line(write, text: str | bytes, line: str) -> None:
    with pytest.raises(ConfigError, match=line) as refusal:
        load_run_config(write(text), {})
    assert "\n" not in str(refusal.value)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{later}: &{later} [{', '.join([f'*{earlier}'] * 9)}]\n"
    for earlier, later in pairwise("abcdefgh")
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BOMB + "game: *h", r"line 2: \*a stands for another place: write the value out"),
        ("seed: &s 1\nnum_iterations: *s", r"line 2: \*s stands for another place"),
        ("game: " + "[" * 30_000 + "]" * 30_000, "line 1: nested deeper than 20 levels"),
        ("game: " + "{a: " * 3000 + "1" + "}" * 3000, "nested deeper than 20 levels"),
        ("seed: " + "9" * 6000, "line 1: a number of 6,000 characters"),
        ("seed: 0x" + "f" * 6000, "a number of 6,002 characters"),
        ("time_budget_seconds: 1." + "0" * 6000, "a number of 6,002 characters"),
        ("seed: 2026-99-99", "seed = '2026-99-99': must be an integer"),
        ("seed: !!int x", "line 1: 'x' is no int"),
        ("seed: !!bool x", "line 1: 'x' is no bool"),
        ("seed: !!float x", "line 1: 'x' is no float"),
        ("seed: !!timestamp x", "'timestamp' is no kind of value"),
        ("seed: !!binary x", "'binary' is no kind of value"),
        ("game: !!set {a, b}", "'set' is no kind of value"),
        ("seed: !!python/object:os.system x", "'python/object:os.system' is no kind of value"),
        ("? [a]\n: b", "unhashable key"),
        ("a: " + "x" * 200_000, "too large for a configuration: more than 100,000 bytes"),
        ("seed: '" + "x" * 90_000 + "'", "seed = 'xxx.*xxx': must be an integer"),
        ('seed: "\\e[31m\\n\\u202e"', r"seed = '\\x1b\[31m\\n\\u202e': must be an integer"),
        ('"\\e[31m": 1', r"unknown setting '\\x1b\[31m'"),
        ("seed: \x1b", "special characters are not allowed"),
        ("time_budget_seconds: .inf", "time_budget_seconds = inf: must be a number > 0"),
    ],
)
def test_what_a_file_may_cost_and_show_is_bounded(write, text: str, line: str) -> None:
    with pytest.raises(ConfigError, match=line) as refusal:
        load_run_config(write(text), {})
    assert len(str(refusal.value)) < 400
    assert str(refusal.value).isprintable()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without an end")
def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="too large for a configuration"):
        load_run_config(Path("/dev/zero"), {})


def test_a_date_is_a_name_like_any_other(write) -> None:
    path = write("{num_iterations: 5, buckets: 2026-01-01}")
    assert load_run_config(path, {}).buckets == Path("2026-01-01")


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot read the configuration: No such"):
        load_run_config(tmp_path / "none.yaml", {})
    with pytest.raises(ConfigError, match="cannot read the configuration: Is a directory"):
        load_run_config(tmp_path, {})


@pytest.mark.parametrize(
    "flags",
    [
        {"num_iterations": 7, "game": {"name": "kuhn", "num_players": 3}},
        {
            "num_iterations": 7,
            "snapshot_interval_seconds": 60,
            "memory_limit": "8GB",
            "buckets": "b.pkl",
            "game": {"stacks": [500, 900], "raise_cap": 2},
        },
        {
            "num_iterations": 7,
            "buckets": "lossless",
            "game": {"ranks": 6, "flops": ["AsAhTd:0.3", "KsQsJs:7"]},
        },
        {"num_iterations": 7, "buckets": "./lossless", "game": {"flops": 25}},
    ],
)
def test_resolved_settings_read_back_as_the_same_run(write, flags: dict[str, object]) -> None:
    run = load_run_config(None, flags)
    again = load_run_config(write(yaml.safe_dump(resolved_settings(run))), {})
    assert again.training == run.training
    assert again.game == run.game
    is_file = isinstance(run.buckets, Path)
    assert again.buckets == (run.buckets.absolute() if is_file else run.buckets)


def test_a_setting_that_is_off_stays_off_when_read_back(write) -> None:
    path = write("{num_iterations: 7, snapshot_interval_seconds: null, game: {name: kuhn}}")
    run = load_run_config(path, {})
    again = load_run_config(write(yaml.safe_dump(resolved_settings(run))), {})
    assert again.training.snapshot_interval_seconds is None


def test_identity_is_what_decides_the_results() -> None:
    base = {"num_iterations": 5, "buckets": "b.pkl", "game": {"bets": {"turn": "1 a / a"}}}
    base["sampling"] = "external"
    expected = identity(load_run_config(None, base))
    for same in (
        {"num_iterations": 9, "time_budget_seconds": 5},
        {"checkpoint_interval": 3, "keep_checkpoints": 2, "log_interval_seconds": 1},
        {"memory_limit": "1GB", "tensorboard": False, "num_workers": 2},
        {"game": {"bets": {"turn": "a, 1 1.0 / a"}}},
        {"buckets": "elsewhere/b.pkl"},  # its content is for the solver's bucket hash to compare
        {"game": {"bets": {"turn": "1 a / a"}, "ranks": 13, "flops": "all"}},
    ):
        assert identity(load_run_config(None, base | same)) == expected
    for other in (
        {"seed": 1},
        {"sampling": "outcome"},
        {"sampling": "public_chance"},
        {"exploration_epsilon": 0.5},
        {"discount_interval": 7},
        {"dcfr_gamma": 3},
        {"enable_pruning": True},
        {"pruning_probability": 0.5},
        {"update_batch": 20},
        {"game": {"stacks": 5000}},
        {"game": {"bets": {"flop": "1"}}},
        {"game": {"bets": {"turn": "1 a / a"}, "ranks": 12}},
        {"game": {"bets": {"turn": "1 a / a"}, "flops": 25}},
        {"game": {"bets": {"turn": "1 a / a"}, "flops": ["As7h2d"]}},
    ):
        assert identity(load_run_config(None, base | other)) != expected


def test_batches_are_part_of_a_run_that_has_them() -> None:
    """So that what was trained before there were batches goes on without them."""

    def batch_of(**settings: object) -> object:
        run = load_run_config(None, {"num_iterations": 5} | settings)
        return identity(run)["configuration"]["training"].get("update_batch")

    holdem = {"buckets": "b.pkl", "sampling": "external"}
    leduc = {"game": {"name": "leduc"}}
    assert batch_of(**holdem) == batch_of(**holdem, update_batch=100) == 100
    assert batch_of(**leduc, update_batch=20) == 20
    for settings in (leduc, holdem | {"update_batch": 1}, holdem | {"sampling": "outcome"}):
        assert batch_of(**settings) is None


def test_settings_that_end_batches_early_are_named() -> None:
    base = {"num_iterations": 5, "buckets": "b.pkl", "checkpoint_interval": 1000}
    base["sampling"] = "external"
    assert cuts_within_batches(load_run_config(None, base)) == []
    (line,) = cuts_within_batches(load_run_config(None, base | {"chunk_size_iterations": 1234}))
    assert line.startswith("chunk_size_iterations = 1,234 is no multiple of update_batch = 100")
    odd = base | {"chunk_size_iterations": 1234, "update_batch": 1}
    assert cuts_within_batches(load_run_config(None, odd)) == []


def test_the_toy_games_have_one_worker() -> None:
    several = MCCFRConfig(num_iterations=1, num_workers=3)
    assert num_workers(several, GameConfig()) == 3
    assert num_workers(several, GameConfig(name="leduc")) == 1
    one_board = MCCFRConfig(num_iterations=1, num_workers=3, sampling="public_chance")
    assert num_workers(one_board, GameConfig()) == 3
    assert num_workers(one_board, GameConfig(name="leduc")) == 1
    (line,) = without_effect(several, GameConfig(name="leduc"))
    assert line.startswith("num_workers has no effect")


def test_a_game_of_all_cards_names_none() -> None:
    """So that what was trained before there were other decks goes on."""
    game = identity(load_run_config(None, {"num_iterations": 5, "buckets": "b.pkl"}))
    assert {*game["configuration"]["game"]} == {
        *("name", "num_players", "small_blind", "big_blind", "ante", "stacks", "bets", "raise_cap")
    }


def test_tables_of_floats_name_no_storage() -> None:
    """So that what was trained before there were others goes on."""
    settings = {"num_iterations": 5, "buckets": "b.pkl", "sampling": "public_chance"}
    floats, compact = (
        identity(load_run_config(None, settings | {"storage": storage}))["configuration"]
        for storage in ("float32", "compact")
    )
    assert "storage" not in floats["training"]
    assert compact["training"] == floats["training"] | {"storage": "compact"}


def test_two_spellings_of_flops_are_one_game() -> None:
    base = {"num_iterations": 5, "buckets": "lossless"}
    first, second = (
        identity(load_run_config(None, base | {"game": {"flops": flops}}))
        for flops in (["KsKh2d", "AsTh2d"], "Ac 2s Td, 2c Kd Kh")
    )
    assert first == second
    assert first["configuration"]["game"]["flops"] == ["AsTh2d", "KsKh2d"]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"discount_mode": "cfr_plus"}, "floors regrets at zero"),
        ({"discount_mode": "cfr_plus", "sampling": "outcome"}, "slows outcome sampling"),
        ({"discount_mode": "dcfr"}, "dcfr_beta = 0"),
        ({"discount_mode": "dcfr", "dcfr_beta": 1, "dcfr_alpha": 50}, "hardly discounts"),
    ],
)
def test_combinations_known_to_hurt_warn(settings: dict[str, object], word: str) -> None:
    (warning,) = known_to_hurt(MCCFRConfig(num_iterations=1, **settings))
    assert word in warning


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"discount_mode": "none"},
        {"discount_mode": "dcfr", "dcfr_beta": 0.5},
        {"discount_mode": "cfr_plus", "sampling": "full_width"},
        {"discount_mode": "dcfr", "sampling": "full_width"},
    ],
)
def test_sound_combinations_do_not_warn(settings: dict[str, object]) -> None:
    assert known_to_hurt(MCCFRConfig(num_iterations=1, **settings)) == []


def test_more_workers_than_cores_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdem.config.usable_cores", lambda: 4)
    for enough in (
        {"num_workers": 4},
        {"num_workers": 2, "num_instances": 2},
        {"num_instances": 9},
    ):
        assert known_to_hurt(MCCFRConfig(num_iterations=1, **enough)) == []
    for settings in ({"num_workers": 6}, {"num_workers": 2, "num_instances": 3}):
        (warning,) = known_to_hurt(MCCFRConfig(num_iterations=1, **settings))
        assert warning == "6 workers share 4 cores: each will be slower"
        outcome = MCCFRConfig(num_iterations=1, sampling="outcome", **settings)
        assert known_to_hurt(outcome) == []


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, []),
        ({"exploration_epsilon": 0.6}, ["exploration_epsilon is recorded and has no effect"]),
        ({"exploration_epsilon": 0.6, "sampling": "outcome"}, []),
        ({"dcfr_alpha": 2}, ["dcfr_alpha is recorded and has no effect: discount_mode is linear"]),
        ({"pruning_threshold": -5}, ["pruning_threshold is recorded"]),
        ({"chunk_size_minutes": 5}, ["chunk_size_minutes is recorded"]),
        ({"chunk_size_minutes": None}, []),
        ({"num_workers": 4}, []),
        ({"num_workers": 4, "sampling": "outcome"}, ["num_workers has no effect: in outcome"]),
        ({"num_workers": 4, "update_batch": 1}, ["num_workers has no effect: with update_batch"]),
        ({"num_workers": 4, "sampling": "public_chance"}, []),
        (
            {"exploration_epsilon": 0.6, "sampling": "public_chance"},
            ["exploration_epsilon is recorded and has no effect: public_chance sampling does not"],
        ),
        (
            {"enable_pruning": True, "sampling": "public_chance"},
            ["enable_pruning has no effect: public_chance sampling does not prune"],
        ),
        (
            {"pruning_threshold": -5, "sampling": "public_chance", "update_batch": 3},
            ["pruning_threshold is recorded and has no effect", "update_batch is recorded"],
        ),
        (
            {"update_batch": 9, "sampling": "outcome"},
            ["update_batch is recorded"],
        ),
        ({"enable_pruning": True, "discount_mode": "cfr_plus"}, ["enable_pruning has no effect"]),
    ],
)
def test_settings_without_effect_are_named(settings: dict[str, object], lines: list[str]) -> None:
    found = without_effect(MCCFRConfig(num_iterations=1, **settings))
    assert len(found) == len(lines)
    assert all(line in text for line, text in zip(lines, found, strict=True))


def test_menus_put_in_order_are_reported() -> None:
    game = GameConfig(bets={"flop": "1 0.5 1 / a"})
    assert repaired_menus(game) == [
        "flop first bet: '1 0.5 1' read as '0.5 1' (sorted, duplicates merged)"
    ]
    assert repaired_menus(GameConfig()) == []


def test_a_game_has_the_settings_of_no_other() -> None:
    large = Path(__file__).parents[1] / "configs" / "leduc-large.yaml"
    run = load_run_config(large, {})
    game = {"name": "leduc", "num_players": 2, "num_ranks": 13, "num_suits": 4, "max_raises": 4}
    assert resolved_settings(run)["game"] == game
    assert identity(run)["configuration"]["game"] == game
    for name, buckets in (("kuhn", None), ("holdem", "buckets.pkl")):
        other = load_run_config(
            None, {"num_iterations": 1, "game": {"name": name}, "buckets": buckets}
        )
        assert "num_ranks" not in resolved_settings(other)["game"]
        assert "num_ranks" not in identity(other)["configuration"]["game"]
