"""Trains no-limit hold'em blueprint strategies with Monte Carlo counterfactual regret minimisation.

Rooms: ``types`` and ``errors`` (configuration, refusals), ``abstraction`` (card buckets),
``mccfr`` (solver, checkpoints, runs), ``policy`` (the average strategy), ``evaluation`` (how good it
is), ``cli`` (the commands). The hot kernels live in the C++ module ``holdem._core``.
"""

__version__ = "0.1.0"
