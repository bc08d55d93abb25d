"""Who may use whom: the layers of docs/architecture.md, read from the code's own includes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

CORE = {
    "cards": set(),
    "game": {"cards"},
    "abstraction": {"cards", "game"},
    "cfr": {"game"},  # generic over a game: never cards
    "play": {"game", "cfr"},
    "storage": set(),
    "bindings": {"cards", "game", "abstraction", "cfr", "play", "storage"},
}

# Lower layers first; a module may import its own layer and those below.
PACKAGE = [
    {"errors", "exit_codes", "logs", "memory", "quoting", "streams", "units"},
    {"bet_sizes", "types", "yaml_file", "config"},
    {"storage"},
    {"abstraction"},
    {"checkpoint"},
    {"policy"},
    {"evaluation"},
    {"mccfr"},
    {"cli"},
]


def included_folders(source: Path) -> set[str]:
    return set(re.findall(r'#include "(\w+)/', source.read_text(encoding="utf-8")))


@pytest.mark.parametrize("folder", sorted(CORE))
def test_core_folders_include_only_what_they_may(folder: str) -> None:
    sources = list((ROOT / "cpp" / folder).glob("*.?pp"))
    assert sources
    for source in sources:
        assert included_folders(source) <= CORE[folder] | {folder}, source


def imported_rooms(source: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("holdem."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "holdem":
            rooms.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            rooms.update(name[1] for name in names if name[0] == "holdem" and len(name) > 1)
    return rooms - {"_core", "__version__"}


def test_python_imports_go_one_way() -> None:
    layer_of = {room: number for number, rooms in enumerate(PACKAGE) for room in rooms}
    package = ROOT / "src" / "holdem"
    for source in package.rglob("*.py"):
        room = source.relative_to(package).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for imported in imported_rooms(source):
            assert layer_of[imported] <= layer_of[room], f"{source} imports holdem.{imported}"
