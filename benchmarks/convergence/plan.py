"""What is compared: games, samplers with their weightings, budgets and seeds, all of it data.

Another sampler or weighting is one more line in the contenders of a game.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdem.config import load_run_config
from holdem.evaluation.exploitability import mbb_per_hand
from holdem.types import LOSSLESS, GameConfig

ROOT = Path(__file__).parents[2]
OUT = ROOT / "benchmarks" / "out" / "convergence"
OPENSPIEL = "openspiel"  # in the place of a sampling: not ours
SIZES = ("quick", "full")

ALL_MODES = ("none", "linear", "dcfr", "cfr_plus")
Settings = Mapping[str, Any]
_START_SECONDS = 1.0  # of a process


def weightings(sampling: str, interval: int, *modes: str) -> dict[str, Settings]:
    """Returns a contender for each way of weighting, by name.

    Args:
        interval: Iterations in a discounting block.
        modes: Values of ``discount_mode``.
    """
    return {
        f"{sampling} {mode}": {
            "sampling": sampling,
            "discount_mode": mode,
            "discount_interval": interval,
        }
        for mode in modes
    }


@dataclass(frozen=True)
class Bench:
    """One game, who trains it and for how long.

    Attributes:
        title: In words.
        config: File with the game.
        changes: Settings of the game that differ from the file's.
        buckets: ``lossless``, buckets a street after the first, or ``None`` (toy games).
        contenders: Settings of ``MCCFRConfig`` by name, or ``sampling: openspiel`` and its solver.
        seconds: CPU seconds of training by size.
        points: Evaluations of a run by size, the last one at the end.
        seeds: Runs of each contender by size.
        evaluation_seconds: What one takes, to tell beforehand how long everything will.
        step: Each evaluation comes after so many times the seconds of the one before.
    """

    title: str
    config: str
    contenders: Mapping[str, Settings]
    seconds: Mapping[str, float]
    points: Mapping[str, int]
    seeds: Mapping[str, int]
    evaluation_seconds: float
    step: int = 2
    changes: Settings | None = None
    buckets: int | str | None = None

    @property
    def game(self) -> GameConfig:
        """The game, read from its file."""
        # A run of hold'em has buckets; which, makes no difference to the game.
        overrides: dict[str, Any] = {"num_iterations": 1, "game": dict(self.changes or {})}
        overrides["buckets"] = None if self.buckets is None else LOSSLESS
        return load_run_config(ROOT / "configs" / self.config, overrides).game

    @property
    def unit(self) -> str:
        """In which exploitability is told."""
        return "chips" if self.buckets is None else "mbb a hand"

    @property
    def units_per_chip(self) -> float:
        """What makes that of chips."""
        return 1.0 if self.buckets is None else mbb_per_hand(1.0, self.game)

    def checkpoints(self, size: str) -> list[float]:
        """Returns CPU seconds of training at which a run is evaluated."""
        return [self.seconds[size] / self.step**k for k in reversed(range(self.points[size]))]

    def cpu_seconds(self, size: str) -> float:
        """Returns about how many CPU seconds a run takes."""
        return self.seconds[size] + self.points[size] * self.evaluation_seconds + _START_SECONDS


_TOY_CONTENDERS: dict[str, Settings] = {
    **weightings("external", 1000, "none", "linear", "dcfr"),
    **weightings("outcome", 1000, "none", "linear", "dcfr"),
    **weightings("public_chance", 10, *ALL_MODES),
    **weightings("full_width", 1, *ALL_MODES),
}

BENCHES = {
    "leduc": Bench(
        "Leduc, 288 infosets",
        "leduc.yaml",
        _TOY_CONTENDERS
        | {
            f"OpenSpiel {solver}": {"sampling": OPENSPIEL, "solver": solver}
            for solver in ("external", "outcome", "CFR", "CFR+")
        },
        seconds={"quick": 1.0, "full": 4.0},
        points={"quick": 6, "full": 9},
        seeds={"quick": 1, "full": 3},
        evaluation_seconds=0.05,
    ),
    "leduc-large": Bench(
        "Leduc with 13 ranks, 4 suits, up to 4 raises, 15,340 infosets",
        "leduc-large.yaml",
        _TOY_CONTENDERS,
        seconds={"quick": 1.0, "full": 4.0},
        points={"quick": 5, "full": 7},
        seeds={"quick": 1, "full": 3},
        evaluation_seconds=0.1,
    ),
    "five-ranks": Bench(
        "Hold'em with five ranks, one bet size, every hand its own bucket, 154.9 million infosets",
        "five-ranks.yaml",
        {
            **weightings("external", 10_000, "linear"),
            **weightings("outcome", 10_000, "linear"),
            **weightings("public_chance", 10, "dcfr", "cfr_plus"),
            **weightings("full_width", 1, "cfr_plus"),
        },
        seconds={"quick": 4.0, "full": 32.0},
        points={"quick": 1, "full": 3},
        seeds={"quick": 1, "full": 2},
        evaluation_seconds=9.0,
        step=4,
        buckets=LOSSLESS,
    ),
    "quickstart-flop": Bench(
        "The quickstart's game on one flop, Ks 7s 2s, 200 buckets a street",
        "quickstart.yaml",
        {
            **weightings("external", 10_000, "linear", "dcfr"),
            **weightings("outcome", 10_000, "linear"),
            **weightings("public_chance", 10, "linear", "dcfr", "cfr_plus"),
        },
        seconds={"quick": 4.0, "full": 64.0},
        points={"quick": 2, "full": 4},
        seeds={"quick": 1, "full": 2},
        evaluation_seconds=16.0,
        step=4,
        # Of one suit: what is the same in the other three is walked once.
        changes={"flops": ["Ks7s2s"]},
        buckets=200,
    ),
}

# Contenders are measured by how soon they reach what these have after so many CPU seconds there.
RATIO_BENCH = "quickstart-flop"
RATIO_REFERENCES = ("external linear", "outcome linear")
RATIO_SECONDS = 60.0


@dataclass(frozen=True)
class Job:
    """One run: a game, a contender, a seed."""

    size: str
    bench: str
    contender: str
    seed: int

    @property
    def path(self) -> Path:
        """Where its points are kept, once it is through."""
        name = self.contender.replace(" ", "-").replace("+", "-plus")
        return OUT / self.size / self.bench / f"{name}-{self.seed}.jsonl"

    @property
    def settings(self) -> dict[str, Any]:
        """What decides its points; kept in its file, so that points of other settings count not."""
        bench = BENCHES[self.bench]
        return {
            "game": bench.game.settings(),
            "buckets": bench.buckets,
            "contender": dict(bench.contenders[self.contender]),
            "seed": self.seed,
            "seconds": bench.checkpoints(self.size),
        }


def jobs(size: str, benches: Sequence[str], seeds: int | None = None) -> list[Job]:
    """Returns all runs of a size; those of one seed come before those of the next.

    Args:
        seeds: Of each contender, by default as many as the game says.
    """
    return [
        Job(size, name, contender, seed)
        for name in benches
        for seed in range(seeds or BENCHES[name].seeds[size])
        for contender in BENCHES[name].contenders
    ]
