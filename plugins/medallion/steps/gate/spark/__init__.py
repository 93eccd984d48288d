"""The gate on a landing whose records Spark's workers read: GX asks a frame of Spark.

`frame.py` runs on Spark's machines, everything else in the task's process.
"""
