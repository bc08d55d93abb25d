"""Several instances of one run: who trains what, from where, and what is known of each.

- ``instance`` is what one of them knows of itself.
- ``starts`` finds what each goes on from, ``plan`` decides what each trains.
- ``synchroniser`` (theirs) and ``exchange`` (the coordinator's) let them average regrets.
- ``progress_file`` and ``status`` say how each stands, ``totals`` how all do; ``table`` and
  ``fitting_table`` show it, ``watch`` keeps it up to date while they train.
"""
