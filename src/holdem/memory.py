"""How much memory a process may plan with: what is free, and what its limits leave of that."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import psutil

# Left for the process itself, the bucket pages it touches, and everybody else.
_RESERVED_SHARE = 0.1
# Address space that the tables of a growing tree take beyond their limit, for one more iteration.
_GROWTH_BYTES = 2 * 256 * 2**20
_PROC = Path("/proc/self")


class _Version(NamedTuple):
    """Where a version of control groups keeps a group's limits, its use and the cache in that."""

    limits: tuple[str, ...]
    used: str
    cached: str


_VERSION_1 = _Version(("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _Version(("memory.max", "memory.high"), "memory.current", "inactive_file")


def available_memory_bytes() -> int:
    """Returns the memory a run may plan with when nobody sets a limit: nine tenths of what is free.

    The least of what the machine has, what the control groups of this process leave, each with all
    those above it (containers, jobs, services), and what its own limits leave (``ulimit -v``,
    ``ulimit -d``).
    """
    available = min([psutil.virtual_memory().available, *_left_in_groups(), *_left_by_own_limits()])
    return int(max(0, available) * (1 - _RESERVED_SHARE))


def _left_by_own_limits() -> Iterator[int]:
    memory = psutil.Process().memory_info()
    for limit, used in ((resource.RLIMIT_AS, "vms"), (resource.RLIMIT_DATA, "data")):
        allowed, _ = resource.getrlimit(limit)
        if allowed != resource.RLIM_INFINITY:
            yield allowed - getattr(memory, used, 0) - _GROWTH_BYTES


def _left_in_groups() -> Iterator[int]:
    for version, directory in _groups():
        try:
            lines = (directory / "memory.stat").read_text().splitlines()
            cached = int(dict(line.split() for line in lines)[version.cached])
            used = int((directory / version.used).read_text())
        except (OSError, ValueError, KeyError):  # the root of version 2 counts nothing
            continue
        for name in version.limits:
            try:
                yield int((directory / name).read_text()) - used + cached
            except (OSError, ValueError):  # there is none, or "max"
                continue


def _groups() -> Iterator[tuple[_Version, Path]]:
    """Yields the directories of the groups that limit this process, its own one first."""
    mounts = dict(_mounts())
    for line in _lines("cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            version = _VERSION_2
        elif "memory" in controllers.split(","):
            version = _VERSION_1
        else:
            continue
        if version not in mounts:
            continue
        root, top = mounts[version]
        own = PurePosixPath(path)
        # A container may see another path here than the one that is mounted.
        inside = own.relative_to(root) if own.is_relative_to(root) else PurePosixPath()
        yield version, top / inside
        for parent in inside.parents:
            yield version, top / parent


def _mounts() -> Iterator[tuple[_Version, tuple[PurePosixPath, Path]]]:
    """Yields which group is mounted where: its path among all groups, and its directory."""
    for line in _lines("mountinfo"):
        place, _, kind = line.partition(" - ")
        root, directory = place.split()[3:5]
        file_system, _, options = kind.split(maxsplit=2)
        where = PurePosixPath(root), Path(directory)
        if file_system == "cgroup2":
            yield _VERSION_2, where
        elif file_system == "cgroup" and "memory" in options.split(","):
            yield _VERSION_1, where


def _lines(name: str) -> list[str]:
    try:
        return (_PROC / name).read_text().splitlines()
    except OSError:  # not Linux
        return []
