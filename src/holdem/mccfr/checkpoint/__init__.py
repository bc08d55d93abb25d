"""Checkpoints: the files of one, the store of a run's, and whether one belongs to a run.

- ``files`` is one checkpoint, ``store`` the directory of a run's.
- ``identity`` tells whether a checkpoint belongs to the run that wants to go on from it.
- ``background_save`` writes one while training goes on.
"""

from holdem.mccfr.checkpoint.files import Checkpoint
from holdem.mccfr.checkpoint.identity import check_identity
from holdem.mccfr.checkpoint.store import (
    CheckpointStore,
    find_checkpoint,
    load_checkpoint,
    run_store,
)

__all__ = [
    "Checkpoint",
    "CheckpointStore",
    "check_identity",
    "find_checkpoint",
    "load_checkpoint",
    "run_store",
]
