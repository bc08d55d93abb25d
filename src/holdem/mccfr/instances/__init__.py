"""Several instances of one run: who trains what, from where, and what is known of each.

- ``starts`` finds what each goes on from, ``plan`` decides what each trains.
- ``exchange`` keeps synchronised ones together.
- ``progress_file`` and ``status`` say how each stands, ``totals`` how all do; ``table`` and
  ``fitting_table`` show it, ``watch`` keeps it up to date while they train.
"""
