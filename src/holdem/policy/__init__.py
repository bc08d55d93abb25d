"""The average strategy of a checkpoint, ready to be asked, shown and played.

``finding`` gets from a path to a policy; ``policy`` opens one and answers for any decision;
``cards`` names cards and starting hands; ``chart`` turns the first decision into 13 x 13 mixes,
``chart_text`` and ``chart_image`` draw them; ``content`` is the form in which a solver saves one.
"""
