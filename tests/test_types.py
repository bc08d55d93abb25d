"""The configuration models: the documents' examples, defaults, and every kind of refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from holdem.errors import ConfigError
from holdem.types import GameConfig, MCCFRConfig, RunConfig

DOCUMENTED = [
    {
        "num_iterations": 1_000_000,
        "enable_chunked_training": True,
        "chunk_size_iterations": 100_000,
        "checkpoint_interval": 25_000,
        "discount_mode": "dcfr",
        "discount_interval": 1000,
        "exploration_epsilon": 0.6,
        "enable_pruning": True,
    },
    {
        "time_budget_seconds": 8 * 24 * 3600,
        "enable_chunked_training": True,
        "chunk_size_minutes": 60.0,
        "snapshot_interval_seconds": 900,
        "discount_mode": "dcfr",
        "discount_interval": 5000,
        "exploration_epsilon": 0.6,
        "enable_pruning": True,
    },
    {
        "num_iterations": 2_000_000,
        "time_budget_seconds": 48 * 3600,
        "enable_chunked_training": True,
        "chunk_size_iterations": 50_000,
        "chunk_size_minutes": 30.0,
        "checkpoint_interval": 10_000,
        "discount_mode": "dcfr",
        "discount_interval": 1000,
        "exploration_epsilon": 0.6,
        "enable_pruning": True,
    },
]


@pytest.mark.parametrize("settings", DOCUMENTED)
def test_the_documents_examples_are_accepted_as_written(settings: dict[str, object]) -> None:
    config = MCCFRConfig(**settings)
    assert {name: getattr(config, name) for name in settings} == settings


def test_defaults_of_training() -> None:
    config = MCCFRConfig(num_iterations=1)
    assert (config.sampling, config.discount_mode, config.seed) == ("external", "linear", 0)
    assert (config.dcfr_alpha, config.dcfr_beta, config.dcfr_gamma) == (1.5, 0.0, 2.0)
    assert (config.pruning_threshold, config.pruning_probability) == (None, 0.95)
    assert config.keep_checkpoints is None


def test_configurations_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        MCCFRConfig(num_iterations=1).seed = 7


TRAINING_REFUSALS = [
    ({"num_iterations": 0}, "num_iterations = 0: must be an integer >= 1"),
    ({"num_iterations": -5}, "num_iterations = -5: must be an integer >= 1"),
    ({"num_iterations": "many"}, "num_iterations = 'many': must be an integer >= 1"),
    ({"num_iterations": 1.5}, "num_iterations = 1.5: must be an integer >= 1"),
    ({"num_iterations": True}, "num_iterations = True: must be an integer >= 1"),
    ({"num_iterations": [1]}, r"num_iterations = \[1\]: must be an integer >= 1"),
    ({"time_budget_seconds": 0}, "time_budget_seconds = 0: must be a number > 0"),
    ({"time_budget_seconds": float("nan")}, "time_budget_seconds = nan: must be a number > 0"),
    ({"time_budget_seconds": float("inf")}, "time_budget_seconds = inf: must be a number > 0"),
    ({"seed": -1}, "seed = -1: must be an integer >= 0 and <= 4294967295"),
    ({"seed": 2**32}, "seed = 4294967296: must be an integer >= 0 and <= 4294967295"),
    ({"seed": None}, "seed = None: must be an integer >= 0 and <= 4294967295"),
    ({"num_workers": -1}, "num_workers = -1: must be an integer >= 0"),
    ({"sampling": "full"}, "sampling = 'full': must be one of external, outcome"),
    ({"storage": "float16"}, "storage = 'float16': must be one of float32, compact"),
    ({"storage": "compact"}, "storage = compact: external sampling needs float32; compact is for"),
    (
        {"storage": "compact", "sampling": "public_chance", "num_instances": 2},
        "storage = compact: num_instances needs float32, as compact tables cannot be averaged",
    ),
    ({"exploration_epsilon": 1.1}, "exploration_epsilon = 1.1: must be a number >= 0 and <= 1"),
    (
        {"discount_mode": "best"},
        "discount_mode = 'best': must be one of none, linear, dcfr, cfr_plus",
    ),
    ({"discount_interval": 0}, "discount_interval = 0: must be an integer >= 1"),
    ({"dcfr_beta": -0.5}, "dcfr_beta = -0.5: must be a number >= 0"),
    ({"enable_pruning": "perhaps"}, "enable_pruning = 'perhaps': must be true or false"),
    ({"pruning_threshold": 0}, "pruning_threshold = 0: must be a number < 0"),
    ({"pruning_probability": 2}, "pruning_probability = 2: must be a number >= 0 and <= 0.999999"),
    ({"checkpoint_interval": 0}, "checkpoint_interval = 0: must be an integer >= 1"),
    ({"snapshot_interval_seconds": -1}, "snapshot_interval_seconds = -1: must be a number > 0"),
    ({"keep_checkpoints": 0}, "keep_checkpoints = 0: must be an integer >= 1"),
    ({"keep_every": 100}, "keep_every = 100: needs keep_checkpoints"),
    ({"chunk_size_minutes": 0}, "chunk_size_minutes = 0: must be a number > 0"),
    ({"log_interval_seconds": 0}, "log_interval_seconds = 0: must be a number > 0"),
    ({"memory_limit": "8"}, "memory_limit = '8': must be at least 1MB"),
    ({"memory_limit": "a lot"}, "memory_limit = 'a lot': must be at least 1MB"),
    ({"memory_limit": -1}, "memory_limit = -1: must be at least 1MB"),
    ({"tensorboard": 7}, "tensorboard = 7: must be true or false"),
    ({"num_iteration": 5}, "unknown setting 'num_iteration'; did you mean 'num_iterations'?"),
    ({"qwerty": 5}, "unknown setting 'qwerty'$"),
    (
        {"sampling": "outcome", "exploration_epsilon": 0},
        "exploration_epsilon = 0: outcome sampling needs a number >= 0.000001 and <= 1",
    ),
    (
        {"exploration_epsilon_final": 0.1},
        "exploration_epsilon_decay_iterations is missing",
    ),
    (
        {"enable_chunked_training": True},
        "enable_chunked_training needs chunk_size_iterations or chunk_size_minutes",
    ),
    # In 32 bits 1 - p would be 0, and what is divided by it infinite.
    ({"pruning_probability": 0.99999999}, "pruning_probability = 0.99999999: must be a number"),
    (
        {"sampling": "outcome", "exploration_epsilon": 1e-30},
        "exploration_epsilon = 1e-30: outcome sampling needs a number >= 0.000001",
    ),
]


@pytest.mark.parametrize(("settings", "line"), TRAINING_REFUSALS)
def test_impossible_training_is_refused_in_one_line(settings: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError, match="^" + line.replace("?", r"\?")) as refusal:
        MCCFRConfig(**{"num_iterations": 10} | settings)
    assert "\n" not in str(refusal.value)


TOO_LARGE = (2**63, 2**64, -(2**64), 10**30)


def test_every_whole_number_has_a_largest_value_that_its_refusal_names() -> None:
    looked_at = set()
    for model, needed in ((GameConfig, {}), (MCCFRConfig, {"num_iterations": 10})):
        for name, field in model.model_fields.items():
            if "int" not in re.split(r"\W+", str(field.annotation)):
                continue
            looked_at.add(name)
            for value in TOO_LARGE:
                with pytest.raises(ConfigError, match=rf"^{name} = ") as refusal:
                    model(**needed | {name: value})
                assert re.search(r"(<=|to|at most) \d+", str(refusal.value))
                assert "\n" not in str(refusal.value)
    assert {"num_iterations", "seed", "memory_limit", "stacks", "raise_cap"} <= looked_at


@pytest.mark.parametrize("text", ["99999999TB", "1000001TB", "9" * 400])
def test_a_memory_limit_beyond_every_machine_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="at least 1MB and at most 1000000TB"):
        MCCFRConfig(num_iterations=1, memory_limit=text)


def test_without_a_target_both_flags_are_named() -> None:
    with pytest.raises(ConfigError, match=r"--iters.*--time-budget"):
        MCCFRConfig()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (8_000_000, 8_000_000),
        ("8000000", 8_000_000),
        ("8GB", 8 * 10**9),
        ("8 gb", 8 * 10**9),
        ("8G", 8 * 10**9),
        ("7.5GiB", 15 * 2**29),
        ("800MB", 800 * 10**6),
        (None, None),
    ],
)
def test_memory_limit_reads_sizes(text: object, size: int | None) -> None:
    assert MCCFRConfig(num_iterations=1, memory_limit=text).memory_limit == size


def test_default_game_is_heads_up_with_100_big_blinds() -> None:
    game = GameConfig()
    assert (game.name, game.num_players) == ("holdem", 2)
    assert game.stacks == (100 * game.big_blind,) * 2
    assert set(game.bets) == set(game.raise_cap) == {"preflop", "flop", "turn", "river"}


def test_stacks_may_be_one_number_or_one_per_seat() -> None:
    assert GameConfig(num_players=3, stacks=5000).stacks == (5000, 5000, 5000)
    assert GameConfig(stacks=[5000, 700]).stacks == (5000, 700)


def test_streets_that_are_not_named_keep_their_menu() -> None:
    game = GameConfig(bets={"flop": 0.5, "turn": [0.5, "a"]}, raise_cap={"river": 1})
    assert (game.bets["flop"], game.bets["turn"]) == ("0.5", "0.5 a")
    assert game.bets["preflop"] == GameConfig().bets["preflop"]
    assert game.raise_cap == GameConfig().raise_cap | {"river": 1}
    assert set(GameConfig(raise_cap=2).raise_cap.values()) == {2}


GAME_REFUSALS = [
    ({"name": "omaha"}, "name = 'omaha': must be one of holdem, kuhn, leduc"),
    ({"num_players": 1}, "num_players = 1: must be an integer >= 2 and <= 6"),
    ({"num_players": 7}, "num_players = 7: must be an integer >= 2 and <= 6"),
    ({"name": "kuhn", "num_players": 4}, "num_players = 4: kuhn has 2 to 3 players"),
    ({"name": "leduc", "num_players": 3}, "num_players = 3: leduc has 2 players"),
    ({"name": "kuhn", "ante": 5}, "ante: the rules of kuhn are fixed"),
    ({"name": "leduc", "bets": {"flop": "1"}}, "bets: the rules of leduc are fixed"),
    ({"name": "leduc", "num_ranks": 14}, "num_ranks = 14: must be an integer >= 2 and <= 13"),
    ({"name": "leduc", "num_suits": 1}, "num_suits = 1: must be an integer >= 2 and <= 4"),
    ({"name": "leduc", "max_raises": 0}, "max_raises = 0: must be an integer >= 1 and <= 8"),
    ({"name": "kuhn", "num_ranks": 4}, "num_ranks: only leduc has it"),
    ({"max_raises": 3}, "max_raises: only leduc has it"),
    ({"small_blind": 0}, "small_blind = 0: must be an integer >= 1"),
    ({"big_blind": -2}, "big_blind = -2: must be an integer >= 1"),
    ({"big_blind": 1.5}, "big_blind = 1.5: must be an integer >= 1"),
    ({"small_blind": 200}, "small_blind = 200: must be at most the big blind, 100"),
    ({"ante": -1}, "ante = -1: must be an integer >= 0"),
    ({"stacks": 99}, r"stacks = 99: must be 100 \(big blind \+ ante\) to 100000000 chips each"),
    ({"stacks": 0}, "stacks = 0: must be 100"),
    ({"stacks": 119, "ante": 20}, "stacks = 119: must be 120"),
    ({"stacks": [5000]}, r"stacks = \[5000\]: must be one number or 2, one per seat"),
    ({"stacks": 10**9}, "stacks = 1000000000: must be 100"),
    ({"stacks": "deep"}, "stacks = 'deep': must be a whole number of chips"),
    ({"stacks": [5000, 0.5]}, "stacks = .*: must be a whole number of chips"),
    ({"bets": {"showdown": "1"}}, "bets = .*: unknown street 'showdown', must be one of preflop"),
    ({"bets": ["1"]}, "bets = .*: must be a mapping with a line per street"),
    ({"bets": {"flop": "-1"}}, "bets = .*flop first bet.*-1.*0.01 to 100"),
    ({"bets": {"flop": "1 / pot"}}, "bets = .*flop later raises: 'pot' is not a bet size"),
    ({"bets": {"flop": True}}, "bets = .*True is not a menu"),
    ({"bets": {"flop": ""}}, "bets = .*flop first bet: no sizes"),
    ({"raise_cap": -1}, "raise_cap = -1: preflop must be an integer from 0 to 100"),
    ({"raise_cap": {"flop": "x"}}, "raise_cap = .*: flop must be an integer from 0 to 100"),
    ({"rake": 5}, "unknown setting 'rake'"),
    ({"ranks": 1}, "ranks = 1: must be an integer >= 2 and <= 13"),
    ({"ranks": True}, "ranks = True: must be an integer >= 2 and <= 13"),
    ({"ranks": 2}, "ranks = 2: 8 cards; the board and the hands of 2 players take 9"),
    ({"ranks": 3, "num_players": 4}, "ranks = 3: 12 cards; .* of 4 players take 13"),
    ({"flops": []}, r"flops = \[\]: must be a number of flops, 1 to 1755"),
    ({"flops": True}, "flops = True: must be a number of flops"),
    ({"flops": 1756}, "flops = 1756: must be 1 to 1755, the flops there are with 13 ranks"),
    ({"ranks": 5, "flops": 96}, "flops = 96: must be 1 to 95, the flops there are with 5 ranks"),
    ({"ranks": 5, "flops": ["As9h9d"]}, "flops = .*: a deck of 5 ranks has T to A"),
    ({"flops": ["AsKs"] * 500}, r"flops = .{,120}: flop 'AsKs': 2 cards"),
    ({"name": "leduc", "ranks": 5}, "ranks: only holdem has it; leave it out"),
    ({"name": "kuhn", "flops": 5}, "flops: only holdem has it; leave it out"),
]


@pytest.mark.parametrize(("settings", "line"), GAME_REFUSALS)
def test_impossible_games_are_refused_in_one_line(settings: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError, match="^" + line) as refusal:
        GameConfig(**settings)
    assert "\n" not in str(refusal.value)


def test_holdem_needs_buckets_and_toy_games_refuse_them() -> None:
    training = MCCFRConfig(num_iterations=1)
    with pytest.raises(ConfigError, match=r"buckets: none given.*--buckets"):
        RunConfig(training=training)
    with pytest.raises(ConfigError, match=r"buckets = b\.pkl: kuhn has none"):
        RunConfig(game=GameConfig(name="kuhn"), training=training, buckets="b.pkl")
    assert RunConfig(training=training, buckets="b.pkl").buckets == Path("b.pkl")


@pytest.mark.parametrize("name", ["holdem", "kuhn"])
def test_public_chance_is_for_two_players(name: str) -> None:
    training = MCCFRConfig(num_iterations=1, sampling="public_chance")
    buckets = "lossless" if name == "holdem" else None
    game = GameConfig(name=name, num_players=3)
    with pytest.raises(ConfigError) as refusal:
        RunConfig(game=game, training=training, buckets=buckets)
    line = "sampling = public_chance: for two players, this game has 3; use external"
    assert str(refusal.value) == line
    assert RunConfig(game=GameConfig(name=name), training=training, buckets=buckets)


def test_lossless_is_no_path_unless_it_is_written_as_one() -> None:
    training = MCCFRConfig(num_iterations=1)
    for written, meant in (
        ("lossless", "lossless"),
        ("./lossless", Path("lossless")),
        (Path("lossless"), Path("lossless")),
    ):
        assert RunConfig(training=training, buckets=written).buckets == meant
    with pytest.raises(ConfigError, match="buckets = 5: must be a path, or lossless"):
        RunConfig(training=training, buckets=5)
