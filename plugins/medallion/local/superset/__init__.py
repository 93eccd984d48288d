"""Superset beside the local stack: an environment and a database of its own, and one process that
the supervisor keeps running. `make bi` sets it up; from then on it is part of `make up`.
"""
