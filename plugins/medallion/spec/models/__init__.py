"""What a spec may say, as pydantic models. The kinds that it names live in their own rooms."""
