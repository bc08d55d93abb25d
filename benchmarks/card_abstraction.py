"""Which buckets to build: what a best response wins from strategies trained in each kind of them.

The same training for every method at equal counts of buckets, then exact best responses, which see
real cards, and an exploiter bound to the same buckets. Two games: the whole of hold'em with six
ranks, and ten flops of the full deck with the buckets of all flops. Each seed makes buckets and
training anew. Everything runs as a user would run it, two at a time; what is through is kept in
``benchmarks/out/card_abstraction/`` and not run again.

Run: ``python benchmarks/card_abstraction.py [--only six-ranks] [--seeds 3] [--methods ...]``.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from machine import describe_machine

OUT = Path(__file__).parent / "out" / "card_abstraction"
_PROCESSES = 2
_EXPLOITER_SECONDS = 10

# Methods on flop, turn and river.
CONTENDERS: Mapping[str, tuple[str, str, str]] = {
    "percentile": ("percentile-ehs",) * 3,
    "ehs2": ("kmeans-ehs2", "kmeans-ehs2", "percentile-ehs"),
    "emd, river percentile": ("kmeans-emd", "kmeans-emd", "percentile-ehs"),
    "percentile, river ochs": ("percentile-ehs", "percentile-ehs", "kmeans-ochs"),
    "emd, river ochs": ("kmeans-emd", "kmeans-emd", "kmeans-ochs"),
    "ochs": ("kmeans-ochs",) * 3,
    "flop emd, then ochs": ("kmeans-emd", "kmeans-ochs", "kmeans-ochs"),
    "potential, river ochs": ("potential-emd", "potential-emd", "kmeans-ochs"),
}
BETTING: Mapping[str, Any] = {
    "stacks": 2000,
    "small_blind": 50,
    "big_blind": 100,
    "bets": {"preflop": "2.5x a", "flop": "0.75 a", "turn": "0.75 a", "river": "0.75 a"},
}


@dataclass(frozen=True)
class Game:
    """Who plays what for how long, in how many buckets.

    Attributes:
        title: In words.
        settings: Of the game, beside ``BETTING``.
        k: Buckets of flop, turn and river; before the flop each hand has its own.
        iterations: Of training.
    """

    title: str
    settings: Mapping[str, Any]
    k: tuple[int, int, int]
    iterations: int

    @property
    def ranks(self) -> int:
        return int(self.settings.get("ranks", 13))


GAMES = {
    "six-ranks": Game("Six ranks, all flops, 50 buckets", {"ranks": 6}, (50, 50, 50), 6_000),
    "ten-flops": Game("Ten flops, 200 buckets", {"flops": 10}, (200, 200, 200), 6_000),
    "ten-flops-50": Game("Ten flops, 50 buckets", {"flops": 10}, (50, 50, 50), 6_000),
}


@dataclass(frozen=True)
class Job:
    """A game, a contender, a seed."""

    game: str
    contender: str
    seed: int

    @property
    def directory(self) -> Path:
        name = self.contender.replace(", ", "-").replace(" ", "-")
        return OUT / self.game / name / f"{self.seed}"

    @property
    def result(self) -> Path:
        return self.directory / "evaluation.json"

    def run(self) -> None:
        game, buckets = GAMES[self.game], self.directory / "buckets.pkl"
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "config.yaml"
        config.write_text(yaml.safe_dump({"game": {**BETTING, **game.settings}}))
        build = ["build-buckets", "--ranks", f"{game.ranks}", "--seed", f"{self.seed}"]
        build += ["--out", f"{buckets}", "--num-workers", "1", "--force"]
        streets = zip(("flop", "turn", "river"), CONTENDERS[self.contender], game.k, strict=True)
        for street, method, k in streets:
            build += [f"--method-{street}", method, f"--k-{street}", f"{k}"]
        self._holdem("build.log", *build)
        run = self.directory / "run"
        train = ["train-blueprint", "--config", f"{config}", "--buckets", f"{buckets}"]
        train += ["--logdir", f"{run}", "--iters", f"{game.iterations}", "--num-workers", "1"]
        self._holdem("train.log", *train, "--seed", f"{self.seed}")
        evaluate = ["evaluate", f"{run}", "--method", "exploitability", "--num-workers", "1"]
        evaluate += ["--exploiter-seconds", f"{_EXPLOITER_SECONDS}", "--json"]
        found = self._holdem("evaluate.log", *evaluate)
        self.result.write_text(found)

    def _holdem(self, log: str, *words: str) -> str:
        with (self.directory / log).open("w") as errors:
            command = [str(Path(sys.executable).with_name("holdem")), *words]
            done = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        return done.stdout


def run_all(jobs: Sequence[Job]) -> None:
    def run(job: Job) -> None:
        try:
            job.run()
        except subprocess.CalledProcessError as error:
            print(f"FAILED {job}: {error}; see {job.directory}", flush=True)
        else:
            print(f"{job.game:<12} {job.contender:<24} seed {job.seed}", flush=True)

    with ThreadPoolExecutor(_PROCESSES) as pool:
        for _ in pool.map(run, jobs):
            pass


def print_table(game: str, contenders: Sequence[str], seeds: int) -> None:
    """Prints means of seeds with standard errors, and differences from the first contender's."""
    print(f"\n{GAMES[game].title}; {GAMES[game].iterations:,} iterations, {seeds} seeds\n")
    print("| flop, turn, river | real cards, mbb | below percentile | in the same buckets, mbb |")
    print("|---|---|---|---|")
    base: list[float] = []
    for contender in contenders:
        done = [Job(game, contender, seed) for seed in range(seeds)]
        found = [json.loads(job.result.read_text()) for job in done if job.result.exists()]
        if not found:
            continue
        real = [each["exploitability"][0]["mbb_per_hand"] for each in found]
        own = [each["exploiter_mbb_per_hand"] for each in found]
        base = base or real
        better = [a - b for a, b in zip(base, real, strict=False)]
        words = [_with_error(values) for values in (real, better, own)]
        print(f"| {contender} | {' | '.join(words)} |")


def _with_error(values: Sequence[float]) -> str:
    mean = statistics.fmean(values)
    if len(values) < 2:
        return f"{mean:.1f}"
    return f"{mean:.1f} ± {statistics.stdev(values) / math.sqrt(len(values)):.1f}"


def main() -> None:
    """Runs what is missing and prints the tables of docs/experiments.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(GAMES), default=list(GAMES))
    parser.add_argument("--methods", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print(describe_machine())
    jobs = [
        Job(game, contender, seed)
        for game in arguments.only
        for seed in range(arguments.seeds)
        for contender in arguments.methods
    ]
    run_all([job for job in jobs if not job.result.exists()])
    for game in arguments.only:
        print_table(game, arguments.methods, arguments.seeds)


if __name__ == "__main__":
    main()
