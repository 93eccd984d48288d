"""What a spec says of columns and rows: models only, no SQL."""
