"""Erased people: found in a landing by keyed hashes, kept out of everything that is made of it.

`people.py` says who is looked for, `scan.py` finds their records, `landing.py` takes these out of
the lake, and `leaving_out.py` has each cleaning do so.
"""
