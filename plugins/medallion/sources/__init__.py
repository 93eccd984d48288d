"""Where data comes from: one file a source type, each a pydantic model with its behaviour."""
