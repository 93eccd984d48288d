"""Keeps Superset in step with the specs: what to send, keep, remove or refuse, and doing it.

`difference` decides, from what is wanted, what Superset has and what the ledger remembers, and
knows no server; `run` asks, decides, and does it.
"""
