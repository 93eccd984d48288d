"""Environments: a project's tables beside production's. What has changed is built, what has not is
production's own; `diff` compares the two.
"""
