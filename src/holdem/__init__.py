"""Trains no-limit hold'em blueprints with Monte Carlo counterfactual regret minimisation.

Rooms: ``types``, ``config`` and ``errors`` (configuration, refusals), ``abstraction`` (card
buckets), ``policy`` (the average strategy), ``evaluation`` (how good it is), ``mccfr`` (solver,
checkpoints, runs), ``cli`` (the commands). The hot kernels live in the C++ module ``holdem._core``.
"""

__version__ = "0.1.0"
