"""A file a tool, of its name: `answer(arguments, root) -> str`, which raises a MedallionError where
it cannot do what was asked. It runs in a process of its own.
"""
