"""Puts one run together: directory, checkpoint to go on from, solver, log, observers, run loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil

from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.space import check_space, checkpoint_bytes
from holdem.checkpoint.store import CheckpointStore
from holdem.config import (
    cuts_within_batches,
    identity,
    known_to_hurt,
    repaired_menus,
    without_effect,
)
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
from holdem.storage.file_watch import FileWatch
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
    store = CheckpointStore(directory.checkpoints, training.keep_checkpoints, training.keep_every)
    with ExitStack() as stack:
        write_log_to = stack.enter_context(log_to_file())
        lock = stack.enter_context(directory.taken(resuming=resuming, standing=order.standing))
        checks = [lock.check, *_watch_buckets(stack, run)]
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
        # What would be lost at the end is refused here.
        check_space(
            store.directory, checkpoint_bytes(solver.policy_content(), solver.regret_content())
        )
        store.open_for_writing()
        lock.keep()
        directory.describe(run)
        try:
            write_log_to(directory.log)
        except OSError as error:
            raise RunDirectoryError(f"{directory.log}: {error.strerror}") from None
        cut_event_files(directory.tensorboard, solver.iteration)
        yield Trainer(
            training,
            solver,
            store,
            beginning.origin,
            [*watchers, *_observers(training, directory, solver, beginning.instance)],
            stop,
            identity=identity(run) | solver.identity(),
            checks=checks,
            chunk=chunk,
            instance=beginning.instance,
            synchroniser=synchroniser,
        )


def advise(run: RunConfig) -> None:
    """Logs what a person should know about a configuration."""
    for warning in [*repaired_menus(run.game), *known_to_hurt(run.training, run.game)]:
        logger.warning("%s", warning)
    for line in [*without_effect(run.training, run.game), *cuts_within_batches(run)]:
        logger.info("%s", line)


def _watch_buckets(stack: ExitStack, run: RunConfig) -> list[Callable[[], None]]:
    """Returns what notices that the bucket file is changed, from before it is read."""
    if not isinstance(run.buckets, Path):
        return []
    try:
        watch = stack.enter_context(closing(FileWatch(run.buckets)))
    except OSError:
        return []  # reading it says why
    return [watch.check]


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
