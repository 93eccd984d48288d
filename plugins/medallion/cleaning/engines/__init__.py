"""The functions that the cleaning query calls, and a table of their names in each engine.

What starts an engine is not here: `steps/parts`.
"""
