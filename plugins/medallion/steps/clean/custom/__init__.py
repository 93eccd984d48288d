"""An author's Python function on cleaned rows, in a process of its own.

Nothing of the task's secrets gets there.
"""
