"""Puts one run together: directory, checkpoint to go on from, solver, log, observers, run loop."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from holdem.config import identity, known_to_hurt, without_effect
from holdem.errors import ConfigError, HoldemError, RunDirectoryError
from holdem.logs import log_to_file, on_terminal
from holdem.mccfr.checkpoint import Checkpoint, CheckpointStore, check_identity, find_checkpoint
from holdem.mccfr.metrics import TensorBoardMetrics
from holdem.mccfr.progress import LiveProgress, LogProgress, Observer
from holdem.mccfr.protocols import Solver
from holdem.mccfr.run_directory import RunDirectory
from holdem.mccfr.run_lock import RunLock
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.trainer import Origin, Trainer, is_complete
from holdem.types import MCCFRConfig, RunConfig

logger = logging.getLogger(__name__)


class RunAlreadyComplete(HoldemError):  # noqa: N818 - an outcome, not a fault
    """There is nothing left to train."""


@contextmanager
def open_run(run: RunConfig, logdir: Path, resume_from: Path | None) -> Iterator[Trainer]:
    """Yields the trainer of a run that is ready to start.

    Whatever can be refused is refused on entry, before anything is written.

    Args:
        logdir: The run directory.
        resume_from: A run directory or one checkpoint to go on from. Progress in ``logdir`` itself
            that is at least as new wins over it.

    Raises:
        RunAlreadyComplete: The checkpoint to go on from has reached the targets.
        HoldemError: Any other refusal; its message is one line.
    """
    if run.training.enable_chunked_training:
        raise ConfigError("enable_chunked_training = True: this version does not train in chunks")
    directory = RunDirectory(logdir)
    directory.check(resuming=resume_from is not None)
    training = run.training
    store = CheckpointStore(directory.checkpoints, training.keep_checkpoints, training.keep_every)
    with ExitStack() as stack:
        write_log_to = stack.enter_context(log_to_file())
        if directory.occupied:
            stack.enter_context(RunLock(logdir))
        _advise(training)
        checkpoint = _checkpoint_to_continue(store, resume_from) if resume_from else None
        origin = _origin(store, checkpoint)
        solver = _solver(run, checkpoint, origin)
        _move_in(stack, directory, run, resuming=resume_from is not None)
        try:
            write_log_to(directory.log)
        except OSError as error:
            raise RunDirectoryError(f"{directory.log}: {error.strerror}") from None
        store.open_for_writing()
        yield Trainer(
            training,
            solver,
            store,
            origin,
            _observers(training, directory, solver),
            stack.enter_context(StopSignals()),
            identity=identity(run) | solver.identity(),
        )


def _advise(training: MCCFRConfig) -> None:
    for warning in known_to_hurt(training):
        logger.warning("%s", warning)
    for line in without_effect(training):
        logger.info("%s", line)


def _checkpoint_to_continue(store: CheckpointStore, resume_from: Path) -> Checkpoint | None:
    """Returns the run directory's own newest checkpoint, or else the one to resume from."""
    own = store.newest_valid()
    if own is not None:
        store.protect(own)
    logdir = store.directory.parent
    if resume_from.resolve() == logdir.resolve():
        source = own
    elif (resume_from / "config.yaml").exists() and not (
        CheckpointStore(resume_from / "checkpoints").list()
    ):
        source = None  # a run that was stopped before its first checkpoint
    else:
        source = find_checkpoint(resume_from)
    if own is None:
        if source is None:
            logger.warning("%s holds no checkpoint; training starts from iteration 0", resume_from)
        return source
    if source is not None and source.iteration > own.iteration:
        raise RunDirectoryError(
            f"--logdir {logdir} holds another run, at iteration {own.iteration:,} behind "
            f"{source.policy_path} at {source.iteration:,}: name a new --logdir"
        )
    if source is None or source.policy_path.resolve() != own.policy_path.resolve():
        logger.info("%s has newer progress of its own, which wins over %s", logdir, resume_from)
    return own


def _origin(store: CheckpointStore, checkpoint: Checkpoint | None) -> Origin:
    if checkpoint is None:
        return Origin()
    ours = checkpoint.directory.resolve() == store.directory.resolve()
    metadata = checkpoint.metadata
    return Origin(
        # A new run directory starts a new time budget; the total goes on.
        elapsed_seconds=float(metadata.get("elapsed_seconds", 0)) if ours else 0.0,
        elapsed_seconds_total=float(metadata.get("elapsed_seconds_total", 0)),
        parent=str(checkpoint.policy_path),
        saved_iteration=checkpoint.iteration if ours else None,
    )


def _solver(run: RunConfig, checkpoint: Checkpoint | None, origin: Origin) -> Solver:
    """Returns the solver, at the checkpoint's iteration if there is one."""
    if checkpoint is not None and is_complete(
        run.training, checkpoint.iteration, origin.elapsed_seconds
    ):
        raise RunAlreadyComplete(
            f"nothing to do: {checkpoint.policy_path} is complete at iteration "
            f"{checkpoint.iteration:,}"
        )
    # Imported last: what is refused above needs none of the core.
    from holdem.mccfr.solver import build_solver

    solver: Solver = build_solver(run)
    if checkpoint is None:
        logger.info("Starting fresh training")
        return solver
    logger.info("Resuming from checkpoint: %s", checkpoint.policy_path)
    expected = identity(run) | solver.identity()
    check_identity(checkpoint.metadata, expected, checkpoint.policy_path)
    solver.restore(checkpoint)
    logger.info("Successfully resumed from iteration %s", f"{checkpoint.iteration:,}")
    return solver


def _move_in(stack: ExitStack, directory: RunDirectory, run: RunConfig, *, resuming: bool) -> None:
    """Takes the run directory: makes it, locks it, writes down what runs in it."""
    fresh = not directory.occupied
    directory.create()
    if fresh:
        stack.enter_context(RunLock(directory.path))
        # Another process may have come first, run and gone since the first look.
        directory.check(resuming=resuming)
    directory.describe(run)


def _observers(training: MCCFRConfig, directory: RunDirectory, solver: Solver) -> list[Observer]:
    observers: list[Observer] = [LogProgress(training.log_interval_seconds)]
    if on_terminal():
        observers.append(LiveProgress())
    if training.tensorboard:
        observers.append(
            TensorBoardMetrics(directory.tensorboard, solver, training.log_interval_seconds)
        )
    return observers
