"""From a path to a policy: which checkpoint a path means, and the buckets it was trained with."""

from __future__ import annotations

from pathlib import Path

from holdem.abstraction.bucket_file import ALL_RANKS, Buckets, open_buckets
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import CheckpointStore, load_checkpoint
from holdem.config import load_run_config
from holdem.errors import CheckpointError, DamagedCheckpointError, DataFileError
from holdem.policy.policy import Policy
from holdem.types import BucketSource


def buckets_of(path: Path, given: BucketSource | None) -> Buckets | None:
    """Loads the buckets of a run or checkpoint: those given, or those its run was trained with.

    Returns:
        None where the run needs none, or nothing says which (the policy then refuses).
    """
    config = run_directory_of(path) / "config.yaml"
    if given is None and config.is_file():
        given = load_run_config(config, {}).buckets
    # Of lossless buckets a policy takes those of its own deck.
    return None if given is None else open_buckets(given, ALL_RANKS)


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


def find_policy(path: Path, buckets: BucketSource | None) -> tuple[Checkpoint, Policy]:
    """Finds the checkpoint that a path means, and opens its policy.

    Raises:
        HoldemError: There is none, it is damaged, or its buckets are missing.
    """
    named = buckets_of(path, buckets)

    def opened(checkpoint: Checkpoint) -> tuple[Checkpoint, Policy]:
        checkpoint.verify()
        try:
            return checkpoint, Policy.open(checkpoint.policy_path, named)
        except DataFileError as error:  # it was removed since
            raise DamagedCheckpointError(str(error)) from None

    return load_checkpoint(path, opened)


def earliest_before(checkpoint: Checkpoint, policy: Policy) -> Policy | None:
    """Opens the earliest other checkpoint beside that of a policy.

    Returns:
        None without one, also if a run that lives has let it go meanwhile.
    """
    for earliest in CheckpointStore(checkpoint.directory).list()[:1]:
        if earliest.iteration < checkpoint.iteration:
            try:
                return open_policy(earliest, policy.buckets, policy)
            except CheckpointError:
                if earliest.metadata_path.exists():
                    raise
    return None
