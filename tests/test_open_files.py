"""Limits of open files: raised where the system lets us, refused before anything is started."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from holdem.errors import ConfigError
from holdem.open_files import allow_open_files


@pytest.fixture(autouse=True)
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_soft_limit_is_raised_as_far_as_needed(limits: tuple[int, int]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    allow_open_files(100, "this")
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, limits[1])
    allow_open_files(400, "this")
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (432, limits[1])


def test_a_hard_limit_is_a_refusal(
    limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (40, 40))
    with pytest.raises(ConfigError, match=r"num_instances = 16: needs 96 open files, .* allows 40"):
        allow_open_files(64, "num_instances = 16:")
