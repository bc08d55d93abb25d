"""Puts one run together: directory, checkpoint to go on from, solver, log, observers, run loop."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from holdem.config import known_to_hurt, without_effect
from holdem.errors import ConfigError, HoldemError, RunDirectoryError
from holdem.logs import log_to_file, on_terminal
from holdem.mccfr.checkpoint import CheckpointStore, RunLock, check_identity, find_checkpoint
from holdem.mccfr.metrics import TensorBoardMetrics
from holdem.mccfr.progress import LiveProgress, LogProgress, Observer
from holdem.mccfr.protocols import Checkpoint, Solver
from holdem.mccfr.run_directory import RunDirectory
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.solver import build_solver
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
        raise ConfigError("enable_chunked_training = True: not possible with this command")
    directory = RunDirectory(logdir)
    directory.check(resuming=resume_from is not None)
    with ExitStack() as stack:
        write_log_to = stack.enter_context(log_to_file())
        if directory.occupied:
            stack.enter_context(RunLock(logdir))
        _advise(run.training)
        checkpoint = _checkpoint_to_continue(directory, resume_from) if resume_from else None
        origin = _origin(directory, checkpoint)
        solver = _solver(run, checkpoint, origin)
        _move_in(stack, directory, run, resuming=resume_from is not None)
        write_log_to(directory.log)
        yield Trainer(
            run.training,
            solver,
            CheckpointStore(
                directory.checkpoints, run.training.keep_checkpoints, run.training.keep_every
            ),
            origin,
            _observers(run.training, directory, solver),
            stack.enter_context(StopSignals()),
        )


def _advise(training: MCCFRConfig) -> None:
    for warning in known_to_hurt(training):
        logger.warning("%s", warning)
    for line in without_effect(training):
        logger.info("%s", line)


def _checkpoint_to_continue(directory: RunDirectory, resume_from: Path) -> Checkpoint | None:
    """Returns the run directory's own newest checkpoint, or else the one to resume from."""
    own = find_checkpoint(directory.path) if directory.checkpoints.exists() else None
    source = find_checkpoint(resume_from)
    if own is None:
        if source is None:
            logger.warning("%s holds no checkpoint; training starts from iteration 0", resume_from)
        return source
    if source is not None and source.iteration > own.iteration:
        raise RunDirectoryError(
            f"--logdir {directory.path} holds another run, at iteration {own.iteration:,} behind "
            f"{source.path} at {source.iteration:,}: name a new --logdir"
        )
    if source is not None and source.path != own.path:
        logger.info("%s has newer progress of its own, which wins over %s", own.path, source.path)
    return own


def _origin(directory: RunDirectory, checkpoint: Checkpoint | None) -> Origin:
    if checkpoint is None:
        return Origin()
    ours = checkpoint.path.resolve().is_relative_to(directory.path.resolve())
    elapsed_seconds = float(checkpoint.metadata["elapsed_seconds"])
    return Origin(
        # A new run directory starts a new time budget; the total goes on.
        elapsed_seconds=elapsed_seconds if ours else 0.0,
        elapsed_seconds_total=float(checkpoint.metadata["elapsed_seconds_total"]),
        parent=str(checkpoint.path),
        saved_iteration=checkpoint.iteration if ours else None,
    )


def _solver(run: RunConfig, checkpoint: Checkpoint | None, origin: Origin) -> Solver:
    """Returns the solver, at the checkpoint's iteration if there is one."""
    if checkpoint is not None and is_complete(
        run.training, checkpoint.iteration, origin.elapsed_seconds
    ):
        raise RunAlreadyComplete(
            f"nothing to do: {checkpoint.path} is complete at iteration {checkpoint.iteration:,}"
        )
    solver: Solver = build_solver(run)
    if checkpoint is None:
        logger.info("Starting fresh training")
        return solver
    logger.info("Resuming from checkpoint: %s", checkpoint.path)
    check_identity(checkpoint.metadata, solver.metadata(), checkpoint.path)
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
