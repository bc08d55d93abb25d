"""Several instances of one run: who trains what, from where, and what is known of each.

- ``instance`` is what one of them knows of itself.
"""
