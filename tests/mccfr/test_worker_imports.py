"""Workers import what their coordinator does, and nothing from where it happens to run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("yaml", "types", "logging", "numpy", "pydantic", "signal", "psutil")
# As the installed script: Python's -P keeps the working directory out, as it is for a script.
PROGRAM = "import sys; sys.argv[0] = 'holdem'; from holdem.cli.main import main; main()"
FLAGS = ("--config", "kuhn.yaml", "--logdir", "run")


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A directory with files that are named as modules, and say when they are run."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(
            f"open('ran', 'a').write('{name} ')\nraise SystemExit(9)"
        )
    (tmp_path / "holdem").mkdir()
    (tmp_path / "holdem" / "__init__.py").write_text("open('ran', 'a').write('holdem ')")
    (tmp_path / "kuhn.yaml").write_text(
        "num_iterations: 400\ntensorboard: false\ngame: {name: kuhn}\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    "flags",
    [
        ["--num-instances", "2"],
        ["--chunked", "--chunk-iterations", "200", "--until-complete"],
    ],
    ids=["instances", "chunks"],
)
def test_files_of_the_working_directory_are_nobodys_modules(trap: Path, flags: list[str]) -> None:
    command = [sys.executable, "-P", "-c", PROGRAM, "train-blueprint"]
    result = subprocess.run(
        [*command, *FLAGS, *flags],
        cwd=trap,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert not (trap / "ran").exists()


def test_a_command_by_its_module_leaves_them_alone_too(trap: Path) -> None:
    # Those that Python itself imports before any command are not ours to leave alone.
    for name in set(MODULES) - {"yaml", "psutil", "pydantic"}:
        (trap / f"{name}.py").unlink()
    (trap / "holdem" / "__init__.py").unlink()
    (trap / "holdem").rmdir()
    path = os.pathsep.join(filter(None, sys.path))
    result = subprocess.run(
        [sys.executable, "-m", "holdem.cli.train_blueprint", *FLAGS, "--num-instances", "1"],
        cwd=trap,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert not (trap / "ran").exists()
