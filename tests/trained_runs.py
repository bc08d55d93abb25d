"""Trains and finds the runs of ``conftest.py``."""

from __future__ import annotations

from pathlib import Path

from holdem.cli.train_blueprint import app


def train(logdir: Path, config: str, *flags: str | Path) -> Path:
    """Trains a run of this configuration and returns its directory."""
    file = logdir.with_suffix(".yaml")
    file.write_text(config)
    words = ["--config", file, "--logdir", logdir, "--no-tensorboard", *flags]
    assert app([str(word) for word in words], standalone_mode=False) == 0
    return logdir


def policy_files(run: Path) -> list[Path]:
    """Returns the policy files of a run, the earliest first."""
    files = [
        path
        for path in (run / "checkpoints").glob("checkpoint_iter*.pkl")
        if not path.stem.endswith("_regrets")
    ]
    return sorted(files, key=lambda path: int(path.stem.removeprefix("checkpoint_iter")))
