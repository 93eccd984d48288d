"""What the cleaning query calls of an engine: one list of functions, and a table an engine."""
