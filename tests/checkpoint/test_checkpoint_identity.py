"""A checkpoint continues the run it belongs to and no other."""

import copy
from pathlib import Path
from typing import Any

import pytest

from holdem.checkpoint.identity import check_identity
from holdem.errors import IncompatibleCheckpointError

PATH = Path("runs/a/checkpoints/checkpoint_iter5_metadata.json")
IDENTITY: dict[str, Any] = {
    "bucket_hash": "00ff",
    "game": {"name": "holdem", "num_players": 2, "stacks": [200, 200], "bets": {"flop": [0.5, 1]}},
    "seed": 7,
    "sampling": "external",
    "discount": {"mode": "dcfr", "alpha": 1.5, "interval": 100},
    "rng": {"algorithm": "philox4x32-10", "version": 1},
    "enable_pruning": False,
    "exploration_epsilon": None,
}
MUTATIONS = [
    (("bucket_hash",), "11ff"),
    (("game", "name"), "leduc"),
    (("game", "num_players"), 3),
    (("game", "stacks"), [200, 100]),
    (("game", "bets", "flop"), [0.5]),
    (("seed",), 8),
    (("seed",), "7"),
    (("seed",), 7.0),
    (("sampling",), "outcome"),
    (("discount", "mode"), "linear"),
    (("discount", "alpha"), 1.25),
    (("discount", "interval"), None),
    (("rng", "algorithm"), "threefry"),
    (("rng", "version"), 2),
    (("enable_pruning",), True),
    (("enable_pruning",), 0),
    (("exploration_epsilon",), 0.6),
]


def mutated(keys: tuple[str, ...], value: Any) -> dict[str, Any]:
    result = copy.deepcopy(IDENTITY)
    inner = result
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return result


def test_the_same_run_is_accepted() -> None:
    check_identity({**IDENTITY, "elapsed_seconds": 3}, copy.deepcopy(IDENTITY), PATH)
    check_identity({"stacks": [1, 2]}, {"stacks": (1, 2)}, PATH)  # type: ignore[dict-item]


@pytest.mark.parametrize(("keys", "value"), MUTATIONS)
def test_each_field_is_refused_by_name(keys: tuple[str, ...], value: Any) -> None:
    with pytest.raises(IncompatibleCheckpointError) as caught:
        check_identity(mutated(keys, value), IDENTITY, PATH)
    message = str(caught.value)
    assert str(PATH) in message
    assert f"{'.'.join(keys)} is " in message
    assert message.count(" in the checkpoint and ") == 1


@pytest.mark.parametrize("field", IDENTITY)
def test_a_missing_field_is_refused_by_name(field: str) -> None:
    stored = {key: value for key, value in IDENTITY.items() if key != field}
    with pytest.raises(IncompatibleCheckpointError, match=f"{field} is absent in the checkpoint"):
        check_identity(stored, IDENTITY, PATH)


def test_a_field_that_only_the_checkpoint_has_is_refused() -> None:
    stored = mutated(("game", "ante"), 1)
    with pytest.raises(
        IncompatibleCheckpointError, match=r"game.ante is 1 in the checkpoint and absent here"
    ):
        check_identity(stored, IDENTITY, PATH)


def test_all_differences_are_named_with_both_values() -> None:
    stored = {**IDENTITY, "seed": 8, "sampling": "outcome"}
    with pytest.raises(IncompatibleCheckpointError) as caught:
        check_identity(stored, IDENTITY, PATH)
    assert "seed is 8 in the checkpoint and 7 here" in str(caught.value)
    assert 'sampling is "outcome" in the checkpoint and "external" here' in str(caught.value)
    assert "bucket" not in str(caught.value)


def test_buckets_are_refused_with_the_documented_words() -> None:
    with pytest.raises(
        IncompatibleCheckpointError,
        match="Cannot safely resume training with different bucket configuration",
    ):
        check_identity({**IDENTITY, "bucket_hash": "11"}, IDENTITY, PATH)


def test_long_values_are_shortened() -> None:
    with pytest.raises(IncompatibleCheckpointError) as caught:
        check_identity({"game": "x" * 10_000}, {"game": "y" * 10_000}, PATH)
    assert len(str(caught.value)) < 500
