"""What an exact evaluation has found so far, kept in a file: work of hours may be cut."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from holdem import _core
from holdem.errors import DataFileError
from holdem.storage.datafile import DataFile, write_data_file

FORMAT = "holdem exploitability"
_SAVE_INTERVAL_S = 20.0


class KeptWork:
    """The sums of walks after a number of parts, saved now and then."""

    def __init__(self, path: Path | None, identity: Mapping[str, Any]) -> None:
        """Args:
        path: The file; ``None``: nothing is kept.
        identity: What has to be the same for the work to be gone on with, as JSON has it.
        """
        self._path = path
        self._identity = json.dumps(identity, sort_keys=True)
        self._saved_at = time.monotonic()
        self._content: dict[str, Any] | None = None

    def restore(self, walks: Mapping[str, _core.ExactValue]) -> int:
        """Puts what was kept into new walks; returns the number of parts that are done."""
        if self._path is None or not self._path.is_file():
            return 0
        try:
            file = DataFile.open(self._path)
            content: Mapping[str, Any] = file.content
            if content.get("format") != FORMAT or content.get("identity") != self._identity:
                return 0
            sums = {name: file.array(f"sums/{name}") for name in walks}
            if any(sums[name].shape != walk.sums.shape for name, walk in walks.items()):
                return 0
            parts = int(content["parts"])
        except (DataFileError, OSError, KeyError, TypeError, ValueError):
            return 0  # it is found again
        for name, walk in walks.items():
            walk.sums[:] = sums[name]
        return parts

    def note(self, parts: int, walks: Mapping[str, _core.ExactValue]) -> None:
        """Takes up what is known after a number of parts."""
        if self._path is None:
            return
        self._content = {
            "format": FORMAT,
            "identity": self._identity,
            "parts": parts,
            "sums": {name: walk.sums.copy() for name, walk in walks.items()},
        }
        if time.monotonic() - self._saved_at >= _SAVE_INTERVAL_S:
            self.save_now()

    def save_now(self) -> None:
        """Saves what was noted last."""
        if self._path is not None and self._content is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_data_file(self._path, self._content)
            self._saved_at = time.monotonic()

    def remove(self) -> None:
        """Removes the file, when the work is done."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
