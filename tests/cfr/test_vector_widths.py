"""The core computes the same bits whichever vectors it uses.

A build holds the kernels once for each width, and the CPU decides which of them run. Here the core
is built for one width alone, each of those that this CPU has, and trains the same games.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from core_tools import DCFR, FOREVER, GAMES, core_game, make_solver
from small_holdem import ALL_IN, HALF, POT, few_cards
from test_signatures import CASES, signature

from holdem import _core
from row_places import row_places

ROOT = Path(__file__).parents[2]
WIDTHS = ("default", "avx2", "avx512f")
HOLDEM = {
    "buckets": lambda: few_cards(stacks=600, num_buckets=4, sizes=(HALF, POT, ALL_IN)),
    "lossless": lambda: few_cards(flops="AsKhQd", sizes=(POT, ALL_IN), stacks=600),
}
SPACES = ((np.uint8, 64), (np.uint8, 128), (np.uint16, 2), (np.uint16, 8))
HOLDEM_ITERATIONS = {"external": 2000, "full_width": 3, "public_chance": 300}


def k_means_signature(dtype: type, dims: int) -> str:
    """Returns what a few steps from k-means++ come to, with lists of neighbours that are cut."""
    points = np.random.default_rng(dims).integers(0, 200, (20_000, dims)).astype(dtype)
    k_means = _core.KMeans(points, np.arange(1, 20_001, dtype=np.uint32), 2)
    centres, ids = k_means.seed(300, seed=1, stream=2), np.zeros(len(points), np.uint16)
    checksum = _core.Xxh64()
    for _ in range(3):
        centres, cost, _ = k_means.step(centres, ids)
        checksum.update(centres.tobytes() + ids.tobytes())
    return f"{checksum.digest():016x} {cost}"


def signatures() -> dict[str, str]:
    """Returns what trainings of every sampler come to, what their strategies are worth, and
    what k-means makes of points of every kind.
    """
    found = {case: signature(case) for case in CASES}
    for name, sampling in [
        *((name, "public_chance") for name in ("kuhn", "leduc", *HOLDEM)),
        *((name, sampling) for name in HOLDEM for sampling in ("external", "full_width")),
    ]:
        game = core_game(GAMES[name]) if name in GAMES else HOLDEM[name]()
        solver = make_solver(game, sampling, DCFR, interval=3, seed=6)
        solver.run(HOLDEM_ITERATIONS[sampling], FOREVER)
        checksum = _core.Xxh64()
        rows = row_places(solver.tree, game)
        for table in (solver.regrets, solver.strategy_sums):
            checksum.update(table[rows].tobytes())
        found[f"{name}-{sampling}"] = f"{checksum.digest():016x}"
        profile = solver.evaluate_average_strategy()
        values = [*profile.value, *profile.best_response_value]
        found[f"{name}-{sampling}-values"] = " ".join(value.hex() for value in values)
    for name in ("leduc", *HOLDEM):
        game = core_game(GAMES[name]) if name in GAMES else HOLDEM[name]()
        solver = make_solver(
            game, "public_chance", DCFR, layout="compact_lane_rows", interval=3, seed=6
        )
        solver.run(HOLDEM_ITERATIONS["public_chance"], FOREVER)
        checksum = _core.Xxh64()
        for table in (solver.regrets, solver.strategy_sums):
            checksum.update(table)
        found[f"{name}-compact"] = f"{checksum.digest():016x}"
    for dtype, dims in SPACES:
        found[f"k-means-{dtype.__name__}-{dims}"] = k_means_signature(dtype, dims)
    return found | {"features": features()}


def features() -> str:
    """Returns a checksum of the features of all hands on the flop of a small deck."""
    strengths = _core.HandStrengths(5)
    strengths.compute(3, 1)
    num_hands = [_core.street_indexer(street, 5).size for street in range(3)]
    moments = np.zeros((num_hands[1], 2), np.uint16)
    _core.equity_moments(strengths, 1, 1, moments)
    equities = np.zeros((num_hands[1], 8), np.uint16)
    clusters = np.arange(num_hands[0], dtype=np.uint8) % 8
    _core.opponent_cluster_equities(5, 1, clusters, 8, 1, equities)
    buckets = (np.arange(num_hands[2]) % 200).astype(np.uint8)
    lengths = (np.arange(200 * 128) % 251).astype(np.uint8).reshape(200, 128)
    nexts = np.zeros((num_hands[1], 128), np.uint8)
    _core.next_bucket_histograms(5, 1, buckets, np.arange(200, dtype=np.uint8), lengths, 1, nexts)
    checksum = _core.Xxh64()
    for rows in (moments, equities, nexts):
        checksum.update(rows.tobytes())
    return f"{checksum.digest():016x}"


def supported_widths() -> list[str]:
    flags = set(Path("/proc/cpuinfo").read_text().split())
    return [width for width in WIDTHS if width == "default" or width in flags]


def build(width: str, directory: Path) -> Path:
    """Builds the core for one width; returns the directory that the package is in."""
    programs = Path(sys.executable).parent
    where = directory / "build"
    configure = [
        *(programs / "cmake", "-S", ROOT, "-B", where, "-G", "Ninja"),
        f"-DCMAKE_MAKE_PROGRAM={programs / 'ninja'}",
        "-DCMAKE_BUILD_TYPE=Release",
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-DHOLDEM_ONLY_VECTORS={width}",
    ]
    for command in (configure, [programs / "cmake", "--build", where]):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    package = directory / "package"
    shutil.copytree(ROOT / "src" / "holdem", package / "holdem")
    (module,) = where.glob("_core*.so")
    shutil.copy(module, package / "holdem")
    return package


def signatures_of(package: Path) -> dict[str, str]:
    """Runs ``signatures`` with the core of a package."""
    # Without the site, which would find the package that is installed first.
    installed = Path(np.__file__).parents[1]
    path = [package, Path(__file__).parent, ROOT / "tests", installed]
    program = (
        "import json, sys, test_vector_widths as tests; "
        "json.dump([tests._core.__file__, tests.signatures()], sys.stdout)"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=True,
    )
    file, found = json.loads(result.stdout)
    assert Path(file).parent == package / "holdem"
    return found


@pytest.mark.slow
@pytest.mark.skipif(
    platform.machine() != "x86_64" or not Path("/proc/cpuinfo").exists(),
    reason="other machines have one kind of vectors",
)
def test_all_widths_compute_the_same_bits(tmp_path: Path) -> None:
    widths = supported_widths()
    assert len(widths) > 1
    expected = signatures()
    for width in widths:
        assert signatures_of(build(width, tmp_path / width)) == expected, width
