"""A process that saves checkpoints until it is told to stop, or is stopped.

Usage: ``checkpoint_writer.py DIRECTORY FIRST COUNT SIZE [KEEP]``. It prints ``ready``, waits for a
line on standard input, saves iterations FIRST, FIRST + 1, ... and prints each one once ``save`` has
returned, or ``failed`` and the error.
"""

import sys
from pathlib import Path

from checkpoint_samples import regrets_of, save
from holdem.checkpoint.store import CheckpointStore
from holdem.errors import CheckpointError


def main() -> None:
    directory, first, count, size, *keep = sys.argv[1:]
    store = CheckpointStore(Path(directory), int(keep[0]) if keep else None)
    store.open_for_writing()
    store.newest_valid()
    regrets_of(0)  # what is imported late is imported now
    print("ready", flush=True)
    sys.stdin.readline()
    for iteration in range(int(first), int(first) + int(count)):
        try:
            save(store, iteration, int(size))
        except CheckpointError as error:
            print("failed", error, flush=True)
        else:
            print(iteration, flush=True)


if __name__ == "__main__":
    main()
