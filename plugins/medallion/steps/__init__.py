"""What a task runs: a folder for each kind of step, with `run(step, context)` in its `step`.

No kind of step imports another, no step runs a statement of PostgreSQL itself, and none knows an
operator.
"""
