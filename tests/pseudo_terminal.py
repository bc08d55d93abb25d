"""Reading what a process shows on a terminal."""

from __future__ import annotations

import os


def rest_of(terminal: int) -> bytes:
    """Returns what comes until the last process at the other end has closed it; closes this end."""
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:  # Linux says so instead of giving nothing
        pass
    os.close(terminal)
    return shown
