"""Training as processes: how they are started, told to stop, restarted, and end.

- ``exit_status`` turns an outcome into a number, ``fatal_signals`` a sudden end into a line.
- ``worker`` is what a coordinator starts, ``worker_process`` how the coordinator sees it.
- ``supervisor`` keeps workers going: the next chunk, the restart after a crash.
"""
