"""The state of a run on disk.

- ``run_directory`` is where it lies, ``run_lock`` keeps a second process out of it.
- ``files`` is one checkpoint, ``store`` the directory of a run's; ``background_save`` writes one
  while training goes on; ``space`` is whether the disk has room for it.
- ``identity`` tells whether a checkpoint belongs to the run that wants to go on from it,
  ``history`` which iterations it holds.
"""
