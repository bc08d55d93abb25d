"""How good a strategy is: ``match`` plays duplicate deals, ``exploitability`` is exact on toys."""
