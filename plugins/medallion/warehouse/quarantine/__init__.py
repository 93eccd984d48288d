"""Rows that did not pass: kept, counted, listed."""
