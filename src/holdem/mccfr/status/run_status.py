"""One moment of a run, as the process that trains it sees it."""

from __future__ import annotations

from dataclasses import dataclass

from holdem.mccfr.status.targets import Targets


@dataclass(frozen=True)
class RunStatus:
    """One moment of a run.

    Attributes:
        process_seconds: Training time of this process.
        elapsed_seconds: Training time of the run directory, earlier processes included.
        memory_bytes: Resident memory of the process.
        checkpoint_iteration: Iteration of the newest checkpoint of this run, if there is one.
        checkpoint_age_seconds: Seconds since it was written.
    """

    iteration: int
    targets: Targets
    process_seconds: float
    elapsed_seconds: float
    iterations_per_second: float
    nodes_per_second: float
    memory_bytes: int
    table_bytes: int
    num_infosets: int
    checkpoint_iteration: int | None
    checkpoint_age_seconds: float

    @property
    def done_share(self) -> float:
        """Share of the nearer target that is done, 0 to 1."""
        return self.targets.done_share(self.iteration, self.elapsed_seconds)

    @property
    def remaining_seconds(self) -> float | None:
        """Estimate until the first of the targets is reached, if it is known."""
        return self.targets.remaining(
            self.iteration, self.elapsed_seconds, self.iterations_per_second
        )
