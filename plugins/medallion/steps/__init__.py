"""What a task runs: `run(step, context)` in one file a kind of step."""
