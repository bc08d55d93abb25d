"""Training: the solver and everything that keeps a run alive.

``solver`` drives the core; ``run`` puts a run together and ``trainer`` is its loop; ``checkpoint``
(with ``checkpoint_files``, ``checkpoint_identity``, ``background_save``, ``run_lock``) keeps its
state; ``run_directory``, ``memory_plan`` and ``signals`` decide where, with how much and how long;
``progress`` and ``metrics`` let people watch.
"""
