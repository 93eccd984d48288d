"""Staging and published tables: made, filled, changed, swept.

When and in which order they change, the steps decide.
"""
