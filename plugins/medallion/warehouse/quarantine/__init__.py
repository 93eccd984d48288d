"""Rows that did not pass: a run's rejects, the quarantine they are committed to, and its
reports."""
