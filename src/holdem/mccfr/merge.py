"""Merges the checkpoints of many instances into one: strategy sums added, regrets averaged.

An average strategy is a sum over iterations, and so is that of several instances together: adding
their strategy sums weighs every iteration as it was weighed in its own instance. Regrets are
averaged so that training can go on from the result. What that promises, and what it does not, is
said in ``docs/MERGING.md``.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from holdem import _core
from holdem.abstraction.bucket_file import Buckets, open_buckets
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.history import total_iterations
from holdem.checkpoint.identity import check_identity
from holdem.config import identity
from holdem.errors import (
    ConfigError,
    DamagedCheckpointError,
    IncompatibleCheckpointError,
    MemoryPlanError,
)
from holdem.mccfr.merging.output import Output
from holdem.mccfr.merging.sources import (
    LeftOut,
    Source,
    check_same_run,
    count_once,
    find_sources,
)
from holdem.mccfr.solver import Solver, strategy_exponent
from holdem.mccfr.status.street_figures import by_street
from holdem.memory import available_memory_bytes
from holdem.policy.finding import bucket_source_of
from holdem.storage.datafile import Array
from holdem.types import BucketSource, GameConfig, MCCFRConfig, RunConfig
from holdem.units import format_bytes

PART_BYTES = 8 << 20

# Told what is being done and which share of it is done.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Merge:
    """What became of a merge.

    Attributes:
        checkpoint: The merged one.
        sources: What is in it.
        left_out: What is not, because a source holds all of it.
    """

    checkpoint: Checkpoint
    sources: Sequence[Source]
    left_out: Sequence[LeftOut]

    @property
    def total_iterations(self) -> int:
        """Iterations that the merged strategy sums hold."""
        return sum(total_iterations(source.history) for source in self.sources)


def merge_checkpoints(
    paths: Sequence[Path],
    out: Path,
    buckets: BucketSource | None = None,
    progress: Progress = lambda step, share: None,
) -> Merge:
    """Merges the checkpoints that paths mean into the run directory ``out``.

    All bytes are verified before any is written, and what is written depends neither on the order
    of the paths nor on where they lie. Memory holds the tables of one checkpoint.

    Args:
        paths: Runs of several instances (the newest sound checkpoint of each), runs,
            ``checkpoints`` directories, or files of checkpoints.
        out: Holds no run yet.
        buckets: Bucket file, or lossless; by default what one of the runs names.

    Raises:
        HoldemError: Something is refused; its message is one line. ``out`` is as it was.
    """
    output = Output(out)
    output.check(paths)
    found = find_sources(paths, lambda share: progress("verifying", share))
    check_same_run(found)
    sources, left_out = count_once(found)
    iteration = max(source.checkpoint.iteration for source in sources)
    run, loaded = _run_of(found, sources, iteration, buckets)
    tables = [_Tables(source) for source in sources]
    solver, merger = _planned(run, loaded, tables, iteration)
    output.check_space(solver.table_bytes)
    _add_all(tables, merger, progress)
    progress("writing", 1.0)
    checkpoint = output.save(
        run,
        iteration,
        solver.policy_content(),
        solver.regret_content(),
        _metadata(run, solver, sources),
    )
    return Merge(checkpoint, sources, left_out)


def _run_of(
    found: Sequence[Source], sources: Sequence[Source], iteration: int, given: BucketSource | None
) -> tuple[RunConfig, Buckets | None]:
    """Returns the configuration of the merged run, and its buckets, whose tables are not read."""
    configuration = sources[0].metadata["configuration"]
    if "storage" in configuration["training"]:
        raise IncompatibleCheckpointError(
            f"{sources[0].path}: its tables are compact, which cannot be merged"
        )
    try:
        game = GameConfig(**configuration["game"])
        training = MCCFRConfig(
            **configuration["training"]
            | {"seed": min(source.seed for source in sources), "num_iterations": max(1, iteration)}
        )
    except (ConfigError, TypeError) as error:
        raise IncompatibleCheckpointError(f"{sources[0].path}: {error}") from None
    if game.name != "holdem":
        if given is not None:
            raise ConfigError(f"--buckets {given}: {game.name} has none; leave it out")
        return RunConfig(game=game, training=training), None
    wanted = sources[0].metadata["bucket_hash"]
    source = given or bucket_source_of([source.checkpoint for source in found])
    if source is None:
        raise ConfigError("buckets: none given; name the bucket file with --buckets")
    loaded = open_buckets(source, game.ranks, verify=False)
    if loaded.bucket_hash != wanted:
        raise ConfigError(
            f"--buckets {source}: not the buckets of {sources[0].path}, which have the hash "
            f"{wanted}"
        )
    return RunConfig(game=game, training=training, buckets=source), loaded


def _planned(
    run: RunConfig, buckets: Buckets | None, tables: Sequence[_Tables], iteration: int
) -> tuple[Solver, _core.TableMerger]:
    """Returns a solver in which everything has its place, and what fills its tables.

    Raises:
        MemoryPlanError: They do not fit.
    """
    available = available_memory_bytes()
    needed = max(table.size_bytes for table in tables)
    if needed > available:
        raise _too_large(f"the tables of one checkpoint need {format_bytes(needed)}", available)
    try:
        solver = Solver(run.game, run.training, buckets, memory_limit_bytes=available)
    except MemoryPlanError as error:
        raise _too_large(str(error), available) from None
    _check_configuration(run, solver, tables[0].source)
    merger = solver.merger(iteration)
    for table in tables:
        try:
            table.begin(merger)
        except OverflowError as error:
            raise _too_large(str(error), available) from None
    return solver, merger


def _add_all(tables: Sequence[_Tables], merger: _core.TableMerger, progress: Progress) -> None:
    """Adds the tables in order, one part in memory at a time."""
    buffer = np.frombuffer(mmap.mmap(-1, PART_BYTES), np.float32)  # at the beginning of a page
    total, done = sum(table.size_bytes for table in tables), 0
    for table in tables:
        table.begin(merger)
        for size in table.add_to(merger, buffer):
            done += size
            progress("merging", done / total)
    merger.average_regrets(len(tables))


class _Tables:
    """The opened tables of a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.regrets = source.regrets
        self.policy = source.policy

    @property
    def size_bytes(self) -> int:
        """Bytes of both tables."""
        return sum(
            file.arrays[name].size_bytes if name in file.arrays else 0
            for file, name in ((self.regrets, "regrets"), (self.policy, "strategy_sums"))
        )

    def begin(self, merger: _core.TableMerger) -> None:
        """Makes these the tables whose parts a merger is given next.

        Raises:
            OverflowError: They do not fit in memory.
        """
        nodes, strips = (self.policy.array(name) for name in ("grown_nodes", "grown_strips"))
        checkpoint, metadata = self.source.checkpoint, self.source.metadata
        try:
            merger.begin_source(nodes, strips, checkpoint.iteration, strategy_exponent(metadata))
        except (TypeError, ValueError) as error:
            raise DamagedCheckpointError(f"{self.source.path}: {error}") from None
        for file, name in ((self.regrets, "regrets"), (self.policy, "strategy_sums")):
            shape = file.arrays[name].shape if name in file.arrays else None
            if shape != (merger.source_floats,):
                raise DamagedCheckpointError(
                    f"{file.path}: its betting tree has {name} of shape "
                    f"[{merger.source_floats}], found {shape}"
                )

    def add_to(self, merger: _core.TableMerger, buffer: Array) -> Iterator[int]:
        """Adds both tables part by part; yields the bytes of each part."""
        try:
            for part in self.regrets.read_parts("regrets", buffer):
                merger.add_regrets(part)
                yield part.nbytes
            for part in self.policy.read_parts("strategy_sums", buffer):
                merger.add_strategy_sums(part)
                yield part.nbytes
        except RuntimeError as error:  # a stamp that no run has written
            raise DamagedCheckpointError(f"{self.source.path}: {error}") from None


def _check_configuration(run: RunConfig, solver: Solver, source: Source) -> None:
    """Refuses a checkpoint that this version would not call one of the same run."""
    expected: dict[str, Any] = identity(run) | solver.identity()
    expected["configuration"]["training"]["seed"] = source.seed
    expected["rng"] = {**expected["rng"], "instance": source.metadata["rng"]["instance"]}
    check_identity(source.metadata, expected, source.path)


def _too_large(what: str, available: int) -> MemoryPlanError:
    return MemoryPlanError(
        f"{what}, and {format_bytes(available)} of memory can be had: merge on a larger machine"
    )


def _metadata(run: RunConfig, solver: Solver, sources: Sequence[Source]) -> dict[str, Any]:
    """Returns what a run's checkpoint says, and what this one was merged from.

    Nothing in it depends on where the sources lie, on the clock or on the machine.
    """
    history = sorted(segment for source in sources for segment in source.history)
    elapsed = (float(source.metadata.get("elapsed_seconds_total", 0)) for source in sources)
    return {
        **solver.metadata(),
        **identity(run),
        **solver.identity(),
        "instance": 0,
        "iteration_range": None,
        "merged": True,
        "history": [asdict(segment) for segment in history],
        "ancestry": [
            {
                "instance": source.metadata["instance"],
                "seed": source.seed,
                "iteration": source.checkpoint.iteration,
                "iteration_range": source.metadata.get("iteration_range"),
                "digest": source.metadata["digest"],
            }
            for source in sources
        ],
        "elapsed_seconds": 0.0,  # none has been spent in this run directory
        "elapsed_seconds_total": math.fsum(elapsed),
        "chunk_elapsed_seconds": 0.0,
        "chunk": None,
        "parent_checkpoint": None,
        "metrics": {
            "num_infosets": solver.num_infosets,
            "table_bytes": solver.table_bytes,
            "streets": by_street(solver.street_figures()),
        },
    }
