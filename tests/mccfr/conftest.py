"""The marker of the tests that kill, stop and starve processes by the hundred."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "crash: needs strace and minutes; always slow as well")
