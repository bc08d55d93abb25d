"""Dataclasses as JSON and back, where every value is checked against the type of its field."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel

_T = TypeVar("_T")


def to_json(value: Any) -> Any:
    """Returns what ``json.dumps`` takes: of dataclasses, models, paths, tuples and plain values."""
    if isinstance(value, BaseModel):
        # Only what was given: which settings were is part of a configuration.
        return value.model_dump(mode="json", exclude_unset=True)
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def from_json(kind: Callable[..., _T], content: Any) -> _T:
    """Returns the dataclass that ``to_json`` made ``content`` of.

    Fields that ``kind`` does not know are left out.

    Raises:
        ValueError: A field is missing or of another type; or content is no object at all.
    """
    if not isinstance(content, dict):
        raise ValueError("no object")
    values = {}
    for name, field_type in _field_types(kind).items():
        if name not in content:
            raise ValueError(f"{name} is missing")
        try:
            values[name] = _checked(content[name], field_type)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return kind(**values)


@cache
def _field_types(kind: Any) -> dict[str, Any]:
    types = get_type_hints(kind)
    return {field.name: types[field.name] for field in fields(kind)}


def _checked(value: Any, expected: Any) -> Any:
    """Returns a JSON value as the type of its field; raises ``ValueError`` for any other."""
    if isinstance(expected, UnionType):
        if value is None:
            return None
        (expected,) = (kind for kind in get_args(expected) if kind is not NoneType)
    if get_origin(expected) is tuple:
        kinds = get_args(expected)
        if not isinstance(value, list) or len(value) != len(kinds):
            raise ValueError(f"no list of {len(kinds)}")
        return tuple(_checked(one, kind) for one, kind in zip(value, kinds, strict=True))
    if isinstance(expected, type) and is_dataclass(expected):
        return from_json(expected, value)
    if issubclass(expected, BaseModel):
        return expected.model_validate(value)
    if expected is Path:
        return Path(_checked(value, str))
    allowed = (int, float) if expected is float else expected
    if isinstance(value, bool) != (expected is bool) or not isinstance(value, allowed):
        raise ValueError(f"no {expected.__name__}")
    return _finite(value) if expected is float else value


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError("an integer that no float holds") from error
    if not math.isfinite(number):  # as 1e999 becomes
        raise ValueError("no finite number")
    return number
