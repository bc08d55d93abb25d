"""Who trains: a solver of this package, or one of OpenSpiel's, behind one small interface."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.bucket_file import Buckets, open_buckets
from holdem.abstraction.build_file import build_bucket_file
from holdem.evaluation.exploitability import ExactEvaluation
from holdem.mccfr.solver import Solver
from holdem.policy.policy import Policy
from holdem.storage.datafile import write_data_file
from holdem.types import LOSSLESS, MAX_COUNT, MCCFRConfig

from .plan import BENCHES, OPENSPIEL, OUT, Bench, Job

MEMORY_LIMIT_BYTES = 8 * 10**9


class Trainee(Protocol):
    """Somebody who trains on one core.

    Attributes:
        iterations: Done so far.
        nodes: Of the betting tree, visited so far; 0: not known.
    """

    @property
    def iterations(self) -> int: ...

    @property
    def nodes(self) -> int: ...

    def train(self, seconds: float) -> None:
        """Trains for about so many CPU seconds, at least one iteration."""

    def exploitability(self) -> float:
        """Returns that of the average strategy: exact, on real cards, in chips a hand."""


class Ours:
    """A solver of this package."""

    def __init__(self, bench: Bench, settings: dict[str, Any], seed: int) -> None:
        self._buckets = open_bench_buckets(bench)
        training = MCCFRConfig(num_iterations=MAX_COUNT, num_workers=1, seed=seed, **settings)
        self._solver = Solver(
            bench.game, training, self._buckets, memory_limit_bytes=MEMORY_LIMIT_BYTES
        )
        touch_pages(self._solver)
        self._policy: Policy | None = None

    @property
    def iterations(self) -> int:
        return self._solver.iteration

    @property
    def nodes(self) -> int:
        return self._solver.nodes_visited

    def train(self, seconds: float) -> None:
        self._solver.run(MAX_COUNT, seconds)

    def exploitability(self) -> float:
        # As a user would, but for the checkpoint around it: the strategy is written and opened.
        with tempfile.TemporaryDirectory(dir=OUT) as directory:
            path = Path(directory) / "policy.pkl"
            write_data_file(path, self._solver.policy_content())
            self._policy = Policy.open(path, self._buckets, share=self._policy)
            return (
                ExactEvaluation(self._policy, num_workers=1).exploitability().exploitability_chips
            )


class OpenSpiel:
    """A solver of OpenSpiel, on its Leduc."""

    def __init__(self, solver: str, seed: int) -> None:
        from leduc_openspiel import openspiel  # needs the extra `bench`

        self._contender = openspiel(solver, seed)
        self.iterations = 0
        self.nodes = 0

    def train(self, seconds: float) -> None:
        start = time.process_time()
        while time.process_time() - start < seconds or self.iterations == 0:
            self._contender.train(self._contender.first_step)
            self.iterations += self._contender.first_step

    def exploitability(self) -> float:
        return self._contender.exploitability()


def make_trainee(job: Job) -> Trainee:
    """Returns who trains in a run."""
    bench = BENCHES[job.bench]
    settings = dict(bench.contenders[job.contender])
    if settings["sampling"] == OPENSPIEL:
        return OpenSpiel(settings["solver"], job.seed)
    return Ours(bench, settings, job.seed)


def touch_pages(solver: Solver) -> None:
    """Clears the tables, so that the system finds no memory for them while the clock runs.

    On a virtual machine that may take seconds a gigabyte, the first time.
    """
    solver.regrets[:] = 0
    solver.strategy_sums[:] = 0


def open_bench_buckets(bench: Bench) -> Buckets | None:
    """Returns the buckets of a game, which are built once."""
    if bench.buckets is None:
        return None
    if bench.buckets == LOSSLESS:
        return open_buckets(LOSSLESS, bench.game.ranks)
    return open_percentile_buckets(int(bench.buckets))


def open_percentile_buckets(k: int) -> Buckets:
    """Returns so many buckets a street after the first, from a file that is made where needed."""
    config = percentiles(k_preflop=169, k_flop=k, k_turn=k, k_river=k)
    return build_bucket_file(config, OUT / f"buckets-{k}.pkl").buckets


def train_to(trainee: Trainee, seconds: float, clock: Callable[[], float]) -> float:
    """Trains until so many seconds of a clock have passed; returns how many have.

    The solver's own clock shows the time of day, which runs faster than that of the processor where
    others use it, too: hence several calls.
    """
    start, spent = clock(), 0.0
    while spent < seconds:
        trainee.train(max(seconds - spent, 1e-4))
        spent = clock() - start
    return spent
