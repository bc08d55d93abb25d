"""From a path to a policy: which checkpoint a path means, and the buckets it was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from holdem.abstraction.bucket_file import ALL_RANKS, Buckets, open_buckets
from holdem.abstraction.bucket_search import find_buckets
from holdem.checkpoint.files import Checkpoint
from holdem.checkpoint.store import CheckpointStore, load_checkpoint
from holdem.config import load_run_config
from holdem.errors import CheckpointError, ConfigError, DamagedCheckpointError, DataFileError
from holdem.policy.policy import Policy
from holdem.types import LOSSLESS, BucketSource


def buckets_of(checkpoint: Checkpoint, given: BucketSource | None) -> Buckets | None:
    """Loads the buckets of a checkpoint: those given, or those its run was trained with.

    Returns:
        None where the run needs none.

    Raises:
        BucketFileError: They are damaged, or nowhere to be found.
    """
    source = given or bucket_source_of([checkpoint])
    # Of lossless buckets a policy takes those of its own deck.
    return None if source is None else open_buckets(source, ALL_RANKS)


def bucket_source_of(checkpoints: Sequence[Checkpoint]) -> BucketSource | None:
    """Finds the buckets that checkpoints of the same ones were trained with.

    Returns:
        None where they need none.

    Raises:
        BucketFileError: Their file is nowhere to be found.
    """
    wanted = checkpoints[0].metadata.get("bucket_hash")
    if wanted == LOSSLESS:
        return LOSSLESS
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
        named = load_run_config(config, {}).buckets if config.is_file() else None
    except ConfigError:
        return None
    return named if isinstance(named, Path) else None


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

    def opened(checkpoint: Checkpoint) -> tuple[Checkpoint, Policy]:
        checkpoint.verify()
        named = buckets_of(checkpoint, buckets)
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
