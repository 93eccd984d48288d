"""Rows that did not pass: a run's rejects, the quarantine they are committed to, and its
reports.

Which rows fail is decided before: here they are kept, counted and let go.
"""
