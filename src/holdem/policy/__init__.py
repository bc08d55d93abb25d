"""The average strategy of a checkpoint, ready to be asked, shown and played.

``finding`` gets from a path to a policy; ``policy`` opens one and answers for any decision;
``chart`` turns the first decision into 13 x 13 mixes; ``content`` is the form in which a solver
saves one.
"""
