"""What a spec may say, as pydantic models. The kinds that it names are in rooms of their own."""
