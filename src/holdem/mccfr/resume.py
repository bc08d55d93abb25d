"""Finds the checkpoint that a run goes on from and restores it, reading its bytes once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from holdem.checkpoint.files import Checkpoint, iteration_of
from holdem.checkpoint.history import Segment, history_of
from holdem.checkpoint.identity import check_identity
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.store import (
    CheckpointStore,
    find_checkpoint,
    load_checkpoint,
    run_store,
    stores_of,
)
from holdem.config import identity
from holdem.errors import CheckpointError, HoldemError, RunDirectoryError
from holdem.mccfr.instance import ONLY, Instance
from holdem.mccfr.order import RunOrder
from holdem.mccfr.protocols import TrainableSolver
from holdem.mccfr.status.targets import Targets
from holdem.mccfr.trainer import Origin
from holdem.policy.finding import bucket_source_of
from holdem.types import BucketSource, RunConfig

logger = logging.getLogger(__name__)


class RunAlreadyComplete(HoldemError):  # noqa: N818 - an outcome, not a fault
    """There is nothing left to train."""


@dataclass(frozen=True)
class Beginning:
    """What a run starts with.

    Attributes:
        solver: At the iteration to go on from.
        instance: Which one trains: a run of its own goes on as the instance that it goes on from.
        metadata: Of the checkpoint it was restored from; empty for a fresh run.
    """

    solver: TrainableSolver
    instance: Instance
    origin: Origin
    metadata: Mapping[str, Any]


def begin(order: RunOrder, store: CheckpointStore) -> Beginning:
    """Returns the solver of a run, restored from a checkpoint where there is one.

    The run directory's own newest sound checkpoint wins over ``resume_from``.

    Args:
        store: Of the run directory, which this process has locked.

    Raises:
        RunAlreadyComplete: The checkpoint to go on from has reached the targets.
        HoldemError: Any other refusal; its message is one line.
    """
    run, resume_from, instance = order.config, order.resume_from, order.instance

    def restore(checkpoint: Checkpoint) -> Beginning:
        return _restored(run, store, checkpoint, instance)

    logdir = store.directory.parent
    elsewhere = resume_from
    if resume_from is not None and any(
        _same(resume_from, one) for one in (logdir, store.directory)
    ):
        elsewhere = None
    own = store.load_newest(restore, not_after=order.not_after)
    if own is not None:
        checkpoint = Checkpoint(store.directory, own.solver.iteration)
        if elsewhere is not None:
            refuse_another_run(checkpoint, elsewhere)
        store.protect(checkpoint)
        return own
    if elsewhere is not None and not stopped_before_its_first_checkpoint(elsewhere):
        return load_checkpoint(elsewhere, restore)
    if resume_from is not None:
        logger.warning("%s holds no checkpoint; training starts from iteration 0", resume_from)
    solver = _build_solver(run, instance)
    logger.info("Starting fresh training (no checkpoint found)")
    history = (_segment(run, instance, 0, ""),)
    return Beginning(solver, instance, Origin(history=history), {})


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
    if instance == ONLY:
        instance = replace(instance, number=metadata["instance"])
    solver = _build_solver(run, instance)
    shared = instance.shared_start is not None and not ours
    keeps_sums = instance.number == 0 or not shared
    check_belongs(run, solver.identity(), checkpoint, None if shared else instance.number)
    if Targets.of(run.training).reached(checkpoint.iteration, origin.elapsed_seconds):
        checkpoint.verify()
        raise RunAlreadyComplete(
            f"nothing to do: {checkpoint.policy_path} is complete at iteration "
            f"{checkpoint.iteration:,}"
        )
    logger.info("Resuming from checkpoint: %s", checkpoint.policy_path)
    solver.restore(checkpoint, strategy_sums=keeps_sums)
    logger.info("Successfully resumed from iteration %d", checkpoint.iteration)
    history = history_of(metadata) if keeps_sums else ()
    if not history or metadata.get("merged") or metadata["instance"] != instance.number:
        history = (*history, _segment(run, instance, checkpoint.iteration, metadata["digest"]))
    return Beginning(solver, instance, replace(origin, history=history), metadata)


def _segment(run: RunConfig, instance: Instance, iteration: int, origin: str) -> Segment:
    """Returns the segment of the history that begins here."""
    if instance.synchronisation is not None:
        origin += f"+sync {instance.synchronisation.interval}/{instance.count}"
    return Segment(run.training.seed, instance.number, iteration, iteration, origin)


def _build_solver(run: RunConfig, instance: Instance) -> TrainableSolver:
    # Imported last: what is refused above needs none of the core.
    from holdem.mccfr.solver import build_solver

    return build_solver(run, instance.number)


def refuse_another_run(own: Checkpoint, resume_from: Path) -> None:
    """Refuses a run directory that is behind the run to resume from; else says that it wins."""
    logdir = own.directory.parent
    newest = _newest_iteration(resume_from)
    if newest is None or newest > own.iteration:
        try:
            source = find_checkpoint(resume_from)
        except CheckpointError as error:  # a requeued command needs it no more
            logger.warning("%s has progress of its own, which wins: %s", logdir, error)
            return
        if source.iteration > own.iteration:
            raise RunDirectoryError(
                f"--logdir {logdir} holds another run, at iteration {own.iteration:,} behind "
                f"{source.policy_path} at {source.iteration:,}: name a new --logdir"
            )
    if any(_same(resume_from, path) for path in own.paths):
        return
    if resume_from.is_file() and _same(resume_from.parent, own.directory):
        logger.warning(
            "%s is passed over: a run goes on from its own newest checkpoint, here %s; to go on "
            "from the older one, name a new --logdir",
            resume_from,
            f"{own.iteration:,}",
        )
    else:
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


def _newest_iteration(path: Path) -> int | None:
    """Returns the iteration that a path means before a byte is verified, if it means any."""
    if not path.is_dir():
        return iteration_of(path.name) if path.is_file() else None
    if stopped_before_its_first_checkpoint(path):
        return 0
    listed = run_store(path).list()
    return listed[-1].iteration if listed else None


def find_trained_buckets(places: Iterable[Path]) -> BucketSource | None:
    """Finds the buckets of a run that goes on, by the hash in its checkpoints.

    Args:
        places: Run directories and checkpoints; the first with a checkpoint decides.

    Returns:
        None where there is no checkpoint, or one that needs no buckets.

    Raises:
        BucketFileError: The bucket file is nowhere to be found.
    """
    for place in places:
        if place.is_dir():
            found = [checkpoint for store in stores_of(place) for checkpoint in store.list()]
        else:
            iteration = iteration_of(place.name)
            found = [] if iteration is None else [Checkpoint(place.parent, iteration)]
        for checkpoint in reversed(found):
            if checkpoint.problem(read_all=False) is None:
                return bucket_source_of([checkpoint])
    return None


def stopped_before_its_first_checkpoint(path: Path) -> bool:
    """Returns whether a path is a run without instances and without any checkpoint yet."""
    directory = RunDirectory(path)
    if not directory.config.exists() or directory.instances():
        return False
    return not CheckpointStore(directory.checkpoints).present()


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
