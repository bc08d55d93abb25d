"""Training as processes: how they are started, told to stop, and end.

- ``signals`` turns stop signals into a flag, ``exit_status`` an outcome into a number.
- ``worker`` is the process that a coordinator starts.
"""
