"""What compact tables cost: exploitability beside that of floats after equal iterations, and time.

On games with exact exploitability: Leduc, a Leduc of 15,340 infosets, and hold'em with three ranks.
Exploitability does not depend on the machine or its load. What the parts of the format are for is
shown on Leduc with tables of floats that are rounded to 16 bits after each iteration.

Run: ``python benchmarks/compact_storage.py [--seeds 16] [--scale 1.0] [--buckets FILE]``; with the
buckets of the quickstart it also measures time on its game.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from machine import describe_machine

from holdem import _core
from holdem.abstraction.bucket_file import lossless_buckets, open_buckets
from holdem.config import load_run_config
from holdem.mccfr.solver import Solver
from holdem.types import GameConfig, MCCFRConfig

Mode = Literal["linear", "cfr_plus", "dcfr", "none"]
Storage = Literal["float32", "compact"]
MODES: tuple[Mode, ...] = ("linear", "cfr_plus", "dcfr", "none")
STORAGES: tuple[Storage, ...] = ("float32", "compact")
QUICKSTART = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
ROUNDS = 15


@dataclass(frozen=True)
class Case:
    """A game, the iterations after which it is looked at, and how many seeds one of Leduc makes."""

    name: str
    game: GameConfig
    iterations: tuple[int, ...]
    share_of_seeds: float = 1


HOLDEM: dict[str, Any] = {
    "name": "holdem",
    "ranks": 3,
    "stacks": 1000,
    "bets": dict.fromkeys(("preflop", "flop", "turn", "river"), "1 / 1"),
    "raise_cap": 1,
}
CASES = (
    Case("Leduc, 288 infosets", GameConfig(name="leduc"), (10_000, 50_000, 200_000)),
    Case(
        "Leduc with 13 ranks, 4 suits, 4 raises, 15,340 infosets",
        GameConfig(name="leduc", num_ranks=13, num_suits=4, max_raises=4),
        (1_000, 5_000, 20_000),
        0.4,
    ),
    Case(
        "Hold'em with 3 ranks, a bucket for every hand",
        GameConfig(**HOLDEM),
        (500, 2_000, 8_000),
        0.4,
    ),
)
PARTS = Case("Leduc", GameConfig(name="leduc"), (50_000, 200_000, 800_000))


def make(game: GameConfig, mode: Mode, storage: Storage, seed: int) -> Solver:
    training = MCCFRConfig(
        num_iterations=1,
        seed=seed,
        sampling="public_chance",
        storage=storage,
        discount_mode=mode,
        discount_interval=100,
    )
    buckets = lossless_buckets(game.ranks) if game.name == "holdem" else None
    return Solver(game, training, buckets, memory_limit_bytes=1 << 31)


def exploitability(solver: Solver) -> float:
    """Returns what best responses win from the average strategy, the mean of both players."""
    if solver.game_config.name != "holdem":
        return solver.exploitability()[0]
    core = solver._core
    strategy = _core.AverageStrategy(core.tree, core.strategy_sums)
    profile = _core.StrategyProfile(solver._game, [strategy] * 2, 1)
    total = 0.0
    for player in (0, 1):
        value = profile.value(player, _core.Play.respond)
        for part in range(value.num_parts):
            value.add_part(part, 1, _core.StopFlag())
        total += value.value()
    return total / 2


def curve(solver: Solver, iterations: Sequence[int]) -> list[float]:
    found = []
    for target in iterations:
        solver.run(target - solver.iteration, math.inf)
        found.append(exploitability(solver))
    return found


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return statistics.fmean(values), error


def compare(case: Case, seeds: int, scale: float) -> None:
    iterations = [max(1, int(n * scale)) for n in case.iterations]
    print(f"\n{case.name}; {seeds} seeds, exploitability in chips, compact over float32\n")
    print("| weighting | iterations | float32 | compact | ratio |\n|---|---|---|---|---|")
    for mode in MODES:
        curves = {
            storage: [curve(make(case.game, mode, storage, s), iterations) for s in range(seeds)]
            for storage in STORAGES
        }
        for k, n in enumerate(iterations):
            pairs = list(zip(*([found[k] for found in curves[s]] for s in STORAGES), strict=True))
            floats, compact = (statistics.fmean(column) for column in zip(*pairs, strict=True))
            # Of the same seed they begin alike, so what differs is looked at pair by pair.
            _, error = mean_and_error([(b - a * compact / floats) / floats for a, b in pairs])
            print(
                f"| {mode} | {n:,} | {floats:.5f} | {compact:.5f} | "
                f"{compact / floats:.3f} ± {error:.3f} |",
                flush=True,
            )


class Rounded:
    """Rounds each row of a table of floats to 16 bits with the scale of its largest number."""

    def __init__(self, solver: Solver) -> None:
        rows = []
        most = int(solver.nodes()["num_actions"].max())
        for node in solver.nodes():
            if node["kind"] != 0:
                continue
            count = solver._game.num_buckets(int(node["street"]))
            first = int(node["base"]) + np.arange(count)[:, None] * int(node["row_stride"])
            row = first + np.arange(most) * int(node["action_stride"])
            row[:, int(node["num_actions"]) :] = 1  # a float that no row has
            rows.append(row)
        self._rows = np.concatenate(rows)
        self._random = np.random.default_rng(1)

    def round(self, table: npt.NDArray[np.float32], digits: int, *, at_random: bool) -> None:
        values = table[self._rows].astype(np.float64)
        largest = np.abs(values).max(1, keepdims=True)
        unit = np.ldexp(1.0, np.frexp(largest)[1] - digits)
        threshold = self._random.random(values.shape) if at_random else 0.5
        table[self._rows] = np.floor(values / unit + threshold) * unit
        table[1] = 0


def show_parts(case: Case, seeds: int, scale: float) -> None:
    """Shows what 16-bit sums do, rounded to nearest and at random, and plain 16-bit regrets."""
    iterations = [max(1, int(n * scale)) for n in case.iterations]
    print(f"\n{case.name}; {seeds} seeds, linear weighting, floats rounded after each iteration\n")
    print(f"| | {' | '.join(f'{n:,}' for n in iterations)} |")
    print(f"|---|{'---|' * len(iterations)}")
    for label, table, digits, at_random in (
        ("floats", "", 0, False),
        ("16-bit sums, to nearest", "strategy_sums", 16, False),
        ("16-bit sums, at random", "strategy_sums", 16, True),
        ("16-bit regrets, to nearest", "regrets", 15, False),
        ("16-bit regrets, at random", "regrets", 15, True),
    ):
        curves = []
        for seed in range(seeds):
            solver = make(case.game, "linear", "float32", seed)
            rounded = Rounded(solver)
            found = []
            for target in iterations:
                while table and solver.iteration < target:
                    solver.run(1, math.inf)
                    rounded.round(getattr(solver, table), digits, at_random=at_random)
                found += curve(solver, [target])
            curves.append(found)
        means = [mean_and_error([found[k] for found in curves]) for k in range(len(iterations))]
        print(f"| {label} | {' | '.join(f'{m:.5f} ± {e:.5f}' for m, e in means)} |", flush=True)


def measure_time(buckets: Path) -> None:
    """Compares CPU seconds on the quickstart's game, in turn, and bytes."""
    solvers = {}
    for storage in STORAGES:
        settings = {"buckets": str(buckets), "sampling": "public_chance", "storage": storage}
        run = load_run_config(QUICKSTART, settings)
        assert run.buckets is not None
        loaded = open_buckets(run.buckets, run.game.ranks)
        solvers[storage] = Solver(run.game, run.training, loaded, memory_limit_bytes=1 << 33)
        solvers[storage].run(20, math.inf)
    ratios, milliseconds = [], []
    for _ in range(ROUNDS):
        took = []
        for solver in solvers.values():
            start = time.process_time()
            solver.run(20, math.inf)
            took.append((time.process_time() - start) / 20)
        milliseconds.append([1e3 * each for each in took])
        ratios.append(took[1] / took[0])
    medians = [statistics.median(column) for column in zip(*milliseconds, strict=True)]
    megabytes = [solver.table_bytes / 1e6 for solver in solvers.values()]
    print("\nThe quickstart's game, one thread, CPU milliseconds an iteration and MB of tables\n")
    print("| | float32 | compact | ratio |\n|---|---|---|---|")
    print(f"| ms | {medians[0]:.2f} | {medians[1]:.2f} | {statistics.median(ratios):.3f} |")
    print(f"| MB | {megabytes[0]:.1f} | {megabytes[1]:.1f} | {megabytes[1] / megabytes[0]:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--scale", type=float, default=1.0, help="of the iterations, for a look")
    parser.add_argument("--buckets", type=Path, help="of the quickstart, for its time")
    args = parser.parse_args()
    print(describe_machine())
    if args.buckets is not None:
        measure_time(args.buckets)
    for case in CASES:
        compare(case, max(1, round(args.seeds * case.share_of_seeds)), args.scale)
    show_parts(PARTS, max(1, args.seeds // 8), args.scale)


if __name__ == "__main__":
    main()
