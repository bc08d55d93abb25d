"""Training: the solver and everything that keeps a run alive.

``solver`` drives the core; ``run`` puts a run together, ``resume`` finds what it goes on from and
``trainer`` is its loop; ``checkpoint`` (with ``checkpoint_files``, ``checkpoint_identity``,
``run_lock``) keeps its state; ``run_directory``, ``memory_plan`` and ``signals`` decide where, with
how much and how long; ``progress`` and ``metrics`` (with ``event_files``) let people watch.
``chunk`` is the part of a run that one process trains, ``chunked_coordinator`` runs one
``chunk_process`` after the other, and ``exit_status`` says how each ended.
"""
