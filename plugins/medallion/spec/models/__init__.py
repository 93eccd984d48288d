"""What a spec may say, as pydantic models. The kinds that it names are in rooms of their own.

No model opens a file; what needs two parts of a spec is in `rules`.
"""
