"""What people watch a run with.

- ``progress`` is what there is to say about a moment of a run, live and as lines.
- ``metrics`` and ``event_files`` write TensorBoard scalars.
"""
