"""Staging and published tables: made, filled, changed, swept."""
