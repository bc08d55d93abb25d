"""What the documents show a reader doing in Python works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdem.types import GameConfig
from instance_runs import train_instance

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def python_of(page: Path) -> list[str]:
    """Returns the blocks of Python on a page."""
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if python_of(page)], ids=lambda page: page.name
)
def test_what_is_imported_from_the_package_is_there(page: Path) -> None:
    imports = re.findall(r"^from holdem\b.*$", "\n".join(python_of(page)), re.MULTILINE)
    assert imports
    for line in imports:
        exec(line, {})


def test_checkpoints_are_read_as_the_format_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_instance(tmp_path, 0, GameConfig(name="leduc"), 1000)
    (tmp_path / "runs").mkdir()
    run.rename(tmp_path / "runs" / "a")
    (tmp_path / "checkpoints").symlink_to(tmp_path / "runs" / "a" / "checkpoints")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in python_of(ROOT / "docs" / "CHECKPOINT_FORMAT.md"):
        exec(block, names)
    assert names["table"].any()
    assert np.array_equal(names["array"](names["content"]["strategy_sums"]), names["table"])
