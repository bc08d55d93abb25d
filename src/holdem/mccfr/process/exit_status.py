"""From how training ended to the exit status of its process (``holdem.exit_codes``)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from holdem.errors import HoldemError, say_error
from holdem.exit_codes import ALREADY_COMPLETE, FAILED, REFUSED, SIGNAL_BASE, STOPPED_AS_ASKED
from holdem.mccfr.observers.progress import Observer
from holdem.mccfr.order import RunOrder
from holdem.mccfr.protocols import Rendezvous
from holdem.mccfr.signals import Interrupted, StopSignals
from holdem.mccfr.trainer import TrainResult

logger = logging.getLogger(__name__)

_COMMAND = "holdem-train-blueprint"


def say(error: Exception) -> None:
    """Prints the one line that a refusal or a failure is."""
    say_error(_COMMAND, error)


def stopped_early(outcome: Interrupted) -> int:
    """Says that there was nothing to save yet; returns the exit status."""
    logger.info("Stopped before training began: %s", outcome)
    return SIGNAL_BASE + outcome.signal


def train_to_exit_status(
    order: RunOrder,
    *,
    synchroniser: Rendezvous | None = None,
    stop: StopSignals | None = None,
    watchers: Sequence[Observer] = (),
) -> tuple[int, TrainResult | None]:
    """Trains a run, or its next chunk, as ``open_run`` sets it up; says on stderr what fails.

    Returns:
        The exit status, and how training ended unless an error ended it.
    """
    # Loads the core, which a configuration that is refused has no need of.
    from holdem.mccfr.process.fatal_signals import explain_fatal_signals
    from holdem.mccfr.run import RunAlreadyComplete, open_run

    explain_fatal_signals(_COMMAND, order.config.buckets)
    status = REFUSED
    try:
        with open_run(order, synchroniser=synchroniser, stop=stop, watchers=watchers) as trainer:
            status = FAILED
            result = trainer.train()
    except RunAlreadyComplete as outcome:
        say(outcome)
        return ALREADY_COMPLETE, None
    except (HoldemError, OSError) as error:
        say(error)
        return status, None
    except Interrupted as outcome:
        return stopped_early(outcome), None
    if result.signal is not None:
        return SIGNAL_BASE + result.signal, result
    return (STOPPED_AS_ASKED if result.as_asked else FAILED), result
