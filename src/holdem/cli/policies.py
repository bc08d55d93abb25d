"""What the commands that look at policies share: from a path to checkpoints and their buckets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from holdem.abstraction.bucket_file import Buckets, load_buckets
from holdem.config import load_run_config
from holdem.errors import CheckpointError, ConfigError, DataFileError, HoldemError
from holdem.mccfr.checkpoint import Checkpoint, CheckpointStore, find_checkpoint
from holdem.policy.policy import Policy

FAILED, REFUSED, INTERRUPTED = 1, 2, 130


@contextmanager
def one_line_errors(command: str) -> Iterator[None]:
    """Ends the command with one line and an exit status where an error comes through."""
    try:
        yield
    except HoldemError as error:
        message, code = str(error), REFUSED
    except OSError as error:
        message, code = f"{error.filename or 'system'}: {error.strerror or error}", FAILED
    except KeyboardInterrupt:
        message, code = "interrupted", INTERRUPTED
    else:
        return
    typer.echo(f"{command}: {message}", err=True)
    raise typer.Exit(code)


def buckets_of(path: Path, given: Path | None) -> Buckets | None:
    """Loads the buckets of a run or checkpoint: those given, or those its run was trained with.

    Returns:
        None where the run needs none, or nothing says which (the policy then refuses).
    """
    if given is not None:
        return load_buckets(given)
    config = run_directory_of(path) / "config.yaml"
    if not config.is_file():
        return None
    named = load_run_config(config, {}).buckets
    return None if named is None else load_buckets(named)


def run_directory_of(path: Path) -> Path:
    """Returns the run directory that a run directory, ``checkpoints`` or checkpoint file means."""
    directory = path if path.is_dir() else path.parent
    return directory.parent if directory.name == "checkpoints" else directory


def open_policy(checkpoint: Checkpoint, buckets: Buckets | None, share: Policy | None) -> Policy:
    """Opens the policy of a checkpoint after reading all its bytes and finding them sound."""
    try:
        checkpoint.policy().verify(checkpoint.policy_digest)
        return Policy.open(checkpoint.policy_path, buckets, share)
    except DataFileError as error:
        raise CheckpointError(str(error)) from None


def find_policy(path: Path, buckets: Path | None) -> tuple[Checkpoint, Policy]:
    """Finds the checkpoint that a path means, and opens its policy.

    Raises:
        HoldemError: There is none, it is damaged, or its buckets are missing.
    """
    checkpoint = find_checkpoint(path)
    return checkpoint, Policy.open(checkpoint.policy_path, buckets_of(path, buckets))


def earliest_before(checkpoint: Checkpoint) -> Checkpoint | None:
    """Returns the earliest other checkpoint beside one."""
    first = CheckpointStore(checkpoint.directory).list()[0]
    return first if first.iteration < checkpoint.iteration else None


def check_output_path(option: str, path: Path) -> None:
    """Refuses a file that cannot be written, before any work goes into it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        what = "is a directory" if path.is_dir() else f"{path.parent} is no directory"
        raise ConfigError(f"{option} {path}: {what}")
