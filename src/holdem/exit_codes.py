"""How a command ends, as the exit status of its process. What it means is the same everywhere."""

STOPPED_AS_ASKED = 0  # done: a target, the end of a chunk, an answer
FAILED = 1
REFUSED = 2  # bad usage, configuration or incompatible input; nothing was written
ALREADY_COMPLETE = 3  # nothing to do
SIGNAL_BASE = 128  # plus the number of a signal: interrupted; training has saved a checkpoint
INTERRUPTED = SIGNAL_BASE + 2  # by Ctrl+C
