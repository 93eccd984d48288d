"""What a task runs: a folder for each kind of step, with `run(step, context)` in its `step`."""
