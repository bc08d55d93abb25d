"""Memory that a run may plan with."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from holdem import memory

PLENTY = 10**12

V1_MOUNT = "35 31 0:32 / {top} rw,relatime shared:9 - cgroup cgroup rw,memory\n"
V2_MOUNT = "41 31 0:38 / {top} rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
TMPFS = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
CPU = "34 31 0:31 / /x rw - cgroup c rw,cpu\n"


class Groups:
    """Control groups of either version, as files."""

    def __init__(self, path: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.top, self.version, self._proc = path / "groups", version, path / "proc"
        self._proc.mkdir()
        mount = V1_MOUNT if version == 1 else V2_MOUNT
        self.mount(mount)
        monkeypatch.setattr(memory, "_PROC", self._proc)
        monkeypatch.setattr(memory, "_left_by_own_limits", lambda: [])
        machine = type("Machine", (), {"available": PLENTY})
        monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: machine)

    def mount(self, line: str) -> None:
        (self._proc / "mountinfo").write_text(TMPFS + CPU + line.format(top=self.top))

    def belongs_to(self, path: str) -> None:
        line = f"4:memory:{path}\n0::/other\n" if self.version == 1 else f"0::{path}\n"
        (self._proc / "cgroup").write_text(f"9:name=systemd:/a\n1:cpu,cpuacct:/b\n{line}")

    def limit(self, path: str, limit: object, used: int, cached: int = 0, **more: object) -> None:
        group = self.top / path
        group.mkdir(parents=True, exist_ok=True)
        names = (
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            if self.version == 1
            else ("memory.max", "memory.current", "inactive_file")
        )
        (group / names[0]).write_text(f"{limit}\n")
        (group / names[1]).write_text(f"{used}\n")
        (group / "memory.stat").write_text(f"anon 20000000\n{names[2]} {cached}\n")
        for name, value in more.items():
            (group / f"memory.{name}").write_text(f"{value}\n")


@pytest.fixture(params=[1, 2])
def groups(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Groups:
    return Groups(tmp_path, request.param, monkeypatch)


def test_memory_counts_what_a_container_has_left(groups: Groups) -> None:
    groups.belongs_to("/")
    groups.limit("", 50_000_000, used=30_000_000, cached=5_000_000)
    assert memory.available_memory_bytes() == 22_500_000  # nine tenths
    groups.limit("", 50_000_000, used=90_000_000)
    assert memory.available_memory_bytes() == 0
    groups.limit("", "max", used=90_000_000)
    assert memory.available_memory_bytes() == PLENTY * 9 // 10


def test_the_least_along_the_path_of_the_process_is_what_counts(groups: Groups) -> None:
    groups.belongs_to("/slurm/job 7/step")
    groups.limit("slurm", 400_000_000, used=0)
    groups.limit("slurm/job 7", "max", used=0)
    groups.limit("slurm/job 7/step", 300_000_000, used=100_000_000)
    groups.limit("slurm/job 8", 1_000_000, used=0)  # somebody else's
    assert memory.available_memory_bytes() == 180_000_000
    groups.limit("slurm", 400_000_000, used=350_000_000, cached=10_000_000)
    assert memory.available_memory_bytes() == 54_000_000
    groups.limit("slurm/job 7", 120_000_000, used=90_000_000)
    assert memory.available_memory_bytes() == 27_000_000


def test_a_container_that_sees_only_its_own_groups_is_limited_by_them(groups: Groups) -> None:
    for root, own in (("/docker/a", "/docker/a/inner"), ("/docker/a", "/../elsewhere")):
        mount = V1_MOUNT if groups.version == 1 else V2_MOUNT
        groups.mount(mount.replace(" / ", f" {root} ", 1))
        groups.belongs_to(own)
        groups.limit("", 100_000_000, used=0)
        assert memory.available_memory_bytes() == 90_000_000
    groups.belongs_to("/docker/a/inner")
    groups.limit("inner", 50_000_000, used=0)
    assert memory.available_memory_bytes() == 45_000_000


def test_where_a_group_is_slowed_down_counts_as_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = Groups(tmp_path, 2, monkeypatch)
    groups.belongs_to("/job")
    groups.limit("job", 100_000_000, used=10_000_000, high=60_000_000)
    assert memory.available_memory_bytes() == 45_000_000


def test_without_control_groups_the_machine_counts(groups: Groups) -> None:
    assert memory.available_memory_bytes() == PLENTY * 9 // 10  # no file says where it belongs


@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_limits_of_the_process_count_as_memory(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number, allowed = getattr(resource, limit), 8_000_000 * 1024
    free = memory.available_memory_bytes()
    limits = {resource.RLIMIT_AS: (-1, -1), resource.RLIMIT_DATA: (-1, -1)}
    monkeypatch.setattr(memory.resource, "getrlimit", (limits | {number: (allowed, -1)}).get)
    monkeypatch.setattr(
        memory.psutil, "virtual_memory", lambda: type("", (), {"available": PLENTY})
    )
    monkeypatch.setattr(memory, "_left_in_groups", lambda: [])
    assert 0.9 * (allowed - 6 * 2**30) < memory.available_memory_bytes() < 0.9 * allowed
    monkeypatch.setattr(memory.resource, "getrlimit", (limits | {number: (1000, -1)}).get)
    assert memory.available_memory_bytes() == 0
    assert free > 0


THREE_PLAYERS = """
import resource, sys
from pathlib import Path
from holdem.config import load_run_config
from holdem.errors import HoldemError
from holdem.mccfr.solver import build_solver
resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]),) * 2)
overrides = {"num_iterations": 50, "game": {"name": "kuhn", "num_players": 3}}
try:
    solver = build_solver(load_run_config(None, overrides | {"memory_limit": sys.argv[3] or None}))
except HoldemError as error:
    print(error)
else:
    print(solver.run(50, 1e9))
"""


@pytest.mark.parametrize(
    ("limit", "allowed", "memory_limit", "said"),
    [
        ("RLIMIT_AS", 8_000_000 * 1024, "", "50\n"),
        ("RLIMIT_DATA", 8_000_000 * 1024, "", "50\n"),
        ("RLIMIT_AS", 8_000_000 * 1024, "64GB", "the limits of the process .*lower --memory-limit"),
    ],
)
def test_a_growing_tree_is_planned_within_the_limits_of_the_process(
    limit: str, allowed: int, memory_limit: str, said: str
) -> None:
    result = subprocess.run(
        [sys.executable, "-c", THREE_PLAYERS, limit, str(allowed), memory_limit],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.stderr == ""
    assert re.match(said, result.stdout)
