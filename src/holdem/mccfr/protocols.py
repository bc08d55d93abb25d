"""What the run loop asks of its parts, so that it can be tested without cards or disks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from holdem.mccfr.messages import Meeting
from holdem.mccfr.status.street_figures import StreetFigures


class SavedCheckpoint(Protocol):
    """One checkpoint on disk."""

    @property
    def iteration(self) -> int: ...
    @property
    def policy_path(self) -> Path: ...
    @property
    def metadata(self) -> Mapping[str, Any]: ...


class TrainableSolver(Protocol):
    """Trains in slices and hands out its state."""

    @property
    def iteration(self) -> int:
        """Completed iterations."""

    @property
    def nodes_visited(self) -> int:
        """Nodes visited by this process."""

    @property
    def table_bytes(self) -> int: ...
    @property
    def num_infosets(self) -> int: ...
    @property
    def memory_limit_reached(self) -> bool: ...
    @property
    def current_epsilon(self) -> float: ...
    @property
    def discount_block(self) -> int: ...

    def run(self, iterations: int, seconds: float) -> int:
        """Trains at most ``iterations`` more, for about ``seconds``; returns how many ran."""

    def street_figures(self) -> Sequence[StreetFigures]: ...
    def policy_content(self) -> dict[str, Any]: ...
    def regret_content(self) -> dict[str, Any]: ...

    def metadata(self) -> dict[str, Any]:
        """What changes during training and belongs in a checkpoint's metadata, as JSON."""

    def identity(self) -> dict[str, Any]:
        """What never changes and a checkpoint must share, such as ``bucket_hash``, as JSON."""

    def restore(self, checkpoint: Any, *, strategy_sums: bool = True) -> None:
        """Takes up a checkpoint's state, or its regrets alone, verifying its bytes meanwhile.

        Raises ``DamagedCheckpointError`` where they are not what was saved.
        """


class Rendezvous(Protocol):
    """Meets the other instances; see ``holdem.mccfr.synchroniser``."""

    chunk_is_over: bool

    def iterations_left(self, iteration: int) -> int | None:
        """Iterations until the next meeting, 0 where it is due, ``None`` if there is none."""

    def meet(
        self,
        iteration: int,
        *,
        save_due: bool,
        saved_iteration: int | None,
        idle: Callable[[], bool],
    ) -> Meeting | None:
        """Waits for the others; ``None`` if somebody has to stop, as ``idle`` may tell."""

    def average(self, iteration: int, table: Any) -> bool:
        """Averages regrets; whether it came to an end."""


class SaveUnderWay(Protocol):
    """A save that has begun."""

    @property
    def is_done(self) -> bool:
        """Whether ``wait`` does not wait."""

    @property
    def copied_bytes(self) -> int | None:
        """Memory it has taken; None where it was done in place. After ``wait``."""

    def wait(self) -> SavedCheckpoint: ...


class CheckpointWriter(Protocol):
    """Writes checkpoints; raises ``CheckpointError`` when it cannot."""

    def keep_newest_until(self, iteration: int) -> None:
        """Lets retention keep the newest checkpoint up to an iteration."""

    def update_metadata(self, iteration: int, fields: dict[str, Any]) -> None:
        """Replaces some fields of a checkpoint's metadata."""

    def begin_save(
        self,
        iteration: int,
        policy: dict[str, Any],
        regrets: dict[str, Any],
        metadata: dict[str, Any],
    ) -> SaveUnderWay: ...

    def save(
        self,
        iteration: int,
        policy: dict[str, Any],
        regrets: dict[str, Any],
        metadata: dict[str, Any],
    ) -> SavedCheckpoint: ...
