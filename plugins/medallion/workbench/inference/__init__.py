"""From data to a first spec: what is in the fields of a source, and what would be declared of it.

What the evidence is and what is guessed is decided here; nothing here prints, asks or writes into
the project. Types are tried with the engine that cleans, never with a copy of its rules.
"""
