"""Cleaning on Spark: the task's process is the driver, and Spark's workers clean parts.

`task.py` runs on Spark's machines, everything else in the task's process.
"""
