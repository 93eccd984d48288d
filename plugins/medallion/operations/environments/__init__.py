"""Environments: which tables one builds and which are production's, its place in the warehouse, and
its end.
"""
