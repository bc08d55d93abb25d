"""What the documents say of a checkout: files, commands and tests are where they send people."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def recipe(target: str) -> str:
    makefile = (ROOT / "Makefile").read_text()
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]


def test_the_tests_of_several_instances_have_commands_that_find_them() -> None:
    page = (ROOT / "docs" / "MULTI_INSTANCE.md").read_text()
    assert "make test-instances" in page
    named = set(re.findall(r"tests/\S+\.py", recipe("test-instances") + page))
    assert named == {f"tests/mccfr/test_multi_instance{end}.py" for end in ("", "_resume")}
    assert all((ROOT / path).is_file() for path in named)


@pytest.mark.parametrize("directory", ["/assets/", "/data/", "runs/"])
def test_what_people_make_in_a_checkout_is_ignored_by_git(directory: str) -> None:
    assert directory in (ROOT / ".gitignore").read_text().split()


def test_every_command_of_the_readme_is_installed_by_what_it_says() -> None:
    readme = (ROOT / "README.md").read_text()
    blocks = "".join(re.findall(r"^```\n(.*?)^```", readme, re.MULTILINE | re.DOTALL))
    names = {line.split()[0] for line in blocks.splitlines() if line}
    assert names == {"make", "holdem", "tensorboard"}
    assert "holdem" in PROJECT["scripts"]
    assert ".[tensorboard]" in readme
    assert any(name.startswith("tensorboard>") for name in extra("tensorboard"))


def extra(name: str) -> list[str]:
    return PROJECT["optional-dependencies"][name]
