"""Finds the checkpoint that a run goes on from and restores it, reading its bytes once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from holdem.checkpoint.files import Checkpoint, iteration_of
from holdem.checkpoint.history import Segment, history_of
from holdem.checkpoint.identity import check_identity
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.store import CheckpointStore, find_checkpoint, load_checkpoint, run_store
from holdem.config import identity
from holdem.errors import HoldemError, RunDirectoryError
from holdem.mccfr.instance import Instance
from holdem.mccfr.order import RunOrder
from holdem.mccfr.protocols import TrainableSolver
from holdem.mccfr.status.targets import Targets
from holdem.mccfr.trainer import Origin
from holdem.types import RunConfig

logger = logging.getLogger(__name__)


class RunAlreadyComplete(HoldemError):  # noqa: N818 - an outcome, not a fault
    """There is nothing left to train."""


@dataclass(frozen=True)
class Beginning:
    """What a run starts with.

    Attributes:
        solver: At the iteration to go on from.
        metadata: Of the checkpoint it was restored from; empty for a fresh run.
    """

    solver: TrainableSolver
    origin: Origin
    metadata: Mapping[str, Any]


def begin(order: RunOrder, store: CheckpointStore) -> Beginning:
    """Returns the solver of a run, restored from a checkpoint where there is one.

    The run directory's own newest sound checkpoint wins over ``resume_from``.

    Args:
        store: Of the run directory, which this process has locked unless nothing is in it.

    Raises:
        RunAlreadyComplete: The checkpoint to go on from has reached the targets.
        HoldemError: Any other refusal; its message is one line.
    """
    run, resume_from, instance = order.config, order.resume_from, order.instance

    def restore(checkpoint: Checkpoint) -> Beginning:
        return _restored(run, store, checkpoint, instance)

    logdir = store.directory.parent
    elsewhere = None if resume_from is None or _same(resume_from, logdir) else resume_from
    own = store.load_newest(restore, not_after=order.not_after)
    if own is not None:
        checkpoint = Checkpoint(store.directory, own.solver.iteration)
        if elsewhere is not None:
            _refuse_another_run(checkpoint, elsewhere)
        store.protect(checkpoint)
        return own
    if elsewhere is not None and not stopped_before_its_first_checkpoint(elsewhere):
        return load_checkpoint(elsewhere, restore)
    if resume_from is not None:
        logger.warning("%s holds no checkpoint; training starts from iteration 0", resume_from)
    solver = _build_solver(run, instance)
    logger.info("Starting fresh training (no checkpoint found)")
    history = (_segment(run, instance, 0, ""),)
    return Beginning(solver, Origin(history=history), {})


def _restored(
    run: RunConfig, store: CheckpointStore, checkpoint: Checkpoint, instance: Instance
) -> Beginning:
    metadata = checkpoint.metadata_with("instance", "history")
    ours = _same(checkpoint.directory, store.directory)
    origin = Origin(
        # A new run directory starts a new time budget; the total goes on.
        elapsed_seconds=float(metadata.get("elapsed_seconds", 0)) if ours else 0.0,
        elapsed_seconds_total=float(metadata.get("elapsed_seconds_total", 0)),
        parent=str(checkpoint.policy_path),
        saved_iteration=checkpoint.iteration if ours else None,
    )
    if Targets.of(run.training).reached(checkpoint.iteration, origin.elapsed_seconds):
        checkpoint.verify()
        raise RunAlreadyComplete(
            f"nothing to do: {checkpoint.policy_path} is complete at iteration "
            f"{checkpoint.iteration:,}"
        )
    solver = _build_solver(run, instance)
    shared = instance.shared_start is not None and not ours
    keeps_sums = instance.number == 0 or not shared
    check_belongs(run, solver.identity(), checkpoint, None if shared else instance.number)
    logger.info("Resuming from checkpoint: %s", checkpoint.policy_path)
    solver.restore(checkpoint, strategy_sums=keeps_sums)
    logger.info("Successfully resumed from iteration %d", checkpoint.iteration)
    history = history_of(metadata) if keeps_sums else ()
    if not history or metadata.get("merged") or metadata["instance"] != instance.number:
        history = (*history, _segment(run, instance, checkpoint.iteration, metadata["digest"]))
    return Beginning(solver, replace(origin, history=history), metadata)


def _segment(run: RunConfig, instance: Instance, iteration: int, origin: str) -> Segment:
    """Returns the segment of the history that begins here."""
    if instance.synchronisation is not None:
        origin += f"+sync {instance.synchronisation.interval}/{instance.count}"
    return Segment(run.training.seed, instance.number, iteration, iteration, origin)


def _build_solver(run: RunConfig, instance: Instance) -> TrainableSolver:
    # Imported last: what is refused above needs none of the core.
    from holdem.mccfr.solver import build_solver

    return build_solver(run, instance.number)


def _refuse_another_run(own: Checkpoint, resume_from: Path) -> None:
    """Refuses a run directory that is behind the run to resume from; else says that it wins."""
    logdir = own.directory.parent
    newest = _newest_iteration(resume_from)
    if newest is None or newest > own.iteration:
        source = find_checkpoint(resume_from)
        if source.iteration > own.iteration:
            raise another_run(logdir, own, source)
    if not any(_same(resume_from, path) for path in own.paths):
        logger.info("%s has newer progress of its own, which wins over %s", logdir, resume_from)


def check_belongs(
    run: RunConfig,
    solver_identity: Mapping[str, Any],
    checkpoint: Checkpoint,
    number: int | None,
) -> None:
    """Refuses a checkpoint of another run.

    Args:
        number: Of the instance that it has to be of; ``None``: any may go on from it.

    Raises:
        IncompatibleCheckpointError: Names what differs.
    """
    metadata = checkpoint.metadata_with("instance")
    instance = metadata["instance"] if number is None else number
    expected = {**identity(run), **solver_identity}
    expected["rng"] = {**expected.get("rng", {}), "instance": instance}
    if number is not None and not metadata.get("merged"):
        # What was trained alone goes on alone, and what was synchronised goes on like that.
        expected["sync_interval"] = run.training.sync_interval
    check_identity(metadata, expected, checkpoint.policy_path)


def another_run(logdir: Path, own: Checkpoint, source: Checkpoint) -> RunDirectoryError:
    """Returns the refusal of a run directory that is behind the run to resume from."""
    return RunDirectoryError(
        f"--logdir {logdir} holds another run, at iteration {own.iteration:,} behind "
        f"{source.policy_path} at {source.iteration:,}: name a new --logdir"
    )


def _newest_iteration(path: Path) -> int | None:
    """Returns the iteration that a path means before a byte is verified, if it means any."""
    if not path.is_dir():
        return iteration_of(path.name) if path.is_file() else None
    if stopped_before_its_first_checkpoint(path):
        return 0
    listed = run_store(path).list()
    return listed[-1].iteration if listed else None


def stopped_before_its_first_checkpoint(path: Path) -> bool:
    """Returns whether a path is a run without instances and without any checkpoint yet."""
    directory = RunDirectory(path)
    if not directory.config.exists() or directory.instances():
        return False
    return not CheckpointStore(directory.checkpoints).list()


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
