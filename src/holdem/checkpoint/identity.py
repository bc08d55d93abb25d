"""Whether a checkpoint belongs to the run that wants to go on from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from holdem.checkpoint.files import Json
from holdem.errors import IncompatibleCheckpointError

BUCKET_REFUSAL = "Cannot safely resume training with different bucket configuration"
MAX_VALUE_TEXT = 80


def check_identity(metadata: Mapping[str, Any], expected: Mapping[str, Json], path: Path) -> None:
    """Refuses a checkpoint unless every field of ``expected`` has the same value in it.

    Mappings are compared field by field, to any depth, so that a refusal names what differs and not
    the block it is in. Fields that only the checkpoint has inside such a mapping differ as well.

    Args:
        metadata: Of the checkpoint.
        expected: What identifies the run: game, configuration, seed, sampler, bucket hash, ...
        path: Of the checkpoint, for the message.

    Raises:
        IncompatibleCheckpointError: Names each differing field with both values.
    """
    found = differences(metadata, expected)
    if not found:
        return
    fields = [field for field, _, _ in found]
    # Another game has other buckets, too: what a person has to know first is the game.
    another_game = any(field.startswith("configuration.game") for field in fields)
    about_buckets = any(field.startswith("bucket") for field in fields) and not another_game
    reason = BUCKET_REFUSAL if about_buckets else "this checkpoint belongs to another run"
    details = "; ".join(
        f"{field} is {stored} in the checkpoint and {wanted} here"
        for field, stored, wanted in found
    )
    raise IncompatibleCheckpointError(f"{path}: {reason}: {details}")


def differences(
    metadata: Mapping[str, Any], expected: Mapping[str, Json]
) -> list[tuple[str, str, str]]:
    """Returns the fields of ``expected`` that differ, each with both values as short texts."""
    return [
        difference
        for field, value in expected.items()
        for difference in _differences(field, metadata.get(field, _ABSENT), value)
    ]


class _Absent:
    """Stands for a field that is not there; equal to nothing else."""


_ABSENT = _Absent()


def _differences(field: str, stored: Any, wanted: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(stored, Mapping) and isinstance(wanted, Mapping):
        for key in [*wanted, *(key for key in stored if key not in wanted)]:
            yield from _differences(
                f"{field}.{key}", stored.get(key, _ABSENT), wanted.get(key, _ABSENT)
            )
    elif _canonical(stored) != _canonical(wanted):
        yield field, _shortened(stored), _shortened(wanted)


def _canonical(value: Any) -> str:
    """Compares as JSON does: 1 and 1.0 and true are three values, a tuple is a list."""
    return "absent" if value is _ABSENT else json.dumps(value, sort_keys=True)


def _shortened(value: Any) -> str:
    text = _canonical(value)
    return text if len(text) <= MAX_VALUE_TEXT else f"{text[: MAX_VALUE_TEXT - 3]}..."
