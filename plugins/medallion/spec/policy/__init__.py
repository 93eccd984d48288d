"""The organisation's policy: what its rules may require of a table, and what a spec makes of them.

A rule asks no server and raises nothing: it reports.
"""
