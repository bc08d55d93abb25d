"""Several instances of one run: who trains what, and from where.

- ``starts`` finds what each goes on from, ``plan`` decides what each trains.
- ``exchange`` keeps synchronised ones together.
- ``watch`` says how they stand while they train.
"""
