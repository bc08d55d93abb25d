"""Finds the checkpoints to merge and decides which of them count."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.history import History, Segment, history_of
from holdem.checkpoint.identity import differences
from holdem.checkpoint.run_directory import RunDirectory
from holdem.checkpoint.store import load_checkpoint, run_store
from holdem.errors import CheckpointError, IncompatibleCheckpointError
from holdem.open_files import allow_open_files
from holdem.storage.datafile import DataFile

logger = logging.getLogger(__name__)

# What runs that are merged agree in, but for seed and instance.
_IDENTITY = ("configuration", "bucket_hash", "layout", "rng")
_NEEDED = (*_IDENTITY, "instance", "history")


@dataclass(frozen=True)
class Source:
    """One checkpoint whose bytes have been found sound.

    Attributes:
        history: The iterations that its strategy sums hold; no segment without any.
        regrets, policy: Its data files.
    """

    checkpoint: Checkpoint
    history: History
    regrets: DataFile
    policy: DataFile

    @property
    def path(self) -> Path:
        return self.checkpoint.policy_path

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.checkpoint.metadata

    @property
    def seed(self) -> int:
        return int(self.metadata["configuration"]["training"]["seed"])

    @property
    def place(self) -> tuple[History, str]:
        """Where it stands among others, wherever its files lie and however they were named."""
        return self.history, self.metadata["digest"]

    def holds(self, other: Source) -> bool:
        """Returns whether all iterations of ``other`` are among those of this one."""
        ends = {segment.training: segment.end for segment in self.history}
        return all(ends.get(segment.training, -1) >= segment.end for segment in other.history)


@dataclass(frozen=True)
class LeftOut:
    """A checkpoint that a merge does not need.

    Attributes:
        held_by: One that does count and has all its iterations.
    """

    source: Source
    held_by: Source

    @property
    def reason(self) -> str:
        if not self.source.history:
            return "its strategy sums hold no iteration"
        same = self.source.holds(self.held_by)
        relation = "the same training as" if same else "all its iterations are in"
        return f"{relation} {self.held_by.path}"


def find_sources(
    paths: Iterable[Path], progress: Callable[[float], None] = lambda share: None
) -> list[Source]:
    """Returns the checkpoints that paths mean, every byte verified, in an order of their own.

    The order does not depend on the paths: it is that of the histories.

    Raises:
        CheckpointError: A path means no checkpoint, all checkpoints of an instance are damaged, or
            one cannot be merged at all.
    """
    places = [place for path in paths for place in _places(path)]
    allow_open_files(2 * len(places), f"merging {len(places)} checkpoints")
    found = []
    for number, place in enumerate(places):
        progress(number / len(places))
        found.append(load_checkpoint(place, _source))
    return sorted(found, key=lambda source: source.place)


def check_same_run(sources: Sequence[Source]) -> None:
    """Refuses checkpoints that differ in anything but seed, instance and iterations.

    Raises:
        IncompatibleCheckpointError: Names two of them and what differs.
    """
    first = sources[0]
    expected = _identity_of(first)
    for other in sources[1:]:
        found = differences(_identity_of(other), expected)
        if not found:
            continue
        buckets = [texts for field, *texts in found if field == "bucket_hash"]
        if buckets:
            theirs, ours = buckets[0]
            raise IncompatibleCheckpointError(
                f"cannot merge {first.path} and {other.path}: they were trained with different "
                f"buckets, of hash {ours} and {theirs}"
            )
        details = "; ".join(f"{field} is {ours} and {theirs}" for field, theirs, ours in found)
        raise IncompatibleCheckpointError(f"cannot merge {first.path} and {other.path}: {details}")


def count_once(sources: Sequence[Source]) -> tuple[list[Source], list[LeftOut]]:
    """Leaves out those whose iterations are all in another one.

    Raises:
        IncompatibleCheckpointError: Two of the others have iterations in common.
    """
    held = [_is_held(position, sources) for position in range(len(sources))]
    counted = [source for source, is_held in zip(sources, held, strict=True) if not is_held]
    left_out = [
        LeftOut(source, next(other for other in counted if other.holds(source)))
        for source, is_held in zip(sources, held, strict=True)
        if is_held
    ]
    for one, other in combinations(counted, 2):
        _refuse_common_iterations(one, other)
    return counted, left_out


def _places(path: Path) -> list[Path]:
    """Returns the path itself, or the instances of a run of several that have checkpoints."""
    instances = _instance_directories(path)
    if not instances:
        return [path]
    if run_store(path).list():
        raise CheckpointError(
            f"{path}: holds instances and checkpoints of its own: name {path}/checkpoints or the "
            "instances"
        )
    saved = [number for number, place in instances.items() if run_store(place).present()]
    if not saved:
        raise CheckpointError(f"{path}: none of its instances has a checkpoint")
    for number in sorted(set(instances) - set(saved)):
        logger.warning("%s is left out: it has no checkpoint", path / f"instance_{number}")
    for number in RunDirectory(path).left_out():
        place = RunDirectory(path).instance(number).path
        text = "%s is left out: the run has %d instances since; name it as well to merge it"
        logger.warning(text, place, len(instances))
    return [instances[number] for number in saved]


def _instance_directories(path: Path) -> dict[int, Path]:
    """Returns the directories ``instance_K`` of a run by K; none for anything but such a run."""
    run = RunDirectory(path)
    return {number: run.instance(number).path for number in run.instances()}


def _source(checkpoint: Checkpoint) -> Source:
    history = history_of(checkpoint.metadata_with(*_NEEDED))
    iterations = tuple(segment for segment in history if segment.iterations > 0)
    # Held: a run that lives may let it go at any time.
    return Source(checkpoint, iterations, *checkpoint.hold())


def _identity_of(source: Source) -> dict[str, Any]:
    identity = {name: source.metadata[name] for name in _IDENTITY}
    configuration, rng = identity["configuration"], identity["rng"]
    training = _without(configuration["training"], "seed")
    identity["configuration"] = {**configuration, "training": training}
    identity["rng"] = _without(rng, "instance")
    return identity


def _without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _is_held(position: int, sources: Sequence[Source]) -> bool:
    """Returns whether another one makes this one needless; of equal ones the first stays."""
    source = sources[position]
    return any(
        other.holds(source) and (at < position or not source.holds(other))
        for at, other in enumerate(sources)
        if at != position
    )


def _refuse_common_iterations(one: Source, other: Source) -> None:
    ends = {segment.training: segment for segment in other.history}
    for segment in one.history:
        common = ends.get(segment.training)
        if common is not None:
            raise IncompatibleCheckpointError(
                f"cannot merge {one.path} and {other.path}: both hold "
                f"{_words(segment, min(segment.end, common.end))}, which would count twice"
            )


def _words(segment: Segment, end: int) -> str:
    return (
        f"iterations {segment.start:,} to {end:,} of seed {segment.seed}, instance "
        f"{segment.instance}"
    )
