"""Training: the solver and everything that keeps a run alive.

- ``solver`` drives the core; ``memory_plan`` says what it will need.
- ``run`` puts a run together, ``resume`` finds what it goes on from, ``trainer`` is its loop.
- ``chunk``, ``chunk_process`` and ``chunked_coordinator`` cut a run into processes.
- ``checkpoint``, ``checkpoint_files``, ``checkpoint_identity``, ``background_save`` and
  ``run_lock`` keep its state.
- ``progress``, ``metrics`` and ``event_files`` let people watch.
- ``run_directory``, ``signals``, ``exit_status`` and ``protocols`` are what the others agree on.
"""
