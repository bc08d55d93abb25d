"""Stand-ins for the solver, the store and the clock, so that the run loop is tested by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from holdem.errors import CheckpointError
from holdem.mccfr.status.street_figures import StreetFigures
from holdem.mccfr.trainer import Origin, Trainer
from holdem.types import MCCFRConfig


class FakeClock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeSolver:
    """Trains at a fixed speed on a fake clock; ten nodes an iteration."""

    table_bytes = 1_500_000
    num_infosets = 4321
    current_epsilon = 0.6
    bucket_hash = "none"
    memory_limit_at: int | None = None

    def __init__(self, clock: FakeClock, *, iteration: int = 0, speed: float = 1000.0) -> None:
        self.clock = clock
        self.iteration = iteration
        self.speed = speed
        self.nodes_visited = 0
        self.slices: list[tuple[int, float]] = []
        self.after_slice = lambda: None

    @property
    def memory_limit_reached(self) -> bool:
        return self.memory_limit_at is not None and self.iteration >= self.memory_limit_at

    @property
    def discount_block(self) -> int:
        return self.iteration // 1000

    def run(self, iterations: int, seconds: float) -> int:
        assert iterations >= 1
        assert seconds > 0
        self.slices.append((iterations, seconds))
        ran = min(iterations, max(1, round(seconds * self.speed)))
        if self.memory_limit_at is not None:
            ran = min(ran, self.memory_limit_at - self.iteration)
        self.iteration += ran
        self.nodes_visited += 10 * ran
        self.clock.now += ran / self.speed
        self.after_slice()
        return ran

    def street_figures(self) -> list[StreetFigures]:
        preflop = StreetFigures("preflop", 0.5, 0.25, 0.75, 0.125)
        return [preflop, replace(preflop, street="flop", mean_positive_regret=2.0)]

    def policy_content(self) -> dict[str, object]:
        return {"iteration": self.iteration}

    def regret_content(self) -> dict[str, object]:
        return {"iteration": self.iteration}

    def metadata(self) -> dict[str, object]:
        return {"sampler": "external"}

    def identity(self) -> dict[str, object]:
        return {"bucket_hash": self.bucket_hash, "rng": {"instance": 0}}

    def restore(self, checkpoint: FakeCheckpoint, *, strategy_sums: bool = True) -> None:
        self.iteration = checkpoint.iteration


@dataclass(frozen=True)
class FakeCheckpoint:
    iteration: int
    policy_path: Path
    metadata: dict[str, object]


@dataclass
class FakePendingSave:
    """Done at once, or at a time of the store's clock."""

    store: FakeStore
    checkpoint: FakeCheckpoint | None
    save: Callable[[], FakeCheckpoint] | None = None
    done_at: float = 0.0
    copied_bytes: int | None = None

    @property
    def is_done(self) -> bool:
        return self.store.clock is None or self.store.clock.now >= self.done_at

    def wait(self) -> FakeCheckpoint:
        if self.checkpoint is not None:
            return self.checkpoint
        assert self.store.clock is not None
        assert self.save is not None
        self.store.clock.now = max(self.store.clock.now, self.done_at)
        self.store.in_flight = 0
        self.copied_bytes = 1_000_000
        self.checkpoint = self.save()
        return self.checkpoint


class FakeStore:
    """Keeps what was saved; fails at the iterations it is told to."""

    def __init__(self, *fail_at: int) -> None:
        self.saved: list[FakeCheckpoint] = []
        self.fail_at = list(fail_at)
        # How long saves take in the background: they are done when the clock says so.
        self.clock: FakeClock | None = None
        self.background_seconds = 0.0
        self.in_flight = 0

    def begin_save(
        self,
        iteration: int,
        policy: dict[str, object],
        regrets: dict[str, object],
        metadata: dict[str, object],
    ) -> FakePendingSave:
        assert self.in_flight == 0
        if self.clock is None:
            return FakePendingSave(self, self.save(iteration, policy, regrets, metadata))
        self.in_flight = 1
        return FakePendingSave(
            self,
            None,
            lambda: self.save(iteration, policy, regrets, metadata),
            self.clock.now + self.background_seconds,
        )

    def save(
        self,
        iteration: int,
        policy: dict[str, object],
        regrets: dict[str, object],
        metadata: dict[str, object],
    ) -> FakeCheckpoint:
        assert policy == regrets == {"iteration": iteration}
        assert "iteration" not in metadata  # the store writes it
        if iteration in self.fail_at:
            self.fail_at.remove(iteration)
            raise CheckpointError(f"no room for iteration {iteration}")
        policy_path = Path(f"checkpoints/checkpoint_iter{iteration}.pkl")
        self.saved.append(FakeCheckpoint(iteration, policy_path, metadata))
        return self.saved[-1]

    def keep_newest_until(self, iteration: int) -> None:
        """Nothing is let go."""

    @property
    def iterations(self) -> list[int]:
        return [checkpoint.iteration for checkpoint in self.saved]


def make_trainer(
    *, solver: FakeSolver | None = None, store: FakeStore | None = None, **settings: object
) -> Trainer:
    origin = settings.pop("origin", Origin())
    observers = settings.pop("observers", ())
    clock = solver.clock if solver else FakeClock()
    return Trainer(
        MCCFRConfig(**{"snapshot_interval_seconds": None} | settings),
        solver or FakeSolver(clock),
        store or FakeStore(),
        origin,
        observers,
        clock=clock,
    )
