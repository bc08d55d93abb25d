"""Puts one run together: directory, checkpoint to go on from, solver, log, observers, run loop."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psutil

from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.run_lock import RunLock
from holdem.checkpoint.store import CheckpointStore
from holdem.config import identity, known_to_hurt, repaired_menus, without_effect
from holdem.errors import RunDirectoryError
from holdem.logs import log_to_file, on_terminal
from holdem.mccfr.chunk import Chunk, chunk_size
from holdem.mccfr.instance import Instance
from holdem.mccfr.observers.event_files import cut_event_files
from holdem.mccfr.observers.metrics import TensorBoardMetrics
from holdem.mccfr.observers.progress import LiveProgress, LogProgress, Observer
from holdem.mccfr.order import RunOrder
from holdem.mccfr.protocols import Rendezvous, TrainableSolver
from holdem.mccfr.resume import RunAlreadyComplete, begin
from holdem.mccfr.signals import StopSignals
from holdem.mccfr.trainer import Trainer
from holdem.types import MCCFRConfig, RunConfig
from holdem.units import format_bytes

__all__ = ["RunAlreadyComplete", "open_run"]

logger = logging.getLogger(__name__)


@contextmanager
def open_run(
    order: RunOrder,
    *,
    synchroniser: Rendezvous | None = None,
    stop: StopSignals | None = None,
    watchers: Sequence[Observer] = (),
) -> Iterator[Trainer]:
    """Yields the trainer of a run, or of its next chunk, that is ready to start.

    Whatever can be refused is refused on entry, before anything is written. Use in the main thread,
    which receives the signals.

    Args:
        synchroniser: Meets the other instances, where they are synchronised.
        stop: Signals that are noted already before the run starts; by default its own.
        watchers: Observers beside those that the configuration asks for.

    Raises:
        RunAlreadyComplete: The checkpoint to go on from has reached the targets.
        HoldemError: Any other refusal; its message is one line.
        Interrupted: A stop signal came before there was anything to save.
    """
    run, instance, training = order.config, order.instance, order.config.training
    chunked = training.enable_chunked_training
    # A coordinator of several instances has decided that for each of them.
    resuming = chunked or order.resume_from is not None or instance.count is not None
    directory = RunDirectory(order.logdir)
    directory.check(resuming=resuming)
    store = CheckpointStore(directory.checkpoints, training.keep_checkpoints, training.keep_every)
    with ExitStack() as stack:
        write_log_to = stack.enter_context(log_to_file())
        if directory.occupied:
            stack.enter_context(RunLock(order.logdir))
        advise(run)
        if chunked:
            logger.info("Chunked Training Mode Initialized")
            logger.info("Chunk size: %s", chunk_size(training))
        stop = stop or stack.enter_context(StopSignals())
        with stop.interrupting():
            beginning = begin(order, store)
        solver = beginning.solver
        chunk = None
        if chunked:
            chunk = Chunk.next(training, solver.iteration, beginning.metadata)
            memory = psutil.Process().memory_info().rss
            logger.info("Memory at the start of this chunk: %s", format_bytes(memory))
        _move_in(stack, directory, run, resuming=resuming)
        try:
            write_log_to(directory.log)
        except OSError as error:
            raise RunDirectoryError(f"{directory.log}: {error.strerror}") from None
        store.open_for_writing()
        cut_event_files(directory.tensorboard, solver.iteration)
        yield Trainer(
            training,
            solver,
            store,
            beginning.origin,
            [*watchers, *_observers(training, directory, solver, instance)],
            stop,
            identity=identity(run) | solver.identity(),
            chunk=chunk,
            instance=instance,
            synchroniser=synchroniser,
        )


def advise(run: RunConfig) -> None:
    """Logs what a person should know about a configuration."""
    for warning in [*repaired_menus(run.game), *known_to_hurt(run.training)]:
        logger.warning("%s", warning)
    for line in without_effect(run.training):
        logger.info("%s", line)


def _move_in(stack: ExitStack, directory: RunDirectory, run: RunConfig, *, resuming: bool) -> None:
    """Takes the run directory: makes it, locks it, writes down what runs in it."""
    fresh = not directory.occupied
    directory.create()
    if fresh:
        stack.enter_context(RunLock(directory.path))
        # Another process may have come first, run and gone since the first look.
        directory.check(resuming=resuming)
    directory.describe(run)


def _observers(
    training: MCCFRConfig, directory: RunDirectory, solver: TrainableSolver, instance: Instance
) -> list[Observer]:
    observers: list[Observer] = [LogProgress(training.log_interval_seconds)]
    if on_terminal():
        observers.append(LiveProgress())
    if training.tensorboard:
        observers.append(
            TensorBoardMetrics(
                directory.tensorboard,
                solver,
                training.log_interval_seconds,
                instance=instance.number,
            )
        )
    return observers
