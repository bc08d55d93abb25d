"""How a run stands as a whole, added up from its instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdem.mccfr.status.progress_file import InstanceProgress
from holdem.mccfr.status.state import STATES, InstanceState
from holdem.mccfr.status.targets import Targets


@dataclass(frozen=True)
class Totals:
    """A run of several instances in one line.

    Attributes:
        state: The worst state of an instance.
        iterations: Of all instances; where iterations limit the run, those of their ranges.
        target_iterations: ``None`` where only time limits the run.
        done_share: Mean of the instances, 0 to 1.
        remaining_seconds: Of the instance that has longest to go, as far as it is known.
    """

    state: str
    iterations: int
    target_iterations: int | None
    done_share: float
    iterations_per_second: float
    remaining_seconds: float | None
    restarts: int


def totals(states: Sequence[InstanceState]) -> Totals:
    """Adds up the instances of a run; at least one."""
    running = [one.progress for one in states if one.state == "running"]
    targets = [target_iterations(one.progress) for one in states]
    known = [target for target in targets if target is not None]
    left = [one.remaining_seconds for one in running if one.remaining_seconds is not None]
    return Totals(
        state=min((one.state for one in states), key=STATES.index),
        iterations=sum(done_iterations(one.progress) for one in states),
        target_iterations=sum(known) if len(known) == len(targets) else None,
        done_share=sum(map(done_share, states)) / len(states),
        iterations_per_second=sum((one.iterations_per_second for one in running), 0.0),
        remaining_seconds=max(left, default=None),
        restarts=sum(one.progress.restarts for one in states),
    )


def done_share(state: InstanceState) -> float:
    """Returns the share of the nearer target of an instance that is done, 0 to 1."""
    if state.state == "complete":
        return 1.0
    progress = state.progress
    targets = Targets(target_iterations(progress), progress.time_budget_seconds)
    return targets.done_share(done_iterations(progress), progress.elapsed_seconds)


def target_iterations(progress: InstanceProgress) -> int | None:
    """Returns how many iterations an instance has to train, inherited ones not counted."""
    if progress.target_iteration is None or progress.iteration_range is None:
        return progress.target_iteration
    first, last = progress.iteration_range
    return last - first


def done_iterations(progress: InstanceProgress) -> int:
    """Returns how many of ``target_iterations`` are done."""
    target = target_iterations(progress)
    if target is None or progress.target_iteration is None:
        return progress.iteration
    # One that went on from a checkpoint of all instances counts on from its iteration.
    return max(0, progress.iteration - (progress.target_iteration - target))
