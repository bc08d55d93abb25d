"""The words for how a run and its instances stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdem.mccfr.status.progress_file import InstanceProgress

# The worst first: what a row of totals says.
STATES = ("failed", "unknown", "interrupted", "stopped", "waiting", "running", "complete")


@dataclass(frozen=True)
class InstanceState:
    """How one instance stands.

    Attributes:
        progress: Where nothing trains, ``iteration`` and ``elapsed_seconds`` are those of the
            newest sound checkpoint: what is kept.
        state: One of ``STATES``.
        checkpoint_verified: "sound", "damaged: <reason>", "sizes match" (the bytes were not read);
            ``None``: there is no checkpoint.
    """

    progress: InstanceProgress
    state: str
    checkpoint_age_seconds: float | None
    checkpoint_verified: str | None


@dataclass(frozen=True)
class RunState:
    """How a run stands; ``overall`` is "complete", "running", "stopped" or "failed"."""

    instances: tuple[InstanceState, ...]
    overall: str


def overall_state(states: Iterable[str]) -> str:
    """Returns what a run of instances in these states is as a whole."""
    found = set(states)
    if found & {"running", "waiting"}:
        return "running"
    if found & {"failed", "unknown"}:
        return "failed"
    return "complete" if found == {"complete"} else "stopped"
