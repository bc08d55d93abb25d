"""How a run stands, of one instance or of several.

- ``run_state`` finds it out from what any directory shows, ``progress_file`` is what a coordinator
  says of an instance, ``totals`` adds the instances up.
- ``table`` and ``fitting_table`` show it.
"""
