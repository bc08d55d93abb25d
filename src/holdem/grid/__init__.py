"""A value for every starting hand as a grid, 13 x 13 in the full deck.

``starting_hands`` says which hand is which cell; ``grid`` is what a grid shows, and ``text`` and
``image`` draw it.
"""
