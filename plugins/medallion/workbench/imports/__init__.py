"""Specs from what other tools wrote: one file a kind, and a line of `table.py`.

An input is read as data: within limits, without running anything, and without asking anybody. What
an importer does not read of it is reported (`node.py`), so nothing is left out in silence.
"""
