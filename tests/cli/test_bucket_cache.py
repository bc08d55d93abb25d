"""``holdem buckets cache``: what building buckets keeps, shown and cleared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from holdem.abstraction.feature_cache import FeatureCache, cache_directory
from holdem.cli.bucket_cache import bucket_cache

app = typer.Typer()
app.command()(bucket_cache)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_an_empty_cache_is_shown() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stdout == f"{cache_directory()}: 0.0 MB of at most 4.00 GB\n"


def test_entries_are_listed_and_cleared() -> None:
    cache = FeatureCache(cache_directory())
    for number in range(2):
        inputs = {"what": "river-buckets", "number": number}
        cache.store(inputs, {"ids": np.zeros(10**6, np.uint8)})
    lines = run().stdout.splitlines()
    assert len(lines) == 3
    assert all(line.strip().startswith("1.0 MB") and "river-buckets-" in line for line in lines[:2])
    assert lines[2] == f"{cache_directory()}: 2.0 MB of at most 4.00 GB"
    assert run("--clear").stdout == f"{cache_directory()}: 2.0 MB removed\n"
    assert not cache.entries()
