"""Who may use whom: the layers of docs/architecture.md, read from the code's own includes."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE_ROOT = ROOT / "src" / "holdem"

CORE = {
    "base": set(),
    "cards": {"base"},
    "game": {"base", "cards"},
    "tree": {"base", "game"},  # betting and rows: never cards
    "abstraction": {"base", "cards", "game"},
    "cfr": {"base", "game", "tree"},  # generic over a game: never cards
    "evaluation": {"base", "cards", "game", "tree", "abstraction", "cfr"},
    "storage": {"base"},
    "bindings": {
        *("base", "cards", "game", "tree", "abstraction", "cfr", "evaluation", "storage"),
    },
}

# Lower layers first; a room may import those of the layers below it.
LAYERS = {
    "holdem": [
        {"exit_codes", "quoting", "units"},
        {"errors", "logs", "streams", "typed_json"},
        {"bet_sizes", "cards", "cores", "memory", "open_files"},
        {"flops", "grid", "yaml_file"},
        {"types"},
        {"config"},
        {"storage"},
        {"abstraction"},
        {"checkpoint"},
        {"policy"},
        {"evaluation"},
        {"mccfr"},
        {"cli"},
    ],
    "holdem.mccfr": [
        {"chunk", "instance", "memory_plan", "signals"},
        {"order", "status"},
        {"messages"},
        {"protocols"},
        {"observers", "saver", "solver", "synchroniser"},
        {"trainer"},
        {"resume"},
        {"run"},
        {"process"},
        {"instances"},
        {"merging"},
        {"chunked_coordinator", "merge", "multi_instance_coordinator"},
    ],
}


def included_folders(source: Path) -> set[str]:
    return set(re.findall(r'#include "(\w+)/', source.read_text(encoding="utf-8")))


@pytest.mark.parametrize("folder", sorted(CORE))
def test_core_folders_include_only_what_they_may(folder: str) -> None:
    sources = list((ROOT / "cpp" / folder).glob("*.?pp"))
    assert sources
    for source in sources:
        assert included_folders(source) <= CORE[folder] | {folder}, source


def module_of(source: Path) -> str:
    parts = source.relative_to(PACKAGE_ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_of(source): source for source in sorted(PACKAGE_ROOT.rglob("*.py"))}


def imported_modules(source: Path) -> set[str]:
    """Returns the modules of the package that one imports anywhere, also late or for types."""
    names = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name for name in names if name in SOURCES and name not in ("holdem", module_of(source))}


def room_of(module: str, house: str) -> str | None:
    """Returns the room, or the module, of a house that a module is in, if it is in one."""
    inside = module.removeprefix(f"{house}.")
    return None if inside == module else inside.split(".")[0]


@pytest.mark.parametrize("house", ["holdem", "holdem.mccfr"])
def test_python_imports_go_one_way(house: str) -> None:
    layer_of = {room: number for number, rooms in enumerate(LAYERS[house]) for room in rooms}
    rooms = {room_of(module, house) for module in SOURCES} - {None}
    assert rooms == set(layer_of)
    for module, source in SOURCES.items():
        room = room_of(module, house)
        for imported in imported_modules(source):
            below = room_of(imported, house)
            if room is not None and below not in (None, room):
                assert layer_of[below] < layer_of[room], f"{module} imports {imported}"


def test_python_imports_run_in_no_circle() -> None:
    imports = {module: imported_modules(source) for module, source in SOURCES.items()}
    TopologicalSorter(imports).prepare()
