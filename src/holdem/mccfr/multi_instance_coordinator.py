"""Runs several instances of one run, each in processes of its own.

Instances have random draws, run directories, locks and checkpoints of their own; one that dies
takes nothing from the others and is started again. If the coordinator dies, they save and stop.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.run_lock import RunLock
from holdem.cores import usable_cores
from holdem.errors import HoldemError, RunDirectoryError
from holdem.exit_codes import ALREADY_COMPLETE, FAILED, REFUSED, SIGNAL_BASE, STOPPED_AS_ASKED
from holdem.logs import log_to_file
from holdem.mccfr.instances.exchange import Exchange, shared_memory
from holdem.mccfr.instances.plan import InstancePlan, RunPlan, plan_run
from holdem.mccfr.instances.starts import Start, Starts, find_starts
from holdem.mccfr.instances.watch import InstanceScreen, RunWatch
from holdem.mccfr.messages import WorkerOrder
from holdem.mccfr.order import RunOrder
from holdem.mccfr.process.exit_status import say, stopped_early
from holdem.mccfr.process.supervisor import RETRY_DELAYS_S, SupervisedRun, supervise
from holdem.mccfr.resume import RunAlreadyComplete
from holdem.mccfr.run import advise
from holdem.mccfr.signals import Interrupted, StopSignals
from holdem.open_files import allow_open_files
from holdem.types import RunConfig

logger = logging.getLogger(__name__)

_FILES_OF_AN_INSTANCE = 5  # three pipes, its directory, and a progress file


def run_instances(
    run: RunConfig,
    logdir: Path,
    resume_from: Path | None = None,
    *,
    until_complete: bool = False,
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
) -> int:
    """Trains all instances of a run; use in the main thread.

    Whatever can be refused is refused before anything is started or written. A stop signal is
    passed on: all instances save and end.

    Args:
        resume_from: A run of several instances, each of which is continued; or a run without, or
            one checkpoint, from which all go on.
        until_complete: With chunks: whether a chunk is followed by the next.
        retry_delays_s: The wait before each attempt to start a crashed instance again, in seconds.

    Returns:
        The worst of the exit statuses of the instances (``holdem.exit_codes``).
    """
    coordinator = _Coordinator(run, RunDirectory(logdir), resume_from, until_complete)
    with ExitStack() as stack:
        stop = stack.enter_context(StopSignals())
        try:
            with stop.interrupting():
                plan = coordinator.prepare(stack)
        except Interrupted as outcome:
            return stopped_early(outcome)
        except RunAlreadyComplete as outcome:
            say(outcome)
            return ALREADY_COMPLETE
        except HoldemError as error:
            say(error)
            return REFUSED
        try:
            return coordinator.train(plan, stop, retry_delays_s)
        except HoldemError as error:
            say(error)
            return FAILED


@dataclass
class _Coordinator:
    run: RunConfig
    directory: RunDirectory
    resume_from: Path | None
    until_complete: bool

    def prepare(self, stack: ExitStack) -> RunPlan:
        """Refuses what cannot be; takes the run directory and returns the plan."""
        resuming = self.run.training.enable_chunked_training or self.resume_from is not None
        directory = self.directory
        write_log_to = stack.enter_context(log_to_file())
        lock = stack.enter_context(directory.taken(resuming=resuming, several=True))
        self._refuse_orphans()
        advise(self.run)
        plan = self._plan()
        lock.keep()
        directory.describe(self.run)
        try:
            write_log_to(directory.log)
        except OSError as error:
            raise RunDirectoryError(f"{directory.log}: {error.strerror}") from None
        return plan

    def train(self, plan: RunPlan, stop: StopSignals, retry_delays_s: Sequence[float]) -> int:
        """Trains all instances and returns the exit status of the command."""
        with ExitStack() as stack:
            memory = None
            if plan.exchange_floats:
                size = len(plan.instances), plan.exchange_floats
                memory = shared_memory(*size, self.directory.path)
                stack.callback(os.close, memory)
            for each in plan.instances:
                each.take_over()
            runs = [self._supervised(each, memory, retry_delays_s) for each in plan.instances]
            interval_s = self.run.training.log_interval_seconds
            watch = RunWatch(self.directory.path, plan.instances, runs, interval_s)
            stack.callback(watch.close)
            exchange = None if memory is None else self._exchange(runs)

            def tick() -> None:
                if exchange is not None:
                    exchange.tick()
                watch.tick()

            supervise(runs, stop, tick)
        statuses = [one.exit_status for one in runs if one.exit_status is not None]
        worst = _worst(statuses)
        if worst == STOPPED_AS_ASKED and all(one.is_complete() for one in runs):
            path = self.directory.path
            logger.info("One strategy of all instances: holdem merge %s -o %s-merged", path, path)
        return worst

    def _plan(self) -> RunPlan:
        """Returns the plan and logs its summary."""
        plan = plan_run(self.run, self.directory, self.resume_from)
        count = len(plan.instances)
        allow_open_files(_FILES_OF_AN_INSTANCE * count, f"num_instances = {count}:")
        if all(each.complete for each in plan.instances):
            places = [
                self.directory.path if each.resume_from is None else self.resume_from
                for each in plan.instances
            ]
            where = " and ".join(map(str, dict.fromkeys(places)))
            raise RunAlreadyComplete(
                f"nothing to do: all {count} instances are complete in {where}"
            )
        for line in plan.summary():
            logger.info("%s", line)
        if count > (cores := usable_cores()):
            logger.warning("%d instances share %d cores: each will be slower", count, cores)
        return plan

    def _refuse_orphans(self) -> None:
        """Refuses a directory in which instances of an earlier coordinator still run."""
        for number in self.directory.instance_directories():
            try:
                with RunLock(self.directory.instance(number).path, standing=self.directory.path):
                    pass
            except RunDirectoryError as error:
                raise RunDirectoryError(
                    f"{error}; instances whose coordinator is gone save and stop: try again soon"
                ) from None

    def _supervised(
        self, plan: InstancePlan, memory: int | None, retry_delays_s: Sequence[float]
    ) -> SupervisedRun:
        order = RunOrder(
            plan.run,
            plan.directory.path,
            plan.resume_from,
            plan.instance,
            not_after=None if memory is None else plan.start.iteration,
            standing=self.directory.path,
        )
        number = plan.instance.number
        screen = InstanceScreen(number)
        run = SupervisedRun(
            WorkerOrder(order, periodic_lines=False, shared_memory=memory),
            self.until_complete,
            screen,
            retry_delays_s,
            f"Instance {number}",
        )
        if plan.complete:
            run.exit_status = ALREADY_COMPLETE
        return run

    def _exchange(self, runs: Sequence[SupervisedRun]) -> Exchange:
        interval = self.run.training.sync_interval
        assert interval is not None

        def starts() -> list[Start]:
            return find_starts(Starts(self.directory, self.resume_from), len(runs), interval)

        exchange = Exchange(runs, interval, starts)
        for number, run in enumerate(runs):
            run.listen = partial(exchange.hear, number)
        return exchange


def _worst(statuses: Sequence[int]) -> int:
    """Returns the exit status that a person has to know first."""
    if all(status == ALREADY_COMPLETE for status in statuses):
        return ALREADY_COMPLETE
    for status in (FAILED, REFUSED):
        if status in statuses:
            return status
    return max([status for status in statuses if status > SIGNAL_BASE], default=STOPPED_AS_ASKED)
