"""What ``holdem.mccfr.merge`` is made of.

- ``sources`` finds the checkpoints that paths mean and decides which of them count.
- ``output`` is the run directory that the merged checkpoint is written to.
"""
