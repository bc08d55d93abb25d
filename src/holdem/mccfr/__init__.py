"""Training: the solver and everything that keeps a run alive.

- ``solver`` drives the core; ``memory_plan`` says what it will need.
- ``run`` puts a run together as its ``order`` asks, ``resume`` finds what it goes on from,
  ``trainer`` is its loop, ``saver`` decides when it is saved, ``chunk`` is the part of it that one
  process trains.
- ``chunked_coordinator`` runs processes one after the other, ``multi_instance_coordinator`` side by
  side; ``merge`` makes one checkpoint of theirs.
- ``instance`` is what one instance knows of itself, ``synchroniser`` how it meets the others.
- ``signals``, ``messages`` and ``protocols`` are what the others agree on: the first with people,
  the second between processes, the third inside one.
- ``status/`` says how a run stands, ``observers/`` let people watch, ``process/`` is how workers
  live and end, ``instances/`` what several have in common, ``merging/`` serves ``merge``.

``tests/test_layers.py`` says which of them may use which.
"""
