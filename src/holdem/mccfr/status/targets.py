"""What ends a run, and how far it is from there."""

from __future__ import annotations

from dataclasses import dataclass

from holdem.types import MCCFRConfig


@dataclass(frozen=True)
class Targets:
    """The limits of a run, whichever is reached first; ``None``: nothing of that kind limits it.

    Attributes:
        iterations: Completed ones; 0 where a range is empty.
        seconds: Training time in the run directory.
    """

    iterations: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, training: MCCFRConfig) -> Targets:
        """Returns the targets that a configuration sets."""
        return cls(training.num_iterations, training.time_budget_seconds)

    def reached(self, iteration: int, elapsed_seconds: float) -> bool:
        """Returns whether a run has reached the first of them."""
        return (self.iterations is not None and iteration >= self.iterations) or (
            self.seconds is not None and elapsed_seconds >= self.seconds
        )

    def done_share(self, iteration: int, elapsed_seconds: float) -> float:
        """Returns the share of the nearer one that is done, 0 to 1."""
        if self.reached(iteration, elapsed_seconds):
            return 1.0
        shares = [0.0]
        if self.iterations is not None:
            shares.append(iteration / self.iterations)
        if self.seconds is not None:
            shares.append(elapsed_seconds / self.seconds)
        return max(shares)

    def remaining(
        self, iteration: int, elapsed_seconds: float, iterations_per_second: float
    ) -> float | None:
        """Returns the seconds until the nearer one is reached, ``None`` where that is not known."""
        estimates = []
        if self.seconds is not None:
            estimates.append(self.seconds - elapsed_seconds)
        if self.iterations is not None and iterations_per_second > 0:
            estimates.append((self.iterations - iteration) / iterations_per_second)
        return max(0.0, min(estimates)) if estimates else None
