"""Reads YAML that anybody may have written: what it can cost is bounded before it is built."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from holdem.errors import ConfigError
from holdem.quoting import quoted

MAX_BYTES = 100_000
MAX_DEPTH = 20
MAX_NUMBER_TEXT = 40  # no setting has as many digits

_TAG = "tag:yaml.org,2002:"
_PLAIN = [f"{_TAG}{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")]


def read_yaml(path: Path) -> Any:
    """Returns the content of a YAML file as plain values.

    What is plain: null, truth values, numbers, texts, lists and mappings. A date is a text. Anchors
    may not be referred to: what grows by it has no bound.

    Raises:
        ConfigError: It cannot be read, is no YAML, too large, or has something else in it.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the configuration: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: too large for a configuration: more than {MAX_BYTES:,} bytes")
    try:
        return yaml.load(content.decode(), _Loader)
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not a text file, expected YAML") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", "cannot be read")
        raise ConfigError(f"{path}: not YAML: {where}{problem}") from None


def read_settings(path: Path) -> dict[str, Any]:
    """Returns the settings in a YAML file by name; none of an empty one.

    Raises:
        ConfigError: As ``read_yaml``; or it is no mapping, or a name is no text.
    """
    content = read_yaml(path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise ConfigError(f"{path}: must be a mapping of settings ('name: value'), is a {kind}")
    return text_keys(content, f"{path}: ")


def text_keys(settings: Mapping[Any, Any], source: str) -> dict[str, Any]:
    """Returns settings whose names are texts.

    Raises:
        ConfigError: One is not; begins with ``source``.
    """
    for key in settings:
        if not isinstance(key, str):
            raise ConfigError(f"{source}unknown setting {quoted(key)}: names are text")
    return dict(settings)


class _Loader(yaml.SafeLoader):
    """Refuses what costs more than its size, and all that is no plain value."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            _refuse(f"*{event.anchor} stands for another place: write the value out", event)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _refuse(f"nested deeper than {MAX_DEPTH} levels", event)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if node.tag not in _PLAIN:
            _refuse(f"{quoted(kind)} is no kind of value that a setting has", node)
        if kind in ("int", "float") and len(node.value) > MAX_NUMBER_TEXT:
            _refuse(f"a number of {len(node.value):,} characters", node)
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, TypeError):  # a text that was declared to be of this kind
            _refuse(f"{quoted(node.value)} is no {kind}", node)


# A date is a text: no setting is one.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _refuse(problem: str, place: Any) -> Any:
    raise yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)
