"""Training: the solver and everything that keeps a run alive.

- ``solver`` drives the core; ``memory_plan`` says what it will need.
- ``run`` puts a run together, ``resume`` finds what it goes on from, ``trainer`` is its loop,
  ``chunk`` the part of it that one process trains.
- ``chunked_coordinator`` runs processes one after the other.
- ``checkpoint/`` keeps the state of a run, ``observers/`` let people watch, ``process/`` is what
  processes agree on.
- ``run_directory``, ``run_lock`` and ``protocols`` are what the others agree on.
"""
