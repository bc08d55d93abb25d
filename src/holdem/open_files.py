"""How many files this process may have open at once."""

from __future__ import annotations

import resource

from holdem.errors import ConfigError

_OTHERS = 32  # the standard streams, a log, a lock, what libraries open


def allow_open_files(count: int, what: str) -> None:
    """Makes room for so many open files beside the usual ones.

    Args:
        what: What needs them, as a refusal names it.

    Raises:
        ConfigError: The system does not allow as many.
    """
    needed = count + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigError(
            f"{what} needs {needed:,} open files, and the system allows {hard:,}: raise the limit "
            "(ulimit -n), or use fewer"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
