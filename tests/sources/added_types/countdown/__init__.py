"""Counts down to 1."""
