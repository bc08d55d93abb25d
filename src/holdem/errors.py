"""One exception tree: what was refused, and by which room.

The command line turns a ``HoldemError`` into one line and an exit code; nothing below ``cli/``
exits a process.
"""

from __future__ import annotations


class HoldemError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(HoldemError, ValueError):
    """A setting that cannot work; names the field, the value and the allowed range."""


class BucketFileError(HoldemError, ValueError):
    """A bucket file that is missing, damaged, or not a bucket file."""


class CheckpointError(HoldemError):
    """A checkpoint that is damaged, incomplete, or belongs to another run."""


class RunDirectoryError(HoldemError):
    """A run directory that cannot be used as asked: in use, occupied, or not writable."""


class MemoryPlanError(HoldemError):
    """A run whose tables cannot fit; says what to change."""
