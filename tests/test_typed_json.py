"""Dataclasses as JSON: nothing of another type than its field comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdem.typed_json import from_json, to_json


@dataclass(frozen=True)
class Inner:
    limits: tuple[int, float] | None


@dataclass(frozen=True)
class Outer:
    name: str
    path: Path | None
    ready: bool
    count: int
    share: float
    inner: Inner


WHOLE = Outer("ü", Path("a/b"), True, 2**70, 0.5, Inner((1, 2.5)))
EMPTY = Outer("", None, False, 0, 0.0, Inner(None))


@pytest.mark.parametrize("value", [WHOLE, EMPTY])
def test_what_is_written_comes_back(value: Outer) -> None:
    assert from_json(Outer, json.loads(json.dumps(to_json(value)))) == value


def test_a_whole_number_is_a_float_and_other_fields_are_left_out() -> None:
    content = to_json(WHOLE) | {"share": 3, "later": "field"}
    assert from_json(Outer, content).share == 3.0
    assert isinstance(from_json(Outer, content).share, float)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": None}, "name: no str"),
        ({"path": 3}, "path: no str"),
        ({"ready": 1}, "ready: no bool"),
        ({"count": True}, "count: no int"),
        ({"count": 1.0}, "count: no int"),
        ({"share": "1"}, "share: no float"),
        ({"share": 10**400}, "share: an integer that no float holds"),
        ({"share": float("inf")}, "share: no finite number"),
        ({"inner": None}, "inner: no object"),
        ({"inner": {}}, "inner: limits is missing"),
        ({"inner": {"limits": [1]}}, "inner: limits: no list of 2"),
        ({"inner": {"limits": [1, []]}}, "inner: limits: no float"),
    ],
)
def test_anything_else_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_json(Outer, to_json(WHOLE) | fields)


@pytest.mark.parametrize("content", [None, [], "Outer", 3])
def test_what_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="no object"):
        from_json(Outer, content)
