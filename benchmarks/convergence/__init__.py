"""Exploitability against CPU seconds for every sampler and weighting, on games of growing size.

``plan`` says what is compared, ``trainees`` are those that train, ``one_run`` trains and evaluates
one of them in a process of its own, ``curves`` reads what the runs have left and interpolates,
``report`` and ``figures`` make the tables and pictures of docs/convergence.md. ``speed`` and
``workers`` measure nodes a second. Run: ``make bench-convergence``.
"""
