"""The local stack under CeleryExecutor: a broker, and workers that take tasks from it."""
