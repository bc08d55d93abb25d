"""From a path to a policy: which checkpoint a path means, and the buckets it was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from holdem.abstraction.bucket_file import Buckets, load_buckets
from holdem.abstraction.bucket_search import find_buckets
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import CheckpointStore, find_checkpoint
from holdem.config import load_run_config
from holdem.errors import CheckpointError, ConfigError, DataFileError
from holdem.policy.policy import Policy


def buckets_of(checkpoint: Checkpoint, given: Path | None) -> Buckets | None:
    """Loads the buckets of a checkpoint: those given, or those its run was trained with.

    Returns:
        None where the run needs none.

    Raises:
        BucketFileError: They are damaged, or nowhere to be found.
    """
    path = given or bucket_path_of([checkpoint])
    return None if path is None else load_buckets(path)


def bucket_path_of(checkpoints: Sequence[Checkpoint]) -> Path | None:
    """Finds the bucket file that checkpoints of the same buckets were trained with.

    Returns:
        None where they need none.

    Raises:
        BucketFileError: It is nowhere to be found.
    """
    wanted = checkpoints[0].metadata.get("bucket_hash")
    if not isinstance(wanted, str):
        return None
    runs = [run_directory_of(checkpoint) for checkpoint in checkpoints]
    return find_buckets(wanted, runs, map(_named_buckets, runs))


def run_directory_of(checkpoint: Checkpoint) -> Path:
    """Returns the run directory of a checkpoint, or the directory it has been copied to."""
    directory = checkpoint.directory
    return directory.parent if directory.name == "checkpoints" else directory


def _named_buckets(run: Path) -> Path | None:
    """Returns the bucket file that the configuration of a run names, if it can be read."""
    config = run / "config.yaml"
    try:
        return load_run_config(config, {}).buckets if config.is_file() else None
    except ConfigError:
        return None


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
    return checkpoint, Policy.open(checkpoint.policy_path, buckets_of(checkpoint, buckets))


def earliest_before(checkpoint: Checkpoint) -> Checkpoint | None:
    """Returns the earliest other checkpoint beside one."""
    first = CheckpointStore(checkpoint.directory).list()[0]
    return first if first.iteration < checkpoint.iteration else None
