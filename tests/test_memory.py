"""Memory that a run may plan with."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdem import memory


@pytest.mark.parametrize(
    ("limit", "used", "cached"),
    [
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ],
)
def test_memory_counts_what_a_container_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, used: str, cached: str
) -> None:
    (tmp_path / limit).write_text("50000000\n")
    (tmp_path / used).write_text("30000000\n")
    (tmp_path / "memory.stat").write_text(f"anon 20000000\n{cached} 5000000\n")
    monkeypatch.setattr(memory, "_CGROUPS", ((tmp_path, limit, used, cached),))
    assert memory.available_memory_bytes() == 22_500_000  # nine tenths
    (tmp_path / used).write_text("90000000\n")
    assert memory.available_memory_bytes() == 0
    (tmp_path / limit).write_text("max\n")
    assert memory.available_memory_bytes() > 22_500_000
