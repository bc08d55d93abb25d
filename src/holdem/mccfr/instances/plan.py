"""Decides what each instance trains and from which checkpoint, before anything is started."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.space import check_space, checkpoint_bytes
from holdem.errors import ConfigError, MemoryPlanError
from holdem.mccfr.instance import Instance, SharedStart, Synchronisation
from holdem.mccfr.instances.starts import Start, Starts, find_starts, first_round
from holdem.mccfr.resume import check_belongs
from holdem.mccfr.status.targets import Targets
from holdem.memory import available_memory_bytes
from holdem.types import RunConfig
from holdem.units import format_bytes, format_duration

logger = logging.getLogger(__name__)

# What a process takes beside tree and tables: Python, the packages, the core.
PROCESS_BYTES = 80_000_000
_MIN_MEMORY_BYTES = 1_000_000  # the least that a configuration may ask for


@dataclass(frozen=True)
class InstancePlan:
    """What one instance is going to do.

    Attributes:
        run: Its own configuration: its share of iterations and memory.
        directory: Its run directory.
        start: What it goes on from.
        elapsed_seconds: What it has spent of its time budget.
    """

    instance: Instance
    run: RunConfig
    directory: RunDirectory
    start: Start
    elapsed_seconds: float

    @property
    def targets(self) -> Targets:
        """Its own iteration and training time at which it is complete."""
        return Targets.of(self.run.training)

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to train."""
        return self.targets.reached(self.start.iteration, self.elapsed_seconds)

    @property
    def resume_from(self) -> Path | None:
        """The checkpoint that its process has to be told of: one that is not its own."""
        return self.start.elsewhere(self.directory)

    def take_over(self) -> None:
        """Gives its run directory the checkpoint of one that is complete elsewhere.

        Nothing is going to be trained and saved there, and whoever merges the run wants all of it.

        Raises:
            CheckpointError, RunDirectoryError: The file system refuses.
        """
        if self.complete and self.resume_from is not None:
            assert self.start.checkpoint is not None
            self.directory.create()
            self.directory.describe(self.run)
            self.start.checkpoint.link_into(self.directory.checkpoints)


@dataclass(frozen=True)
class RunPlan:
    """What all instances of a run are going to do.

    Attributes:
        exchange_floats: Floats of one regret table, if the instances exchange them; else 0.
        inherited_iterations: Iterations in the one checkpoint that all go on from, if they do.
    """

    instances: tuple[InstancePlan, ...]
    exchange_floats: int
    inherited_iterations: int

    def summary(self) -> list[str]:
        """Returns the resume summary: a line for the columns, one an instance, one in all."""
        rows = [("instance", "starts", "at iteration", "left", "from")]
        rows += [_summary_row(plan) for plan in self.instances]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return [*lines, *self._totals()]

    def _totals(self) -> list[str]:
        ranges = [plan.instance.iteration_range for plan in self.instances]
        if None in ranges:
            return []
        size = sum(end - start for start, end in filter(None, ranges))
        left = sum(_left(plan) or 0 for plan in self.instances)
        inherited = self.inherited_iterations
        before = f"{inherited:,} inherited + " if inherited else ""
        total = f"{inherited + size:,}"
        return [f"iterations: {before}{size - left:,} done + {left:,} left = {total}"]


def plan_run(run: RunConfig, directory: RunDirectory, resume_from: Path | None) -> RunPlan:
    """Returns the plan of every instance; reads and verifies every checkpoint it names.

    Raises:
        HoldemError: What cannot be, in one line: a checkpoint of another run, an instance of which
            no checkpoint is sound, more memory or disk than there is. Nothing was written.
    """
    count = run.training.num_instances
    assert count is not None
    needs = _Needs.of(run, count)
    starts = Starts(directory, resume_from)
    found = find_starts(starts, count, run.training.sync_interval)
    for number in starts.left_out(count):
        logger.warning("Instance %d is not taken up: --num-instances is %d", number, count)
    for number, start in enumerate(found):
        _check(run, needs.identity, directory, number, start, starts.shared_start)
    shared_start = starts.shared_start or _recorded_start(found)
    instances = _plans(run, directory, found, shared_start, needs.memory_limit_bytes)
    if training := sum(not each.complete for each in instances):
        check_space(directory.path, needs.checkpoint_bytes, training)
    inherited = 0 if shared_start is None else shared_start.inherited_iterations
    return RunPlan(instances, needs.exchange_floats, inherited)


def split(total: int, count: int) -> list[tuple[int, int]]:
    """Returns contiguous ranges of ``total`` in all, the first ones longer by the remainder."""
    size, longer = divmod(total, count)
    ends = [(number + 1) * size + min(number + 1, longer) for number in range(count)]
    return list(zip([0, *ends], ends, strict=False))


@dataclass(frozen=True)
class _Needs:
    """What instances share in being of one run.

    Attributes:
        identity: What the checkpoint of any of them has to have, beside the configuration.
        memory_limit_bytes: For the tree and the tables of one instance.
        checkpoint_bytes: On disk, for the first checkpoint of one instance.
    """

    identity: dict[str, Any]
    memory_limit_bytes: int
    exchange_floats: int
    checkpoint_bytes: int

    @classmethod
    def of(cls, run: RunConfig, count: int) -> _Needs:
        """Measures one instance and refuses more of them than memory can hold."""
        from holdem.mccfr.solver import build_solver

        limit = run.training.memory_limit or available_memory_bytes()
        solver = build_solver(run)
        synchronised = run.training.sync_interval is not None
        if synchronised and solver.grows:
            raise ConfigError(
                f"sync_interval = {run.training.sync_interval}: instances are synchronised with "
                "two players only; the trees of more players grow differently in each of them"
            )
        exchange_floats = solver.regrets.size if synchronised else 0
        tables = solver.planned_bytes
        each = tables + PROCESS_BYTES + 4 * exchange_floats
        if count * each > limit:
            parts = f"{format_bytes(tables)} of tables and tree, {format_bytes(PROCESS_BYTES)} of "
            parts += "process"
            if synchronised:
                parts += f", {format_bytes(4 * exchange_floats)} to exchange regrets"
            fitting = limit // each
            way_out = f"--num-instances {fitting}" if fitting else "fewer buckets or bet sizes"
            raise MemoryPlanError(
                f"{count} instances need {format_bytes(count * each)} ({parts} each) and "
                f"{format_bytes(limit)} are allowed: use {way_out}, or raise --memory-limit"
            )
        share = limit // count - PROCESS_BYTES - 4 * exchange_floats
        saved = checkpoint_bytes(solver.policy_content(), solver.regret_content())
        return cls(solver.identity(), max(share, _MIN_MEMORY_BYTES), exchange_floats, saved)


def _check(
    run: RunConfig,
    expected: dict[str, Any],
    directory: RunDirectory,
    number: int,
    start: Start,
    shared_start: SharedStart | None,
) -> None:
    """Refuses a checkpoint of another run."""
    if start.checkpoint is None:
        return
    own = start.elsewhere(directory.instance(number)) is None
    whose = number if own or shared_start is None else None
    check_belongs(run, expected, start.checkpoint, whose)


def _recorded_start(found: Sequence[Start]) -> SharedStart | None:
    """Returns what the instances went on from together in an earlier command, if they did."""
    for start in found:
        recorded = start.checkpoint and start.checkpoint.metadata.get("shared_start")
        if recorded:
            return SharedStart(**recorded)
    return None


def _plans(
    run: RunConfig,
    directory: RunDirectory,
    found: Sequence[Start],
    shared_start: SharedStart | None,
    memory_limit_bytes: int,
) -> tuple[InstancePlan, ...]:
    count, total = len(found), run.training.num_iterations
    inherited = 0 if shared_start is None else shared_start.inherited_iterations
    ranges: list[tuple[int, int] | None] = [None] * count
    targets: list[int | None] = [None] * count
    if total is not None:
        for number, (first, last) in enumerate(split(max(0, total - inherited), count)):
            ranges[number] = (inherited + first, inherited + last)
            targets[number] = _begin(found[number], shared_start) + last - first
    synchronisation = _synchronisation(run.training.sync_interval, found, targets)
    plans = []
    for number, start in enumerate(found):
        instance = Instance(number, count, ranges[number], shared_start, synchronisation)
        own = directory.instance(number)
        elapsed = 0.0  # a new run directory begins a new time budget
        if start.checkpoint is not None and start.elsewhere(own) is None:
            elapsed = float(start.checkpoint.metadata.get("elapsed_seconds", 0.0))
        changes = {
            "num_iterations": targets[number],
            "num_instances": None,
            "memory_limit": memory_limit_bytes,
        }
        training = run.training.model_copy(update=changes)
        own_run = run.model_copy(update={"training": training})
        plans.append(InstancePlan(instance, own_run, own, start, elapsed))
    return tuple(plans)


def _begin(start: Start, shared_start: SharedStart | None) -> int:
    """Returns an instance's own iteration at which its range begins."""
    # One that starts fresh although the others went on from a checkpoint counts from 0.
    return 0 if shared_start is None or start.checkpoint is None else shared_start.iteration


def _synchronisation(
    interval: int | None, found: Sequence[Start], targets: Sequence[int | None]
) -> Synchronisation | None:
    if interval is None:
        return None
    ends = [target for target in targets if target is not None]
    # Where the shortest range ends, the others are an iteration from their end.
    return Synchronisation(interval, first_round(found, interval), min(ends) if ends else None)


def _left(plan: InstancePlan) -> int | None:
    target = plan.targets.iterations
    return None if target is None else max(0, target - plan.start.iteration)


def _summary_row(plan: InstancePlan) -> tuple[str, str, str, str, str]:
    start, budget = plan.start, plan.targets.seconds
    left = []
    if (iterations := _left(plan)) is not None:
        left.append(f"{iterations:,} iterations")
    if budget is not None:
        left.append(format_duration(max(0.0, budget - plan.elapsed_seconds)))
    where = "-" if start.checkpoint is None else _shortest(start.checkpoint.policy_path)
    return (
        str(plan.instance.number),
        start.why if start.checkpoint is None else f"resumed: {start.why}",
        f"{start.iteration:,}",
        "nothing" if plan.complete else " or ".join(left),
        where,
    )


def _shortest(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative
