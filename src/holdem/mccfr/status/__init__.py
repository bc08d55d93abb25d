"""How a run stands, of one instance or of several.

- ``targets`` is what ends a run, ``run_status`` a moment of one that trains, ``street_figures``
  what is said of its tables.
- ``run_state`` finds out how a run stands, in the words of ``state``, from the ``traces`` in any
  directory and from the ``progress_file`` that a coordinator writes; ``totals`` adds instances up.
- ``table`` and ``fitting_table`` show it.
"""
