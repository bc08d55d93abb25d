"""What a coordinator and its workers say to each other, each message a line of JSON.

A worker reads its standard input: first a ``WorkerOrder``, then an ``Instruction`` each line. The
end of the input is the end of the coordinator. A worker writes a ``Report`` each line: on standard
output, but for the lines of its log, which keep their place among tracebacks on standard error.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from signal import Signals
from typing import Any, TypeAlias, get_args

from holdem.errors import MessageError
from holdem.mccfr.order import RunOrder
from holdem.mccfr.status.run_status import RunStatus
from holdem.typed_json import from_json, to_json

# How a worker ends beside the ways of ``holdem.exit_codes``: failed, and so would another attempt.
NOT_AGAIN = 4

_KIND = "message"


@dataclass(frozen=True)
class WorkerOrder:
    """What a worker has to do.

    Attributes:
        periodic_lines: Whether its log shows progress; a live display does it better.
        shared_memory: Descriptor of the memory in which instances exchange regrets.
    """

    run: RunOrder
    periodic_lines: bool
    shared_memory: int | None = None


@dataclass(frozen=True)
class StopRequest:
    """Save and end, as if the signal of this number had come."""

    signal: int

    def __post_init__(self) -> None:
        Signals(self.signal)  # a ValueError says that there is none


@dataclass(frozen=True)
class Meeting:
    """A round of synchronisation begins.

    Attributes:
        save: Whether all instances save here.
        kept_until: The newest checkpoint up to this iteration may be what all have to go back to.
    """

    save: bool
    kept_until: int


@dataclass(frozen=True)
class Go:
    """All instances have done the step that this one has done."""


@dataclass(frozen=True)
class Closed:
    """There is no round: before all have begun their next chunk, or else ever again."""

    chunk_is_over: bool


@dataclass(frozen=True)
class Arrived:
    """An instance waits for a round.

    Attributes:
        save_due: Whether it would save.
        saved_iteration: Of its newest checkpoint, if it has one.
    """

    iteration: int
    save_due: bool
    saved_iteration: int | None


@dataclass(frozen=True)
class Leave:
    """An instance that has arrived has to stop, and asks to be let go."""


@dataclass(frozen=True)
class Published:
    """The regrets of an instance lie in the shared memory."""


@dataclass(frozen=True)
class Averaged:
    """An instance has averaged its share of the regrets."""


@dataclass(frozen=True)
class LogLine:
    """A line of a worker's log.

    Attributes:
        level: As ``logging`` has it; ``None``: the line was written past the log, by whomever.
        text: Without time and level.
    """

    level: int | None
    text: str

    @property
    def severity(self) -> int:
        """The level; what was written past the log is at least a warning."""
        return logging.WARNING if self.level is None else self.level


Instruction: TypeAlias = StopRequest | Meeting | Go | Closed
Report: TypeAlias = RunStatus | Arrived | Leave | Published | Averaged | LogLine
Message: TypeAlias = WorkerOrder | Instruction | Report


def to_line(message: Message) -> str:
    """Writes a message without the end of its line."""
    return json.dumps({_KIND: type(message).__name__, **to_json(message)})


def read_order(line: str | bytes) -> WorkerOrder:
    """Returns the first message to a worker; raises ``MessageError`` where it is none."""
    order: WorkerOrder = _read(line, (WorkerOrder,))
    return order


def read_instruction(line: str | bytes) -> Instruction:
    """Returns a later message to a worker; raises ``MessageError`` where it is none."""
    instruction: Instruction = _read(line, get_args(Instruction))
    return instruction


def read_report(line: str) -> Report:
    """Returns what a worker says; a line that is no message at all was written past its log.

    Raises:
        MessageError: A message that is unknown or malformed.
    """
    if _content(line) is None:
        return LogLine(None, line)
    report: Report = _read(line, get_args(Report))
    return report


def _read(line: str | bytes, kinds: tuple[type, ...]) -> Any:
    content = _content(line)
    if content is None:
        raise MessageError(f"no message: {line!r:.200}")
    name = content[_KIND]
    kind = next((kind for kind in kinds if kind.__name__ == name), None)
    if kind is None:
        raise MessageError(f"an unexpected message: {name!r:.200}")
    try:
        return from_json(kind, content)
    except ValueError as error:
        raise MessageError(f"a malformed {name}: {' '.join(str(error).split()):.200}") from None


def _content(line: str | bytes) -> dict[str, Any] | None:
    """Returns the object that a line is, ``None`` where it is no message."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and _KIND in content else None
